"""What the gateway and the actions import to ask security, over its Unix sockets."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from security.account_client import AccountClient
from security.administration_client import AdministrationClient
from security.auditing_client import AuditingClient
from security.calling import OBJECT, Caller, holder
from security.continuing_client import ContinuingClient
from security.demo_client import DemoClient
from security.document_model import Document, OwnFile
from security.embedded_client import EmbeddedClient
from security.errors import Refused
from security.model import (
    BotMessage,
    ChallengePassed,
    ChallengeView,
    Invoked,
    Message,
    Method,
    PasswordPassed,
    PastMessage,
    Readiness,
    Reading,
    Resumed,
    SessionGrant,
    Tenant,
    Texted,
    Touches,
    TurnOpened,
)
from security.proof import Proof, plain
from security.push_client import PushClient
from security.sso_client import SsoClient

_HEALTH_SECONDS = 3.0

_GRANT = TypeAdapter(SessionGrant)
_TENANTS = TypeAdapter(list[Tenant])
_PASSWORD = TypeAdapter(PasswordPassed)
_CHALLENGE = TypeAdapter(ChallengeView)
_PASSED = TypeAdapter(ChallengePassed)
_OPENED = TypeAdapter(TurnOpened)
_MESSAGES = TypeAdapter(list[Message])
_PAST = TypeAdapter(list[PastMessage])
_DOCUMENT_SECONDS = 300.0
_DOCUMENT: TypeAdapter[Document | OwnFile] = TypeAdapter(Document | OwnFile)
_RESUMED = TypeAdapter(Resumed)
_RESULT = TypeAdapter(Invoked)
_UNREADY = TypeAdapter(Readiness)
_TEXT = TypeAdapter(Texted)
_READING = TypeAdapter(Reading)
_TOUCHES = TypeAdapter(Touches)


class GatewayClient(
    AccountClient,
    AdministrationClient,
    AuditingClient,
    PushClient,
    EmbeddedClient,
    ContinuingClient,
    SsoClient,
    DemoClient,
):
    """What the gateway may ask. `address` is the client's network address, for limits."""

    async def unready(self) -> list[str]:
        """Return what is not ready: `security` itself, or the APIs that it cannot reach."""
        try:
            async with asyncio.timeout(_HEALTH_SECONDS):
                return (await self.ask("/ready", _UNREADY, {})).unready
        except (Refused, TimeoutError):
            return ["security"]

    async def tenants(self) -> list[Tenant]:
        """List the organisations that a stranger may see."""
        return await self.ask("/tenants", _TENANTS, {})

    async def create_session(
        self, tenant: str | None, address: str, label: str = "", device: str | None = None
    ) -> SessionGrant:
        """Begin an anonymous session. Refuses `unknown_tenant`.

        `label` names the browser in words; `device` is what an earlier grant gave it to keep.
        """
        body = {"tenant": tenant, "address": address, "label": label, "device": device}
        return await self.ask("/sessions/create", _GRANT, body)

    async def look_at_session(self, session_id: str) -> SessionGrant:
        """Describe a session without extending it. Refuses `session_expired`."""
        return await self.ask("/sessions/look", _GRANT, {"session_id": session_id})

    async def extend_session(self, session_id: str, csrf_token: str) -> SessionGrant:
        """Reset the idle limit, never the absolute one."""
        return await self.ask("/sessions/extend", _GRANT, holder(session_id, csrf_token))

    async def rotate_session(self, session_id: str, csrf_token: str) -> SessionGrant:
        """Give the session a new id where one is due; the old one is good for 10 s more."""
        return await self.ask("/sessions/rotate", _GRANT, holder(session_id, csrf_token))

    async def end_session(self, session_id: str, csrf_token: str) -> None:
        """Sign out: the id is dead at once."""
        await self.ask("/sessions/end", OBJECT, holder(session_id, csrf_token))

    async def check_password(
        self,
        session_id: str,
        csrf_token: str,
        tenant: str,
        username: str,
        password: str,
        address: str,
    ) -> PasswordPassed:
        """First factor. Refuses `invalid_credentials`, the same for unknown and known names."""
        credentials = {
            "tenant": tenant,
            "username": username,
            "password": password,
            "address": address,
        }
        body = {**holder(session_id, csrf_token), **credentials}
        return await self.ask("/sign-in/password", _PASSWORD, body)

    async def look_at_challenge(self, session_id: str, challenge_id: str) -> ChallengeView:
        """Describe a challenge of this session. Refuses `unknown_challenge`, `expired`."""
        body = {"session_id": session_id, "challenge_id": challenge_id}
        return await self.ask("/challenges/look", _CHALLENGE, body)

    async def send_challenge(
        self, session_id: str, csrf_token: str, challenge_id: str, method: Method, address: str
    ) -> ChallengeView:
        """Choose a method, or send again. Refuses `unknown_method`, `too_many_codes`."""
        body = {
            **holder(session_id, csrf_token),
            "challenge_id": challenge_id,
            "method": method,
            "address": address,
        }
        return await self.ask("/challenges/send", _CHALLENGE, body)

    async def answer_challenge(
        self,
        session_id: str,
        csrf_token: str,
        challenge_id: str,
        proof: Proof,
        panel: Mapping[str, str] | None = None,
    ) -> ChallengePassed:
        """Answer with a code or a passkey, and with the fields of `panel` where it has any.

        Refuses `wrong_code` and `passkey_refused` (with `attempts_left`), `expired`, `locked`,
        `code_unchecked`; `entry_required`, `entry_invalid` and `entry_guessable` with the `field`,
        and the proof is
        not used up then.
        """
        body = {
            **holder(session_id, csrf_token),
            "challenge_id": challenge_id,
            "proof": plain(proof),
            "panel": dict(panel) if panel else None,
        }
        return await self.ask("/challenges/answer", _PASSED, body)

    async def cancel_challenge(self, session_id: str, csrf_token: str, challenge_id: str) -> None:
        """Not me, or not now: the pending operation is void."""
        body = {**holder(session_id, csrf_token), "challenge_id": challenge_id}
        await self.ask("/challenges/cancel", OBJECT, body)

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
        """Begin a turn with exactly one of `text`, `choice` (an offered id) and `resume`."""
        body = {
            **holder(session_id, csrf_token),
            "text": text,
            "choice": choice,
            "resume": resume,
            "client_id": client_id,
        }
        return await self.ask("/turns/open", _OPENED, body)

    async def close_turn(self, turn_id: str, messages: Sequence[BotMessage]) -> list[Message]:
        """End a turn: its ticket dies, what was said is kept, choices become opaque ids."""
        said = [message.model_dump(exclude_none=True) for message in messages]
        return await self.ask("/turns/close", _MESSAGES, {"turn_id": turn_id, "messages": said})

    async def past_messages(self, session_id: str) -> list[PastMessage]:
        """This conversation so far, oldest first."""
        return await self.ask("/turns/past", _PAST, {"session_id": session_id})

    async def read_events(
        self,
        session_id: str,
        name: str | None = None,
        position: str | None = None,
        mark: str | None = None,
    ) -> Reading:
        """Return what is new for this session's page, and what to ask with next time.

        The first reading, without `name`, refuses `session_expired`; looking extends nothing.
        """
        known = {"name": name, "position": position, "mark": mark}
        return await self.ask("/events/read", _READING, {"session_id": session_id, **known})

    async def wait_for_events(self, after: str) -> Touches:
        """Wait some seconds at most for names of sessions to read anew."""
        return await self.ask("/events/wait", _TOUCHES, {"after": after})

    async def receive_text(self, body: bytes, signature: str) -> Texted:
        """Hand on a webhook: a message arrived by SMS. Refuses `invalid_signature`, `replayed`."""
        return await self.ask("/texts/receive", _TEXT, _webhook(body, signature))

    async def answer_text(
        self, turn_id: str, messages: Sequence[BotMessage], *, late: bool = False
    ) -> Texted:
        """End a turn by SMS: one text comes back; a `late` one is sent by itself."""
        said = [message.model_dump(exclude_none=True) for message in messages]
        body = {"turn_id": turn_id, "messages": said, "late": late}
        return await self.ask("/texts/answer", _TEXT, body)

    async def note_text_status(self, body: bytes, signature: str) -> None:
        """Hand on a webhook: how a message of ours fares. Refuses `invalid_signature`."""
        await self.ask("/texts/status", OBJECT, _webhook(body, signature))

    async def open_document(self, session_id: str, link: str) -> Document | OwnFile:
        """Return the document of a link, once. Raises `Refused`, also `link_expired`."""
        body = {"session_id": session_id, "link": link}
        # A copy of one's data is made while its link is opened.
        return await self.ask("/documents/open", _DOCUMENT, body, _DOCUMENT_SECONDS)


