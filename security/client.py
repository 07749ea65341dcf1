"""What the gateway and the actions import to ask security, over its Unix sockets.

One kept connection pool a process. A refusal arrives as `security.errors.Refused`; security
out of reach, or an answer that is not well formed, is the refusal `security_unavailable`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
import orjson
from pydantic import TypeAdapter, ValidationError

from runtime.callers import bearer
from security.errors import Refused, refusal_of
from security.model import (
    BotMessage,
    ChallengePassed,
    ChallengeView,
    Invoked,
    Message,
    Method,
    PasswordPassed,
    PastMessage,
    Resumed,
    SessionGrant,
    Tenant,
    TurnOpened,
)

T = TypeVar("T")

_HEALTH_SECONDS = 3.0

_GRANT = TypeAdapter(SessionGrant)
_TENANTS = TypeAdapter(list[Tenant])
_PASSWORD = TypeAdapter(PasswordPassed)
_CHALLENGE = TypeAdapter(ChallengeView)
_PASSED = TypeAdapter(ChallengePassed)
_OPENED = TypeAdapter(TurnOpened)
_MESSAGES = TypeAdapter(list[Message])
_PAST = TypeAdapter(list[PastMessage])
_RESUMED = TypeAdapter(Resumed)
_RESULT = TypeAdapter(Invoked)
_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


class _Caller:
    """One listener of security, with the credential that opens it."""

    def __init__(self, socket: Path, credential: str, timeout_seconds: float = 30.0) -> None:
        self._socket = socket
        self._headers = {**bearer(credential), "Content-Type": "application/json"}
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.UnixConnector(str(self._socket), limit=100, keepalive_timeout=60)
        self._http = aiohttp.ClientSession(
            connector=connector,
            headers=self._headers,
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._http is not None:
            await self._http.close()

    async def _ask(self, path: str, answer: TypeAdapter[T], body: Mapping[str, Any]) -> T:
        if self._http is None:
            raise RuntimeError("enter the client before using it")
        given = {key: value for key, value in body.items() if value is not None}
        try:
            body_bytes = orjson.dumps(given)
        except TypeError:
            raise Refused("invalid_request") from None  # Text that no JSON can carry.
        try:
            async with self._http.post(
                f"http://security{path}", data=body_bytes, allow_redirects=False
            ) as reply:
                raw = await reply.read()
                status = reply.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Refused("security_unavailable") from None
        try:
            if status != 200:
                raise refusal_of(_OBJECT.validate_json(raw))
            return answer.validate_json(raw)
        except ValidationError:
            raise Refused("security_unavailable") from None


class GatewayClient(_Caller):
    """What the gateway may ask. `address` is the client's network address, for limits."""

    async def healthy(self) -> bool:
        """Tell whether security and all that it needs is ready."""
        try:
            async with asyncio.timeout(_HEALTH_SECONDS):
                return bool((await self._ask("/ready", _OBJECT, {})).get("ready"))
        except (Refused, TimeoutError):
            return False

    async def tenants(self) -> list[Tenant]:
        """List the organisations that a stranger may see."""
        return await self._ask("/tenants", _TENANTS, {})

    async def create_session(self, tenant: str | None, address: str) -> SessionGrant:
        """Begin an anonymous session. Refuses `unknown_tenant`."""
        return await self._ask("/sessions/create", _GRANT, {"tenant": tenant, "address": address})

    async def look_at_session(self, session_id: str) -> SessionGrant:
        """Describe a session without extending it. Refuses `session_expired`."""
        return await self._ask("/sessions/look", _GRANT, {"session_id": session_id})

    async def extend_session(self, session_id: str, csrf_token: str) -> SessionGrant:
        """Reset the idle limit, never the absolute one."""
        return await self._ask("/sessions/extend", _GRANT, _holder(session_id, csrf_token))

    async def end_session(self, session_id: str, csrf_token: str) -> None:
        """Sign out: the id is dead at once."""
        await self._ask("/sessions/end", _OBJECT, _holder(session_id, csrf_token))

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
        body = {**_holder(session_id, csrf_token), **credentials}
        return await self._ask("/sign-in/password", _PASSWORD, body)

    async def look_at_challenge(self, session_id: str, challenge_id: str) -> ChallengeView:
        """Describe a challenge of this session. Refuses `unknown_challenge`, `expired`."""
        body = {"session_id": session_id, "challenge_id": challenge_id}
        return await self._ask("/challenges/look", _CHALLENGE, body)

    async def send_challenge(
        self, session_id: str, csrf_token: str, challenge_id: str, method: Method
    ) -> ChallengeView:
        """Choose a method, or send again. Refuses `unknown_method`."""
        body = {
            **_holder(session_id, csrf_token),
            "challenge_id": challenge_id,
            "method": method,
        }
        return await self._ask("/challenges/send", _CHALLENGE, body)

    async def answer_challenge(
        self, session_id: str, csrf_token: str, challenge_id: str, code: str
    ) -> ChallengePassed:
        """Answer with a code. Refuses `wrong_code` (with `attempts_left`), `expired`, `locked`."""
        body = {**_holder(session_id, csrf_token), "challenge_id": challenge_id, "code": code}
        return await self._ask("/challenges/answer", _PASSED, body)

    async def cancel_challenge(self, session_id: str, csrf_token: str, challenge_id: str) -> None:
        """Not me, or not now: the pending operation is void."""
        body = {**_holder(session_id, csrf_token), "challenge_id": challenge_id}
        await self._ask("/challenges/cancel", _OBJECT, body)

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
            **_holder(session_id, csrf_token),
            "text": text,
            "choice": choice,
            "resume": resume,
            "client_id": client_id,
        }
        return await self._ask("/turns/open", _OPENED, body)

    async def close_turn(self, turn_id: str, messages: Sequence[BotMessage]) -> list[Message]:
        """End a turn: its ticket dies, what was said is kept, choices become opaque ids."""
        said = [message.model_dump(exclude_none=True) for message in messages]
        return await self._ask("/turns/close", _MESSAGES, {"turn_id": turn_id, "messages": said})

    async def past_messages(self, session_id: str) -> list[PastMessage]:
        """This conversation so far, oldest first."""
        return await self._ask("/turns/past", _PAST, {"session_id": session_id})


class ActionsClient(_Caller):
    """What an action may ask: run a declared operation with this turn's ticket."""

    async def invoke(
        self, ticket: str, operation: str, arguments: Mapping[str, Any], action: str
    ) -> Any:
        """Run `operation`; return its validated result. Any refusal of the guard is raised."""
        body = {
            "ticket": ticket,
            "operation": operation,
            "arguments": dict(arguments),
            "action": action,
        }
        return (await self._ask("/invoke", _RESULT, body)).result

    async def resume(self, ticket: str) -> Resumed:
        """Run the pending operation that the person's proof released. See `nothing_pending`."""
        return await self._ask("/resume", _RESUMED, {"ticket": ticket})


def _holder(session_id: str, csrf_token: str) -> dict[str, str]:
    return {"session_id": session_id, "csrf_token": csrf_token}
