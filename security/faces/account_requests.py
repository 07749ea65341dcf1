"""What the gateway sends about a person's own account: shapes and bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from security.faces.requests import Address, Held, LookAt, Secret
from security.model import ChangeKind, Frozen, Reference
from security.proof import Proof

NewPassword = Annotated[str, Field(max_length=1_024, repr=False)]


class Reauthenticate(Held):
    """The password, once more."""

    password: NewPassword
    address: Address


class AskExport(Held):
    """A copy of one's own data is wanted."""

    address: Address


class FetchExport(LookAt):
    """The copy itself."""

    form: Literal["json", "html"] = "json"


class OfOwn(Held):
    """Something of the person's own, by its reference."""

    ref: Reference


class BeginChange(Held):
    """A change of factors or password."""

    kind: ChangeKind
    value: Annotated[str | None, Field(max_length=1_024, repr=False)] = None
    address: Address


class GoOn(OfOwn):
    """The next step of a change."""

    address: Address


class ConfirmChange(OfOwn):
    """A code of the new factor, or the new passkey."""

    proof: Annotated[Proof, Field(repr=False)]


class Recover(Frozen):
    """A forgotten password or a lost factor."""

    tenant: Annotated[str, Field(max_length=128)]
    username: Annotated[str, Field(max_length=128)]
    address: Address


class FinishRecovery(Frozen):
    """What the link in the mail leads to."""

    token: Secret
    new_password: NewPassword
    recovery_code: Annotated[str | None, Field(max_length=64, repr=False)] = None
    lost_factor: bool = False
    address: Address


class Outbox(Frozen):
    """What the demo has sent to one number or address, or to all."""

    to: Annotated[str, Field(max_length=256)] | None = None
