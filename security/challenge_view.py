"""A challenge as its person may see it, and the names of what it is about."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from security.frozen import Frozen
from security.offered import SignOn
from security.panel_field import PanelField

Method = Literal["totp", "sms", "email", "push", "passkey", "sso", "recovery"]
Purpose = Literal["sign_in", "step_up", "confirm", "change", "administer"]
Delivery = Literal["sending", "sent", "failed"]


class Detail(Frozen):
    """One row of what is being approved."""

    label: str
    value: str


class ChallengeView(Frozen):
    """A challenge as its person may see it; `binding` says what is approved, `details` exactly.

    `panel` are the fields to be filled in with the code, if any.
    `delivery` and `resend_in` (seconds) are there for what is sent; `passkey` is what a
    browser is asked for (`PublicKeyCredentialRequestOptionsJSON`), `sso` where one may go. Of a
    push, `number` is what the person types on their device, and `answered` says that they have.
    """

    id: str
    purpose: Purpose
    method: Method
    methods: list[Method]
    destination_hint: str | None = None
    binding: str
    details: list[Detail] | None = None
    panel: list[PanelField] | None = None
    delivery: Delivery | None = None
    resend_in: int | None = None
    number: Annotated[str | None, Field(repr=False)] = None
    answered: Literal[True] | None = None
    passkey: dict[str, Any] | None = None
    sso: list[SignOn] | None = None
    expires_in: int
    attempts_left: int
