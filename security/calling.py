"""Asking one listener of security, over its Unix socket, with one kept connection pool.

A refusal arrives as `security.errors.Refused`; security out of reach, or an answer that is not
well formed, is the refusal `security_unavailable`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
import orjson
from pydantic import TypeAdapter, ValidationError

from runtime.callers import bearer
from runtime.carrying import carried
from security.errors import Refused, refusal_of

T = TypeVar("T")

OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


class Caller:
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

    async def ask(
        self,
        path: str,
        answer: TypeAdapter[T],
        body: Mapping[str, Any],
        seconds: float | None = None,
    ) -> T:
        """POST a question and return its answer; members that are None are left out.

        `seconds`: how long it may take, where that is longer than usual.
        """
        if self._http is None:
            raise RuntimeError("enter the client before using it")
        given = {key: value for key, value in body.items() if value is not None}
        try:
            body_bytes = orjson.dumps(given)
        except TypeError:
            raise Refused("invalid_request") from None  # Text that no JSON can carry.
        try:
            async with self._http.post(
                f"http://security{path}",
                data=body_bytes,
                headers=carried(),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=seconds) if seconds else self._timeout,
            ) as reply:
                raw = await reply.read()
                status = reply.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Refused("security_unavailable") from None
        try:
            if status != 200:
                raise refusal_of(OBJECT.validate_json(raw))
            return answer.validate_json(raw)
        except ValidationError:
            raise Refused("security_unavailable") from None


def holder(session_id: str, csrf_token: str) -> dict[str, str]:
    """Return what every state-changing question of a session's holder carries."""
    return {"session_id": session_id, "csrf_token": csrf_token}
