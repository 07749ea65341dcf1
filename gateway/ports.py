"""What the gateway needs from others, as it sees them; tests put fakes here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.account_ports import AccountSecurity
from gateway.administration_ports import AdministrationSecurity
from gateway.auditing_ports import AuditingSecurity
from gateway.continuing_ports import ContinuingSecurity
from gateway.demo_ports import DemoSecurity
from gateway.embedded_ports import EmbeddedSecurity
from gateway.push_ports import PushSecurity
from gateway.sso_ports import SsoSecurity
from security.document_model import Document, OwnFile
from security.model import (
    BotMessage,
    ChallengePassed,
    ChallengeView,
    Message,
    Method,
    OpenTurn,
    PasswordPassed,
    PastMessage,
    Proof,
    Reading,
    SessionGrant,
    Tenant,
    Texted,
    Touches,
    TurnOpened,
)


class Security(
    AccountSecurity,
    AdministrationSecurity,
    AuditingSecurity,
    PushSecurity,
    ContinuingSecurity,
    SsoSecurity,
    EmbeddedSecurity,
    DemoSecurity,
    Protocol,
):
    """The calls of `security.client.GatewayClient`; each may raise `security.errors.Refused`."""

    async def tenants(self) -> list[Tenant]:
        """List the organisations that a stranger may see."""
        ...

    async def create_session(
        self, tenant: str | None, address: str, label: str = "", device: str | None = None
    ) -> SessionGrant:
        """Begin an anonymous session of the browser that `label` names in words."""
        ...

    async def look_at_session(self, session_id: str) -> SessionGrant:
        """Describe a session without extending it."""
        ...

    async def extend_session(self, session_id: str, csrf_token: str) -> SessionGrant:
        """Reset the idle limit."""
        ...

    async def rotate_session(self, session_id: str, csrf_token: str) -> SessionGrant:
        """Give the session a new id where one is due."""
        ...

    async def end_session(self, session_id: str, csrf_token: str) -> None:
        """Sign out."""
        ...

    async def check_password(
        self,
        session_id: str,
        csrf_token: str,
        tenant: str,
        username: str,
        password: str,
        address: str,
    ) -> PasswordPassed:
        """Check the first factor."""
        ...

    async def look_at_challenge(self, session_id: str, challenge_id: str) -> ChallengeView:
        """Describe a challenge of this session."""
        ...

    async def send_challenge(
        self, session_id: str, csrf_token: str, challenge_id: str, method: Method, address: str
    ) -> ChallengeView:
        """Choose a method, or send again."""
        ...

    async def answer_challenge(
        self,
        session_id: str,
        csrf_token: str,
        challenge_id: str,
        proof: Proof,
        panel: Mapping[str, str] | None = None,
    ) -> ChallengePassed:
        """Answer with a code or a passkey."""
        ...

    async def cancel_challenge(self, session_id: str, csrf_token: str, challenge_id: str) -> None:
        """Void the challenge and what waits for it."""
        ...

    async def open_turn(
        self,
        session_id: str,
        csrf_token: str,
        *,
        text: str | None = None,
        choice: str | None = None,
        resume: bool | None = None,
        client_id: str | None = None,
    ) -> TurnOpened:
        """Begin a turn with exactly one of `text`, `choice` and `resume`."""
        ...

    async def close_turn(self, turn_id: str, messages: Sequence[BotMessage]) -> list[Message]:
        """End a turn: its ticket dies."""
        ...

    async def past_messages(self, session_id: str) -> list[PastMessage]:
        """Return this conversation so far, oldest first."""
        ...

    async def read_events(
        self,
        session_id: str,
        name: str | None = None,
        position: str | None = None,
        mark: str | None = None,
    ) -> Reading:
        """Return what is new for this session's page; later readings bring what the last gave."""
        ...

    async def wait_for_events(self, after: str) -> Touches:
        """Wait for names of sessions that are to be read anew."""
        ...

    async def open_document(self, session_id: str, link: str) -> Document | OwnFile:
        """Return the document of a link that this session was given, once."""
        ...

    async def receive_text(self, body: bytes, signature: str) -> Texted:
        """Take in a webhook: a message arrived by SMS."""
        ...

    async def answer_text(
        self, turn_id: str, messages: Sequence[BotMessage], *, late: bool = False
    ) -> Texted:
        """End a turn by SMS; a `late` answer is sent by itself."""
        ...

    async def note_text_status(self, body: bytes, signature: str) -> None:
        """Take in a webhook: how a message of ours fares."""
        ...

    async def unready(self) -> list[str]:
        """Return what of security is not ready: itself, or the APIs that it cannot reach."""
        ...


class RasaFailed(Exception):
    """The dialogue engine gave no usable answer; `invalid` tells a wrong one from none."""

    def __init__(self, *, invalid: bool) -> None:
        super().__init__("invalid" if invalid else "unavailable")
        self.invalid = invalid


@dataclass(frozen=True)
class RasaHealth:
    """Whether rasa can answer, and whether it reaches the actions."""

    ready: bool
    actions: bool


class Rasa(Protocol):
    """The dialogue engine. It is not trusted: what it says is validated before it is used."""

    async def turn(self, turn: OpenTurn) -> list[BotMessage]:
        """Return what the bot says; raises `RasaFailed`."""
        ...

    async def health(self) -> RasaHealth:
        """Look at the engine; an engine out of reach is not ready."""
        ...
