"""What is to be seen of a process: numbers and spans, on a socket for the telemetry process alone.

Off where the launcher has passed no credential for it: then nothing is loaded and nothing wrapped.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

from runtime.callers import ASGIApp, Receive, Scope, Send, presents
from runtime.calls import Calls
from runtime.sockets import bind_unix, clear_stale, observed_socket, socket_path

if TYPE_CHECKING:
    from aiohttp import web

    from runtime.metrics import Metrics
    from runtime.tracing import Tracer

OBSERVED = "GATEHOUSE_OBSERVED"
"""What the launcher asks for: `metrics`, `traces` or both. Where they go is not told."""
TRACES_RATIO = "GATEHOUSE_TRACES_RATIO"
METRICS, SPANS = "/metrics", "/spans"
_NO_ANSWER = 0


def credential_of(process: str) -> str:
    """Return the name of the credential that a process tells its numbers for."""
    return f"telemetry-to-{process}"


class Observing:
    """What a process counts and traces; nothing, where both are None."""

    def __init__(self, metrics: Metrics | None = None, tracer: Tracer | None = None) -> None:
        self.metrics = metrics
        self.tracer = tracer
        self.refresh: Callable[[], Awaitable[None]] | None = None
        """Called before numbers are told, where some are read only then."""

    def around(self, app: ASGIApp, calls: Iterable[str], *, trusted: bool = True) -> ASGIApp:
        """Return `app`, counted and traced: `calls` as `runtime.calls.Calls` takes them.

        `trusted`: callers are ours, their trace goes on.
        """
        if self.metrics is None and self.tracer is None:
            return app
        return _Observed(app, Calls(calls), self, trusted)


class _Observed:
    """An ASGI application under observation."""

    def __init__(self, app: ASGIApp, calls: Calls, seen: Observing, trusted: bool) -> None:
        self._app = app
        self._calls = calls
        self._seen = seen
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/healthz":
            await self._app(scope, receive, send)
            return
        call = self._calls.name(scope["method"], scope["path"])
        begun, status = perf_counter(), _NO_ANSWER

        async def sending(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self._seen.metrics is not None:
                    self._seen.metrics.answered(call, status, perf_counter() - begun)
            await send(message)

        tracer = self._seen.tracer
        above = traceparent_of(scope) if self._trusted else None
        if tracer is None or (self._trusted and above is None):
            # Traces begin at the public door: what processes ask by themselves is in none.
            await self._app(scope, receive, sending)
            return
        from runtime.tracing import ended  # noqa: PLC0415 - loaded where traces are on.

        with tracer.span(call, above) as span:
            try:
                await self._app(scope, receive, sending)
            finally:
                ended(span, status)


def traceparent_of(scope: Scope) -> str | None:
    """Return the one header that says what a request belongs to; whatever is odd is none."""
    given = [value for name, value in scope["headers"] if name == b"traceparent"]
    return given[0].decode("ascii", "replace") if len(given) == 1 else None


@asynccontextmanager
async def observing(
    process: str, secrets: Mapping[str, str], environ: Mapping[str, str] = os.environ
) -> AsyncIterator[Observing]:
    """Give what this process counts and traces, and tell it on its socket while the block runs.

    Raises `OSError` where the socket cannot be bound, `ValueError` for a ratio that is none.
    """
    credential = secrets.get(credential_of(process))
    if credential is None:
        yield Observing()
        return
    seen = observed_by(environ)
    from aiohttp import web  # noqa: PLC0415 - loaded where something is to be seen.

    path = socket_path(observed_socket(process), environ)
    runner = web.AppRunner(telling(seen, credential), access_log=None, handle_signals=False)
    await runner.setup()
    await web.SockSite(runner, bind_unix(path)).start()
    try:
        yield seen
    finally:
        await runner.cleanup()
        clear_stale(path)


def observed_by(environ: Mapping[str, str]) -> Observing:
    """Return what the settings ask for. Raises `ValueError`."""
    metrics, tracer, asked = None, None, environ.get(OBSERVED, "").split()
    if "metrics" in asked:
        from runtime.metrics import Metrics  # noqa: PLC0415 - loaded where it is on.

        metrics = Metrics()
    if "traces" in asked:
        from runtime.tracing import Tracer  # noqa: PLC0415 - loaded where it is on.

        tracer = Tracer(float(environ.get(TRACES_RATIO) or 1.0))
    return Observing(metrics, tracer)


def telling(seen: Observing, credential: str) -> web.Application:
    """Return the application of the socket: numbers to read, spans to take away."""
    from aiohttp import web  # noqa: PLC0415 - loaded where something is to be seen.

    def check(request: web.Request) -> None:
        given = request.headers.getall("authorization", [])
        if len(given) != 1 or not presents(given[0], credential):
            raise web.HTTPUnauthorized

    async def metrics(request: web.Request) -> web.Response:
        check(request)
        if seen.refresh is not None:
            await seen.refresh()
        body = b"" if seen.metrics is None else seen.metrics.text()
        return web.Response(body=body, content_type="text/plain")

    async def spans(request: web.Request) -> web.Response:
        check(request)
        return web.json_response([] if seen.tracer is None else seen.tracer.kept.take())

    app = web.Application()
    app.router.add_get(METRICS, metrics)
    app.router.add_post(SPANS, spans)
    return app
