"""The page that Prometheus reads: on loopback, and where a token is set for its holder alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from runtime.callers import presents
from telemetry.merging import merged

METRICS = "/metrics"
_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
_FORMAT = "text/plain; version=0.0.4; charset=utf-8"

Ask = Callable[[], Awaitable[Mapping[str, bytes | None]]]


def metrics_page(ask: Ask, token: str | None) -> web.Application:
    """Return the application. Without a token it answers to names of this machine alone: another
    one that leads here is a page in somebody's browser that wants to read (DNS rebinding)."""

    async def metrics(request: web.Request) -> web.Response:
        given = request.headers.getall("authorization", [])
        if token is not None and (len(given) != 1 or not presents(given[0], token)):
            return web.Response(status=401)
        if token is None and _name(request.host) not in _NAMES:
            return web.Response(status=421)
        return web.Response(body=merged(await ask()), headers={"Content-Type": _FORMAT})

    app = web.Application()
    app.router.add_get(METRICS, metrics)
    return app


def _name(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
