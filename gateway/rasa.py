"""The client of the dialogue engine: one kept connection pool over its Unix socket."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson
import structlog

from gateway.ports import RasaFailed, RasaHealth
from gateway.replies import MAX_REPLY_BYTES, read_reply
from runtime.callers import bearer
from runtime.carrying import carried
from security.model import BotMessage, OpenTurn

_TURN = "http://rasa/webhooks/gatehouse/turn"
_HEALTH = "http://rasa/healthz"
_HEALTH_TIMEOUT = aiohttp.ClientTimeout(total=3)
# Below the engine's own keep-alive (75 s), so that a connection is not used as it closes.
_KEEP_ALIVE_SECONDS = 60

_log = structlog.get_logger(__name__)


class RasaClient:
    """Implements `gateway.ports.Rasa`; enter it before using it."""

    def __init__(self, socket: Path, credential: str, timeout_seconds: float) -> None:
        self._socket = socket
        self._headers = {**bearer(credential), "Content-Type": "application/json"}
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._open: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.UnixConnector(
            str(self._socket), limit=100, keepalive_timeout=_KEEP_ALIVE_SECONDS
        )
        self._open = aiohttp.ClientSession(
            connector=connector, timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.close()

    @property
    def _http(self) -> aiohttp.ClientSession:
        if self._open is None:
            raise RuntimeError("enter the client before using it")
        return self._open

    async def turn(self, turn: OpenTurn) -> list[BotMessage]:
        """Ask rasa; raises `RasaFailed` where it is late, broken or out of reach."""
        body: dict[str, Any] = {
            "conversation_id": turn.conversation_id,
            "ticket": turn.ticket,
            "utterance": turn.utterance.model_dump(exclude_none=True),
        }
        if turn.offered is not None:
            body["offered"] = turn.offered
        headers = {**self._headers, "X-Conversation-Key": turn.conversation_key, **carried()}
        reply = read_reply(await self._post(orjson.dumps(body), headers))
        if reply.dropped:
            _log.warning("rasa_messages_dropped", count=reply.dropped)
        return reply.messages

    async def _post(self, body: bytes, headers: dict[str, str]) -> bytes:
        try:
            async with self._http.post(
                _TURN, data=body, headers=headers, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    _log.error("rasa_refused", status=answer.status)
                    raise RasaFailed(invalid=False)
                return await _bounded(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.error("rasa_unreachable", error=type(error).__name__)
            raise RasaFailed(invalid=False) from None

    async def health(self) -> RasaHealth:
        """Look at the engine; whatever is not a clear yes is a no."""
        try:
            async with self._http.get(
                _HEALTH, timeout=_HEALTH_TIMEOUT, allow_redirects=False
            ) as answer:
                seen = orjson.loads(await _bounded(answer)) if answer.status == 200 else {}
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RasaFailed):
            seen = {}
        known = seen if isinstance(seen, dict) else {}
        return RasaHealth(known.get("ready") is True, known.get("actions") is True)


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > MAX_REPLY_BYTES:
            raise RasaFailed(invalid=True)
    return bytes(body)
