"""Rasa's HTTP face: the one channel behind the caller's credential, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog
from rasa.core.channels.channel import InputChannel, register
from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.handlers import ErrorHandler
from sanic.request import Request
from sanic.response import HTTPResponse

from dialogue.action_endpoint import ActionEndpoint
from dialogue.agent import TurnAgent
from dialogue.channel import answer, problem
from dialogue.forgetting import forget_by_the_hour
from dialogue.parent import launcher_gone
from dialogue.turns import MAX_BODY
from runtime.callers import presents
from runtime.descriptors import tell_ready
from runtime.sockets import bind_unix, clear_stale

HEALTH = "/healthz"
_CODES = {404: "not_found", 405: "not_found", 413: "too_large"}

log = structlog.get_logger("dialogue.server")


class _Errors(ErrorHandler):
    """Answers errors with problems, and writes no request into a log."""

    def default(self, request: Request, exception: Exception) -> HTTPResponse:
        """Return a problem; nothing of the request or the exception's text is in it."""
        status = exception.status_code if isinstance(exception, SanicException) else 500
        if status >= 500:
            log.error("request_failed", error=type(exception).__name__)
            return problem(500, "turn_failed", "This request could not be answered.")
        return problem(status, _CODES.get(status, "invalid_request"), "This request is not known.")

    @staticmethod
    def log(request: Request, exception: Exception) -> None:
        """Say nothing: `default` has said what may be said."""


def build_app(
    channels: Sequence[InputChannel], agent: TurnAgent, actions: ActionEndpoint, credential: str
) -> Sanic:
    """Return the application that serves `agent` to the holder of `credential`."""
    app = Sanic("gatehouse_dialogue", configure_logging=False, env_prefix="")
    app.error_handler = _Errors()
    app.config.REQUEST_MAX_SIZE = MAX_BODY
    app.config.KEEP_ALIVE_TIMEOUT = 75
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 3
    app.config.MOTD = False
    app.ctx.agent = agent
    register(list(channels), app, route="/webhooks/")
    _add_health(app, actions)
    _require_caller(app, credential)
    return app


def _require_caller(app: Sanic, credential: str) -> None:
    async def check(request: Request) -> HTTPResponse | None:
        if request.path == HEALTH and request.method == "GET":
            return None
        given = request.headers.getall("authorization", [])
        if len(given) == 1 and presents(given[0], credential):
            return None
        return problem(401, "unknown_caller", "Unauthorized")

    app.register_middleware(check, "request")


def _add_health(app: Sanic, actions: ActionEndpoint) -> None:
    async def health(_: Request) -> HTTPResponse:
        return answer(200, {"ready": True, "actions": await actions.healthy()})

    app.add_route(health, HEALTH, methods=["GET"])


def serve(app: Sanic, path: Path, actions: ActionEndpoint, launcher: int, days: int) -> None:
    """Serve `app` on the Unix socket `path` until SIGTERM, SIGINT or the death of `launcher`.

    Meanwhile conversations are forgotten that have been silent for more than `days` days.
    """
    listening = bind_unix(path)

    async def watch() -> None:
        await launcher_gone(launcher)
        app.stop()

    async def started(_: Sanic, __: asyncio.AbstractEventLoop) -> None:
        forgetting = forget_by_the_hour(app.ctx.agent.tracker_store, days)
        app.ctx.meanwhile = [asyncio.create_task(each) for each in (watch(), forgetting)]
        tell_ready()

    async def stopping(_: Sanic, __: asyncio.AbstractEventLoop) -> None:
        for each in app.ctx.meanwhile:
            each.cancel()
        await actions.close()

    app.register_listener(started, "after_server_start")
    app.register_listener(stopping, "after_server_stop")
    try:
        app.run(sock=listening, workers=1, access_log=False, debug=False)
    finally:
        listening.close()
        clear_stale(path)