class ActionsClient(Caller):
    """What an action may ask: run a declared operation with this turn's ticket."""

    async def invoke(
        self,
        ticket: str,
        operation: str,
        arguments: Mapping[str, Any],
        action: str,
        purpose: str | None = None,
    ) -> Any:
        """Run `operation`; return its validated result. Any refusal of the guard is raised.

        `purpose` is one of the operation's own, where its manifest names any.
        """
        return (await self.invoked(ticket, operation, arguments, action, purpose)).result

    async def invoked(
        self,
        ticket: str,
        operation: str,
        arguments: Mapping[str, Any],
        action: str,
        purpose: str | None = None,
    ) -> Invoked:
        """Like `invoke`, with what is known of the result beside it: its sensitive fields."""
        body = {
            "ticket": ticket,
            "operation": operation,
            "arguments": dict(arguments),
            "action": action,
            "purpose": purpose,
        }
        return await self.ask("/invoke", _RESULT, body)

    async def resume(self, ticket: str) -> Resumed:
        """Run the pending operation that the person's proof released. See `nothing_pending`."""
        return await self.ask("/resume", _RESUMED, {"ticket": ticket})

    async def cancel(self, ticket: str) -> bool:
        """Void what waits for the person's approval in this conversation; tell if anything did."""
        return bool((await self.ask("/cancel", OBJECT, {"ticket": ticket})).get("cancelled"))


def _webhook(body: bytes, signature: str) -> dict[str, str]:
    return {"body": base64.b64encode(body).decode(), "signature": signature}
