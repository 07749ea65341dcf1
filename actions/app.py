"""The action server: the SDK's webhook without the SDK's server.

The SDK's own server asks nobody for a credential, lists its actions, and repeats the whole
tracker in an error. This one answers one route, and an error says nothing.
"""

from __future__ import annotations

from typing import Annotated, Any

import orjson
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rasa_sdk.interfaces import ActionNotFoundException
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

MAX_BODY = 2 * 1024 * 1024
"""The longest call in bytes: a tracker's last events and the domain, many times over."""

_PROBLEMS = {
    400: ("Bad Request", "invalid_request"),
    404: ("Not Found", "not_found"),
    413: ("Content Too Large", "too_large"),
    500: ("Internal Server Error", "internal_error"),
}


class TrackerCall(BaseModel):
    """The part of the tracker that an action may read; the rest is dropped."""

    model_config = ConfigDict(strict=True)

    sender_id: str
    slots: dict[str, Any] = Field(default_factory=dict)
    latest_message: dict[str, Any] | None = None
    events: list[dict[str, Any]] = Field(default_factory=list)
    active_loop: dict[str, Any] = Field(default_factory=dict)
    latest_action_name: str | None = None


class ActionCall(BaseModel):
    """A call of Rasa: which action, and on which conversation."""

    model_config = ConfigDict(strict=True)

    next_action: Annotated[str, Field(min_length=1, max_length=128)]
    tracker: TrackerCall


class Webhook:
    """Runs the action that Rasa names."""

    def __init__(self, executor: Any) -> None:
        self._executor = executor

    async def handle(self, request: Request) -> Response:
        """Answer with the action's events and responses, or with a problem without details."""
        body = await _body(request)
        if body is None:
            return _problem(413)
        try:
            call = ActionCall.model_validate(orjson.loads(body))
        except (orjson.JSONDecodeError, ValidationError):
            return _problem(400)
        return await self._run(call)

    async def _run(self, call: ActionCall) -> Response:
        # The executor remembers the last domain for callers that send none: an empty one is
        # never remembered, so nothing of one call is seen by the next.
        given = {"next_action": call.next_action, "tracker": dict(call.tracker), "domain": {}}
        try:
            result = await self._executor.run(given)
        except ActionNotFoundException:
            return _problem(404)
        except Exception as error:
            # The one place that may catch everything: what went wrong is named, never shown.
            log: structlog.stdlib.BoundLogger = structlog.get_logger("actions")
            log.error("action failed", action=call.next_action, error=type(error).__name__)
            return _problem(500)
        return _json(200, {"events": result.events, "responses": result.responses})


async def healthz(_request: Request) -> Response:
    """Tell that the process is alive."""
    return _json(200, {"status": "ok"})


def create_app(executor: Any) -> Starlette:
    """Return the action server around the SDK's executor."""
    return Starlette(
        routes=[
            Route("/webhook", Webhook(executor).handle, methods=["POST"]),
            Route("/healthz", healthz, methods=["GET"]),
        ]
    )


async def _body(request: Request) -> bytes | None:
    """Return the body, or None as soon as it is longer than allowed."""
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > MAX_BODY:
            return None
    return bytes(chunks)


def _json(status: int, content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


def _problem(status: int) -> Response:
    title, code = _PROBLEMS[status]
    content = {"type": "about:blank", "title": title, "status": status, "code": code}
    return Response(orjson.dumps(content), status, media_type="application/problem+json")
