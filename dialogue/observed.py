"""Counts and traces the turns of this process, where that is on (`runtime/observing.py`)."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from time import perf_counter

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from dialogue.processor import CHANNEL
from runtime.calls import Calls
from runtime.carrying import TRACEPARENT
from runtime.observing import Observing

_CALLS = Calls([f"/webhooks/{CHANNEL}/turn"])


def observe(app: Sanic, seeing: AbstractAsyncContextManager[Observing]) -> None:
    """Observe `app` while it serves."""
    stack = AsyncExitStack()

    async def begin(_: Sanic, __: asyncio.AbstractEventLoop) -> None:
        app.ctx.seen = await stack.enter_async_context(seeing)

    async def end(_: Sanic, __: asyncio.AbstractEventLoop) -> None:
        await stack.aclose()

    app.register_listener(begin, "before_server_start")
    app.register_listener(end, "after_server_stop")
    app.register_middleware(_asked, "request")
    app.register_middleware(_answered, "response")


async def _asked(request: Request) -> None:
    seen: Observing = request.app.ctx.seen
    if seen.metrics is None and seen.tracer is None:
        return
    request.ctx.begun = perf_counter()
    request.ctx.call = _CALLS.name(request.method, request.path)
    given = request.headers.getall(TRACEPARENT, [])
    if seen.tracer is not None and len(given) == 1:
        # A request has one task from here to its answer, so what is carried is this request's.
        request.ctx.tracing = seen.tracer.span(request.ctx.call, given[0])
        request.ctx.span = request.ctx.tracing.__enter__()


async def _answered(request: Request, response: HTTPResponse) -> None:
    if not hasattr(request.ctx, "begun"):
        return
    seen: Observing = request.app.ctx.seen
    if seen.metrics is not None:
        took = perf_counter() - request.ctx.begun
        seen.metrics.answered(request.ctx.call, response.status, took)
    if hasattr(request.ctx, "span"):
        from runtime.tracing import ended  # noqa: PLC0415 - loaded where traces are on.

        ended(request.ctx.span, response.status)
        request.ctx.tracing.__exit__(None, None, None)
