"""What travels between security and its callers: frozen, validated at both ends."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

# Callers import them from here.
from security.challenge_view import ChallengeView as ChallengeView  # noqa: PLC0414
from security.challenge_view import Delivery as Delivery  # noqa: PLC0414
from security.challenge_view import Detail as Detail  # noqa: PLC0414
from security.challenge_view import Method as Method  # noqa: PLC0414
from security.challenge_view import Purpose as Purpose  # noqa: PLC0414
from security.framing import Embedding as Embedding  # noqa: PLC0414
from security.framing import Nonce as Nonce  # noqa: PLC0414
from security.frozen import Frozen as Frozen  # noqa: PLC0414
from security.frozen import Name as Name  # noqa: PLC0414
from security.frozen import Reference as Reference  # noqa: PLC0414
from security.invoked import Invoked as Invoked  # noqa: PLC0414
from security.invoked import Resumed as Resumed  # noqa: PLC0414
from security.offered import SignOn as SignOn  # noqa: PLC0414
from security.offered import Tenant as Tenant  # noqa: PLC0414
from security.offered import TotpOffer as TotpOffer  # noqa: PLC0414
from security.panel_field import PanelField as PanelField  # noqa: PLC0414
from security.passkey_json import ShownPasskey as ShownPasskey  # noqa: PLC0414
from security.proof import Proof as Proof  # noqa: PLC0414
from security.push_json import Answered as Answered  # noqa: PLC0414
from security.push_json import AnswerPush as AnswerPush  # noqa: PLC0414
from security.push_json import AskWaiting as AskWaiting  # noqa: PLC0414
from security.push_json import DeviceAnswer as DeviceAnswer  # noqa: PLC0414
from security.push_json import PushOffer as PushOffer  # noqa: PLC0414
from security.push_json import PushSettled as PushSettled  # noqa: PLC0414
from security.push_json import ShownDevice as ShownDevice  # noqa: PLC0414
from security.push_json import WaitingPush as WaitingPush  # noqa: PLC0414
from security.told import Event as Event  # noqa: PLC0414
from security.told import Reading as Reading  # noqa: PLC0414
from security.told import Touches as Touches  # noqa: PLC0414

Assurance = Literal["none", "aal1", "aal2", "aal3"]
ChangeKind = Literal[
    "totp", "phone", "email", "passkey", "push", "sso", "recovery", "password", "remove", "erase"
]

MAX_TEXT = 1_000
"""The longest message of a person, in characters."""


class User(Frozen):
    """The signed-in person, as their own page may show them."""

    name: str
    tenant: str
    roles: list[str]


class SessionView(Frozen):
    """A session as its holder may see it; looking at it does not extend it."""

    authenticated: bool
    user: User | None = None
    tenant: str | None = None
    assurance: Assurance
    idle_seconds_left: int
    absolute_seconds_left: int


class SessionGrant(Frozen):
    """A session with the secrets that its holder presents next time; no id where it is the same.

    `device` is set where the browser is to remember that this person has signed in there.
    """

    session_id: str | None = None
    device: str | None = None
    csrf_token: str
    session: SessionView


class PasswordPassed(Frozen):
    """The password was right: a challenge follows, or a session where no factor is enrolled."""

    challenge: ChallengeView | None = None
    grant: SessionGrant | None = None
    enrol: bool | None = None


class ChallengePassed(Frozen):
    """The challenge was answered; `resume` says that a pending operation may now run.

    `enrol` says that a recovery code was used: a new factor is wanted. `confirmed` says that what
    may now run is a write that the person has approved.
    """

    grant: SessionGrant
    resume: bool
    enrol: bool | None = None
    confirmed: bool | None = None


class LiveSession(Frozen):
    """One of a person's own live sessions; times are UTC, ISO 8601."""

    ref: str
    current: bool
    device: str
    signed_in_at: str
    last_seen_at: str


class PastSignIn(Frozen):
    """One of a person's own latest sign-ins. `at` is UTC, ISO 8601."""

    at: str
    device: str
    outcome: Literal["passed", "failed"]
    method: Method | None = None


class Authenticator(Frozen):
    """One of a person's own factors; `hint` is the masked number or address, or a name."""

    ref: str
    method: Method
    hint: str | None = None
    added_at: str | None = None
    paused: bool


