"""The action server: the SDK's webhook without the SDK's server.

The SDK's own server asks nobody for a credential, lists its actions, and repeats the whole
tracker in an error. This one answers one route, and an error says nothing.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import orjson
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rasa_sdk.interfaces import ActionNotFoundException

from runtime.callers import Receive, Scope, Send

MAX_BODY = 2 * 1024 * 1024
"""The longest call in bytes: a tracker's last events and the domain, many times over."""

_WEBHOOK, _HEALTH = ("POST", "/webhook"), ("GET", "/healthz")

_PROBLEMS = {
    400: ("Bad Request", "invalid_request"),
    404: ("Not Found", "not_found"),
    405: ("Method Not Allowed", "method_not_allowed"),
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


class Answer(NamedTuple):
    """What goes back: a status, and its JSON."""

    status: int
    body: bytes


class Webhook:
    """The application (ASGI, HTTP alone): it runs the action that Rasa names."""

    def __init__(self, executor: Any) -> None:
        self._executor = executor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise RuntimeError("the action server speaks HTTP alone")
        asked = (scope["method"], scope["path"])
        if asked == _WEBHOOK:
            await _send(send, await self._called(receive))
        elif asked == _HEALTH:
            await _send(send, _json(200, {"status": "ok"}))
        else:
            known = scope["path"] in (_WEBHOOK[1], _HEALTH[1])
            await _send(send, _problem(405 if known else 404))

    async def _called(self, receive: Receive) -> Answer:
        """Return the action's events and responses, or a problem without details."""
        body = await _body(receive)
        if body is None:
            return _problem(413)
        try:
            call = ActionCall.model_validate(orjson.loads(body))
        except (orjson.JSONDecodeError, ValidationError):
            return _problem(400)
        return await self._run(call)

    async def _run(self, call: ActionCall) -> Answer:
        # The executor remembers the last domain for callers that send none: an empty one is
        # never remembered, so nothing of one call is seen by the next.
        given = {"next_action": call.next_action, "tracker": dict(call.tracker), "domain": {}}
        try:
            result = await self._executor.run(given)
            return _json(200, {"events": result.events, "responses": result.responses})
        except ActionNotFoundException:
            return _problem(404)
        except Exception as error:
            # The one place that may catch everything: what went wrong is named, never shown.
            log: structlog.stdlib.BoundLogger = structlog.get_logger("actions")
            log.error("action_failed", action=call.next_action, error=type(error).__name__)
            return _problem(500)


async def _body(receive: Receive) -> bytes | None:
    """Return the body, or None as soon as it is longer than allowed.

    Of a caller that goes away there is none: it asks for nothing, and reads no answer.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _problem(status: int) -> Answer:
    title, code = _PROBLEMS[status]
    return _json(status, {"type": "about:blank", "title": title, "status": status, "code": code})


def _json(status: int, content: dict[str, Any]) -> Answer:
    return Answer(status, orjson.dumps(content))


async def _send(send: Send, answer: Answer) -> None:
    kind = b"application/json" if answer.status == 200 else b"application/problem+json"
    headers = [(b"content-type", kind), (b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
