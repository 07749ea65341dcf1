"""Calling the APIs: one kept connection pool each, bounded in time and size."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson
import structlog

from security.errors import Refused
from security.operations.manifest import Operation, trim

MAX_ANSWER_BYTES = 1_048_576
_log = structlog.get_logger(__name__)


class ApiClient:
    """Implements `security.ports.ApiCaller` over the Unix socket of each API."""

    def __init__(self, sockets: Mapping[str, Path], timeout_seconds: float) -> None:
        self._sockets = sockets
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._pools: dict[str, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        for api, socket in self._sockets.items():
            self._pools[api] = aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(str(socket), limit=50, keepalive_timeout=60),
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
        for pool in self._pools.values():
            await pool.close()

    async def call(self, operation: Operation, arguments: Mapping[str, Any], token: str) -> Any:
        """Return the answer, validated against the API's document and trimmed to the manifest.

        Raises `Refused`: `api_unavailable` for no answer or an error, `api_invalid` for an
        answer that is not what the document promises. What the API says of the error is never
        passed on: it is not ours.
        """
        status, raw = await self._fetch(operation, arguments, token)
        if status != 200:
            _log.warning("api_refused", api=operation.api, operation=operation.name, status=status)
            raise Refused("api_unavailable")
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError:
            body = None
        if not operation.endpoint.answers_with(body):
            _log.warning("api_answer_invalid", api=operation.api, operation=operation.name)
            raise Refused("api_invalid")
        return trim(body, operation.fields)

    async def healthy(self) -> bool:
        """Tell whether every API answers."""
        for pool in self._pools.values():
            try:
                async with pool.get("http://api/healthz") as reply:
                    if reply.status != 200:
                        return False
            except (aiohttp.ClientError, TimeoutError, OSError):
                return False
        return True

    async def _fetch(
        self, operation: Operation, arguments: Mapping[str, Any], token: str
    ) -> tuple[int, bytes]:
        url = f"http://{operation.api}{operation.endpoint.url_path(arguments)}"
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        try:
            async with self._pools[operation.api].request(
                operation.endpoint.method, url, headers=headers, allow_redirects=False
            ) as reply:
                raw = await _read_bounded(reply.content)
                return reply.status, raw
        except (aiohttp.ClientError, TimeoutError, OSError, KeyError, ValueError) as error:
            _log.warning("api_unavailable", api=operation.api, kind=type(error).__name__)
            raise Refused("api_unavailable") from None


async def _read_bounded(content: aiohttp.StreamReader) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in content.iter_any():
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise ValueError("the answer is too large")
        chunks.append(chunk)
    return b"".join(chunks)