class Authenticators(Frozen):
    """A person's own factors. `enrol`: one has to be added now, no proof is asked for.

    `no_password`: in its place they sign in anew at their organisation.
    """

    authenticators: list[Authenticator]
    recovery_codes_left: int
    enrol: bool
    no_password: bool | None = None


class Change(Frozen):
    """A change of factors or password: first proved, then confirmed with a code, then done.

    `passkey` is what a browser is asked to make (`PublicKeyCredentialCreationOptionsJSON`), `push`
    what it needs to become a device.
    """

    ref: str
    kind: ChangeKind
    state: Literal["prove", "confirm", "done"]
    challenge: ChallengeView | None = None
    totp: TotpOffer | None = None
    passkey: Annotated[dict[str, Any] | None, Field(repr=False)] = None
    push: Annotated[PushOffer | None, Field(repr=False)] = None
    destination_hint: str | None = None
    codes: Annotated[list[str] | None, Field(repr=False)] = None


class Export(Frozen):
    """A copy of a person's data, as a file."""

    name: Annotated[str, Field(pattern=r"^my-(?:data|accesses)-[0-9-]{10}\.(?:json|html)$")]
    media_type: Literal["application/json", "text/html"]
    content: Annotated[str, Field(repr=False)]


class ExportState(Frozen):
    """Whether a copy can be fetched now; `prove`: its challenge comes first."""

    state: Literal["prove", "ready"]
    challenge: ChallengeView | None = None


class Sent(Frozen):
    """A message in the demo's outbox. `at` is UTC, ISO 8601."""

    at: str
    channel: Literal["sms", "email", "push"]
    to: str
    text: str


class Choice(Frozen):
    """A choice that the bot offers: what rasa means by it. It never leaves the server."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    intent: Name
    entities: dict[str, str] = Field(default_factory=dict)


class OfferedChoice(Frozen):
    """A choice as the browser sees it: an opaque id and words."""

    id: str
    title: str


class BotMessage(Frozen):
    """One message as rasa gave it to the gateway; `sign_in` only asks to show the panel."""

    text: Annotated[str, Field(max_length=8_000)] | None = None
    choices: Annotated[list[Choice], Field(max_length=20)] | None = None
    card: dict[str, Any] | None = None
    refused: Name | None = None
    sign_in: Literal[True] | None = None


class Message(Frozen):
    """One message as the browser gets it; absent fields are left out of the JSON.

    `onward` is what stands behind `/?tenant=ID#continue=`, where it goes on at the page.
    """

    text: str | None = None
    choices: list[OfferedChoice] | None = None
    card: dict[str, Any] | None = None
    refused: str | None = None
    challenge: ChallengeView | None = None
    sign_in: Literal[True] | None = None
    enrol: Literal[True] | None = None
    onward: Annotated[str | None, Field(repr=False)] = None


class PastMessage(Message):
    """A message of this conversation's history. `at` is UTC, ISO 8601.

    `id` is also a position to go on from (`Last-Event-ID`); `turn` names the turn it was said in.
    `client_id` is what the page that sent it called it.
    """

    sender: Literal["person", "bot"]
    at: str
    id: str | None = None
    turn: str | None = None
    client_id: str | None = None


class Utterance(Frozen):
    """What a turn brings to rasa: words, a choice that was offered, or a resumption."""

    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)] | None = None
    intent: str | None = None
    entities: dict[str, str] | None = None
    title: str | None = None
    resume: Literal[True] | None = None


class OpenTurn(Frozen):
    """A turn that has begun; `conversation_key` is 32 bytes in base64url.

    `offered`: what the person may ask for, for the bot's words alone. The guard decides.
    """

    turn_id: str
    conversation_id: str
    ticket: str
    conversation_key: str
    utterance: Utterance
    offered: list[str] | None = None


class TurnOpened(Frozen):
    """The answer to opening a turn: exactly one of `turn` and `answered` is set.

    `answered`: rasa is not to be asked, this `client_id` has been answered before, or a code was
    taken out. `grant` is set where the session id has changed. `rotate`: it is to be, afterwards.
    `name` is what the page may know the turn by.
    """

    turn: OpenTurn | None = None
    answered: list[Message] | None = None
    grant: SessionGrant | None = None
    rotate: Literal[True] | None = None
    name: str | None = None


class Texted(Frozen):
    """What to do about a text: run a turn, send this answer, or, with neither, nothing."""

    turn: OpenTurn | None = None
    text: str | None = None


class Readiness(Frozen):
    """The parts that are not ready, by name; none is what one wishes for."""

    unready: list[str]
