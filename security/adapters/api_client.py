"""Calling the APIs: bounded in time, size and number, and each left alone while it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson
import structlog
from yarl import URL

from runtime.carrying import carried
from runtime.log_gate import coded
from security.adapters.api_replies import NotBelieved, Reply, believed, problem_code, read_reply
from security.adapters.connecting import MOST_CONNECTIONS, open_pool
from security.api_addresses import ApiAddress
from security.breaker import Breaker
from security.clock import Clock
from security.errors import Refused
from security.operations.answers import repeats, trim
from security.operations.manifest import Operation
from security.operations.openapi import Endpoint
from security.ports import Settled, Unanswered
from security.tokens.dpop import ProofKey

MOST_AT_ONCE = 4 * MOST_CONNECTIONS
"""How many calls of one API may be under way or wait for a connection."""

_HEALTH_SECONDS = 2.0
_NO_ANSWER = (aiohttp.ClientError, TimeoutError, OSError, ValueError)
# Nothing was sent, for there was nobody to send it to.
_UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
# The connection broke: what was sent may have arrived.
_BROKEN = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientPayloadError)
_BUSY = (429, 503)
_OPEN = (401, 408, 409, 425, 429)
"""A conflict or a time-out leaves open what became of a write, and so does a token that was used
already: perhaps for this very write. Any other 4xx says that nothing was changed (RFC 9110
section 15.5)."""

_log = structlog.get_logger(__name__)


class _Api:
    """One API while the process runs: its pool, and how it has fared."""

    def __init__(self, address: ApiAddress, pool: aiohttp.ClientSession) -> None:
        self.address = address
        self.pool = pool
        self.breaker = Breaker()
        self.at_once = 0


class ApiClient:
    """Implements `security.ports.ApiCaller`. `timeout_seconds` is for one call, all in all."""

    def __init__(
        self,
        addresses: Iterable[ApiAddress],
        timeout_seconds: float,
        proof_key: ProofKey,
        clock: Clock,
    ) -> None:
        self._proof_key = proof_key
        self._clock = clock
        self._addresses = tuple(addresses)
        self._seconds = timeout_seconds
        self._apis: dict[str, _Api] = {}
        self._pools = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for address in self._addresses:
            pool = await self._pools.enter_async_context(open_pool(address, self._seconds))
            self._apis[address.api] = _Api(address, pool)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._pools.aclose()

    async def call(
        self,
        operation: Operation,
        arguments: Mapping[str, Any],
        token: str,
        key: str | None = None,
    ) -> Any:
        """Return the answer, validated against the API's document and trimmed to the manifest.

        See `security.ports.ApiCaller`. What the API says of an error is never passed on: it is
        not ours.
        """
        try:
            reply = await self._fetch(operation, operation.endpoint, arguments, token, key)
            if 400 <= reply.status < 600:
                raise self._refused(operation, reply)
            return _answer(operation, believed(reply, operation.endpoint), arguments)
        except NotBelieved as lie:
            _log.warning(
                "api_invalid", api=operation.api, operation=operation.name, why=coded(lie.why)
            )
            raise Refused("api_invalid") from None

    async def settle(
        self, operation: Operation, key: str, token: str, arguments: Mapping[str, Any]
    ) -> Settled:
        """Ask what became of the write of this key. See `security.ports.ApiCaller`."""
        if operation.settle is None:
            raise Refused("api_invalid")
        endpoint = operation.settle.endpoint
        try:
            reply = await self._fetch(operation, endpoint, {"key": key}, token, None)
            if 400 <= reply.status < 600:
                _log.warning("api_not_settled", api=operation.api, status=reply.status)
                raise Refused("api_unavailable")
            body = believed(reply, endpoint)
            if body.get("state") == "void":
                return Settled(done=False)
            result = body.get("result")
            if body.get("state") != "done" or not operation.endpoint.answers_with(result):
                raise NotBelieved("another shape")
            return Settled(done=True, result=_answer(operation, result, arguments))
        except NotBelieved as lie:
            _log.warning(
                "api_invalid", api=operation.api, settling=operation.name, why=coded(lie.why)
            )
            raise Refused("api_invalid") from None

    async def unready(self) -> list[str]:
        """Return the names of the APIs that do not answer, sorted."""
        names = sorted(self._apis)
        states = await asyncio.gather(*(self._answers(self._apis[name]) for name in names))
        return [name for name, answers in zip(names, states, strict=True) if not answers]

    async def _answers(self, api: _Api) -> bool:
        """Our own APIs say that they are well; of a real one it is enough that it answers."""
        own = api.address.socket is not None
        try:
            async with (
                asyncio.timeout(_HEALTH_SECONDS),
                api.pool.get(f"{api.address.base}/healthz", allow_redirects=False) as reply,
            ):
                return reply.status == 200 if own else reply.status < 500
        except _NO_ANSWER:
            return False

    def _refused(self, operation: Operation, reply: Reply) -> Refused:
        """Return what to raise for an error; only what the manifest declares is told apart."""
        _log.warning(
            "api_refused", api=operation.api, operation=operation.name, status=reply.status
        )
        if reply.status in _BUSY and reply.retry_after is not None:
            return Unanswered(sent=True, again=reply.retry_after)
        code = problem_code(reply)
        if reply.status < 500 and code is not None and code in operation.refusals:
            return Refused(code)
        if operation.is_write and reply.status < 500 and reply.status not in _OPEN:
            return Refused("api_refused")
        return Refused("api_unavailable")

    async def _fetch(
        self,
        operation: Operation,
        endpoint: Endpoint,
        arguments: Mapping[str, Any],
        token: str,
        key: str | None,
    ) -> Reply:
        """Make one call, unless the API is being left alone or has enough to do."""
        api = self._apis.get(operation.api)
        if api is None:
            raise Unanswered(sent=False)
        loop = asyncio.get_running_loop()
        if api.at_once >= MOST_AT_ONCE or not api.breaker.allows(loop.time()):
            _log.warning("api_left_alone", api=operation.api, at_once=api.at_once)
            raise Unanswered(sent=False)
        api.at_once += 1
        try:
            reply = await self._send(api, endpoint, arguments, token, key)
        except _NO_ANSWER as error:
            api.breaker.failed(loop.time())
            _log.warning("api_unavailable", api=operation.api, kind=type(error).__name__)
            raise _unanswered(error) from None
        except asyncio.CancelledError:
            api.breaker.failed(loop.time())  # Whoever waited has waited long enough.
            raise
        finally:
            api.at_once -= 1
        if reply.status >= 500:
            api.breaker.failed(loop.time())
        else:
            api.breaker.succeeded()
        return reply

    async def _send(
        self,
        api: _Api,
        endpoint: Endpoint,
        arguments: Mapping[str, Any],
        token: str,
        key: str | None,
    ) -> Reply:
        url = f"{api.address.base}{endpoint.url_path(arguments)}"
        # A proof is for one request: one that is sent again gets another.
        proof = self._proof_key.prove(endpoint.method, url.partition("?")[0], token, self._clock())
        headers = {
            "Authorization": f"DPoP {token}",
            "DPoP": proof,
            "Accept": endpoint.accepts,
            "Accept-Encoding": "identity",
            # Our own APIs are part of the trace; one of somebody else hears nothing of it.
            **(carried() if api.address.socket is not None else {}),
        }
        body = endpoint.body(arguments)
        data = None
        if body is not None and endpoint.sends is not None:
            data = orjson.dumps(body)
            headers["Content-Type"] = endpoint.sends
        if key is not None:
            headers["Idempotency-Key"] = key
        async with api.pool.request(
            endpoint.method,
            URL(url, encoded=True),
            headers=headers,
            data=data,
            allow_redirects=False,
        ) as reply:
            return await read_reply(reply, self._clock())


def _answer(operation: Operation, body: Any, arguments: Mapping[str, Any]) -> Any:
    if not repeats(body, arguments, operation.echoes):
        raise NotBelieved("about something else")
    return trim(body, operation.fields)


def _unanswered(error: Exception) -> Unanswered:
    """Return what is known of a call without an answer, and whether another try makes sense."""
    if isinstance(error, aiohttp.ClientSSLError):
        return Unanswered(sent=False)  # Whoever is there is not who it should be.
    if isinstance(error, _UNSENT):
        return Unanswered(sent=False, again=0.0)
    return Unanswered(sent=True, again=0.0 if isinstance(error, _BROKEN) else None)
