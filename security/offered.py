"""What is offered: organisations and their ways in, and what a new factor is set up with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from security.frozen import Frozen


class SignOn(Frozen):
    """A provider that people of an organisation may sign in with; `name` is on its button."""

    id: str
    name: str


class Tenant(Frozen):
    """An organisation whose people use the bot; `sso` is where they may sign in as well."""

    id: str
    name: str
    sso: list[SignOn] | None = None


class TotpOffer(Frozen):
    """A new TOTP key for the person's app: base32, as a link, and as the rows of a QR code."""

    secret: Annotated[str, Field(repr=False)]
    uri: Annotated[str, Field(repr=False)]
    qr: Annotated[str, Field(repr=False)]
