"""Calling the APIs: one kept connection pool each, bounded in time and size."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson
import structlog
from yarl import URL

from security.clock import Clock
from security.errors import Refused
from security.operations.answers import trim
from security.operations.manifest import Operation
from security.operations.openapi import Endpoint
from security.ports import Settled
from security.tokens.dpop import ProofKey

MAX_ANSWER_BYTES = 1_048_576
_log = structlog.get_logger(__name__)


class ApiClient:
    """Implements `security.ports.ApiCaller` over the Unix socket of each API."""

    def __init__(
        self, sockets: Mapping[str, Path], timeout_seconds: float, proof_key: ProofKey, clock: Clock
    ) -> None:
        self._proof_key = proof_key
        self._clock = clock
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

    async def call(
        self,
        operation: Operation,
        arguments: Mapping[str, Any],
        token: str,
        key: str | None = None,
    ) -> Any:
        """Return the answer, validated against the API's document and trimmed to the manifest.

        Raises `Refused`: `api_unavailable` for no answer or a failing API, `api_invalid` for an
        answer that is not what the document promises, and where the API refused and changed
        nothing, the code that the manifest declares, or `api_refused`. What the API says of the
        error is never passed on: it is not ours.
        """
        status, raw = await self._fetch(operation, operation.endpoint, arguments, token, key)
        if status != 200:
            _log.warning("api_refused", api=operation.api, operation=operation.name, status=status)
            raise Refused(_refusal(operation, status, raw))
        return self._answer(operation, _loaded(raw))

    async def settle(self, operation: Operation, key: str, token: str) -> Settled:
        """Ask what became of the write of this key. See `security.ports.ApiCaller`."""
        if operation.settle is None:
            raise Refused("api_invalid")
        endpoint = operation.settle.endpoint
        status, raw = await self._fetch(operation, endpoint, {"key": key}, token, None)
        if status != 200:
            _log.warning("api_not_settled", api=operation.api, status=status)
            raise Refused("api_unavailable")
        body = _loaded(raw)
        if not endpoint.answers_with(body) or body["state"] not in ("done", "void"):
            raise Refused("api_invalid")
        if body["state"] == "void":
            return Settled(done=False)
        return Settled(done=True, result=self._answer(operation, body.get("result")))

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

    def _answer(self, operation: Operation, body: Any) -> Any:
        if not operation.endpoint.answers_with(body):
            _log.warning("api_answer_invalid", api=operation.api, operation=operation.name)
            raise Refused("api_invalid")
        return trim(body, operation.fields)

    async def _fetch(
        self,
        operation: Operation,
        endpoint: Endpoint,
        arguments: Mapping[str, Any],
        token: str,
        key: str | None,
    ) -> tuple[int, bytes]:
        url = f"http://{operation.api}{endpoint.url_path(arguments)}"
        # A proof is for one request: one that is sent again gets another.
        proof = self._proof_key.prove(endpoint.method, url.partition("?")[0], token, self._clock())
        headers = {"Authorization": f"DPoP {token}", "DPoP": proof, "Accept": "application/json"}
        body = endpoint.body(arguments)
        data = None
        if body is not None:
            data = orjson.dumps(body)
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        try:
            async with self._pools[operation.api].request(
                endpoint.method,
                URL(url, encoded=True),
                headers=headers,
                data=data,
                allow_redirects=False,
            ) as reply:
                raw = await _read_bounded(reply.content)
                return reply.status, raw
        except (aiohttp.ClientError, TimeoutError, OSError, KeyError, ValueError) as error:
            _log.warning("api_unavailable", api=operation.api, kind=type(error).__name__)
            raise Refused("api_unavailable") from None


def _loaded(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


def _refusal(operation: Operation, status: int, raw: bytes) -> str:
    """Return the code of a refusal; only one of a write is told apart, and only if declared.

    A conflict or a time-out leaves open what became of the write, and so does a token that was
    used already: perhaps for this very write. Any other 4xx says that nothing was changed
    (RFC 9110 section 15.5).
    """
    if not operation.is_write or not 400 <= status < 500:
        return "api_unavailable"
    problem = _loaded(raw)
    code = problem.get("code") if isinstance(problem, dict) else None
    if isinstance(code, str) and code in operation.refusals:
        return code
    return "api_unavailable" if status in (401, 408, 409, 425, 429) else "api_refused"


async def _read_bounded(content: aiohttp.StreamReader) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in content.iter_any():
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise ValueError("the answer is too large")
        chunks.append(chunk)
    return b"".join(chunks)
