"""What clients may send: strict types, bounded lengths, no unknown fields (ASVS 2.2.1)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from security.model import (
    MAX_TEXT,
    Answered,
    AskWaiting,
    DeviceAnswer,
    Frozen,
    Method,
    Proof,
    ShownDevice,
    ShownPasskey,
)

NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
_TOKEN = r"^[A-Za-z0-9_-]+$"

Line = Annotated[str, Field(min_length=1, max_length=128, pattern=NO_CONTROLS)]
Typed = Annotated[str, Field(json_schema_extra={"minLength": 1, "maxLength": MAX_TEXT})]
Token = Annotated[str, Field(min_length=1, max_length=128, pattern=_TOKEN)]
Secret = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00]*$", repr=False)]
Entered = Annotated[str, Field(pattern=r"^[a-z_]{1,64}$")]
Digits = Annotated[str, Field(min_length=1, max_length=64, pattern=NO_CONTROLS, repr=False)]


class Nothing(Frozen):
    """There is nothing to say: an empty object, or no body at all."""


class NewSession(Frozen):
    """Begin a session; the tenant may be named now or at sign-in."""

    tenant: Line = ""


class NewEmbedded(Frozen):
    """Begin a session inside another site, at the tenant of the frame."""

    tenant: Line


class HostToken(Frozen):
    """A host site's word for who is signed in there: a compact JWT."""

    token: Annotated[
        str,
        Field(min_length=1, max_length=8_192, pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}$"),
        Field(repr=False),
    ]


class Password(Frozen):
    """The first factor."""

    tenant: Line
    username: Line
    password: Secret


class OnlyPassword(Frozen):
    """The first factor once more, of whoever is signed in."""

    password: Secret


class StartSso(Frozen):
    """Go to a provider of this organisation: to sign in, or for one thing that asks for it."""

    tenant: Line
    provider: Line = ""
    challenge: Token = ""
    change: Token = ""
    reauthenticate: bool = False


class LinkedProvider(Frozen):
    """At which provider one's account is."""

    provider: Line


class GoOnWithSso(Frozen):
    """What a provider sent back; without a `code` it is a refusal."""

    state: Annotated[str, Field(min_length=1, max_length=128, pattern=_TOKEN, repr=False)]
    code: Annotated[str, Field(min_length=1, max_length=4_096, pattern=NO_CONTROLS, repr=False)] = (
        ""
    )
    iss: Annotated[str, Field(min_length=1, max_length=512, pattern=NO_CONTROLS)] = ""


class ChosenMethod(Frozen):
    """How the person wants to prove who they are."""

    method: Method


class Code(Frozen):
    """A code: the answer to a challenge, or what a new factor shows."""

    code: Digits


class ByPasskey(Frozen):
    """What a browser shows of a passkey: the answer to a challenge, or one that it has made."""

    credential: ShownPasskey


class _WithPanel(Frozen):
    """What a challenge's `panel` asks for beside its answer."""

    panel: Annotated[
        dict[Entered, Annotated[str, Field(min_length=1, max_length=64, pattern=NO_CONTROLS)]],
        Field(
            default_factory=dict,
            max_length=4,
            repr=False,
            json_schema_extra={"additionalProperties": False},
        ),
    ]


class CodeAnswer(Code, _WithPanel):
    """The answer to a challenge: a code."""


class PasskeyAnswer(ByPasskey, _WithPanel):
    """The answer to a challenge: a passkey."""


class ByPush(Frozen):
    """The claim that the person's device has approved: security knows whether it has."""

    push: Literal[True]


class PushedAnswer(ByPush, _WithPanel):
    """The answer to a challenge: the device has it."""


class ByDevice(Frozen):
    """A browser that becomes a device, as it shows its key."""

    device: ShownDevice


Answer = CodeAnswer | PasskeyAnswer | PushedAnswer
Confirmation = Code | ByPasskey | ByDevice


def proof_of(body: Confirmation | ByPush) -> Proof:
    """Return what was shown."""
    if isinstance(body, Code):
        return body.code
    if isinstance(body, ByPush):
        return Answered(type="push")
    return body.device if isinstance(body, ByDevice) else body.credential


class NewPasskey(Frozen):
    """What the person calls a new passkey."""

    name: Annotated[str, Field(min_length=1, max_length=40, pattern=NO_CONTROLS)] = "Passkey"


class NewDevice(Frozen):
    """What the person calls the browser that becomes a device."""

    name: Annotated[str, Field(min_length=1, max_length=40, pattern=NO_CONTROLS)] = "Device"


class SaidText(Frozen):
    """Something that a person typed; a repeated `client_id` is answered once."""

    text: Typed
    client_id: Token = ""


class SaidChoice(Frozen):
    """A choice that the bot has offered, by its opaque id."""

    choice: Token


Said = SaidText | SaidChoice


class Phone(Frozen):
    """A number that codes shall go to; security says whether it can be used."""

    phone: Line


class Email(Frozen):
    """An address that codes shall go to (RFC 5321 allows 254 characters)."""

    email: Annotated[str, Field(min_length=1, max_length=254, pattern=NO_CONTROLS)]


class NewPassword(Frozen):
    """A password instead of the present one."""

    new_password: Secret


class Lost(Frozen):
    """Who has lost a password or a factor."""

    tenant: Line
    username: Line


class LinkToken(Frozen):
    """What a link to the page carries behind its `#`."""

    token: Annotated[Token, Field(repr=False)]


class Recovered(Frozen):
    """What the link of the recovery email leads to: `token` is the link's own."""

    token: Annotated[Token, Field(repr=False)]
    new_password: Secret
    recovery_code: Digits = ""
    lost_factor: bool = False


FIELDS = frozenset(
    name
    for shape in (
        *(NewSession, Password, OnlyPassword, ChosenMethod, CodeAnswer, PasskeyAnswer, SaidText),
        *(SaidChoice, NewPasskey, NewDevice, PushedAnswer, ByDevice, DeviceAnswer, AskWaiting),
        *(Phone, Email, NewPassword, Lost, Recovered, NewEmbedded, HostToken, LinkToken),
    )
    for name in shape.model_fields
)
"""The names that a refusal may tell: ours, never a client's own."""
