"""What a person is given to set a new factor up with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from security.frozen import Frozen


class TotpOffer(Frozen):
    """A new TOTP key for the person's app: base32, as a link, and as the rows of a QR code."""

    secret: Annotated[str, Field(repr=False)]
    uri: Annotated[str, Field(repr=False)]
    qr: Annotated[str, Field(repr=False)]
