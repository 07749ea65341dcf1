"""Messages by SMS: Twilio's webhooks, handed to security as they are, answered in TwiML.

What proves a webhook is its signature, which security checks; nothing of it is read here. Twilio
waits 15 seconds for an answer: one that takes longer is sent by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from xml.sax.saxutils import escape

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.bodies import read_raw
from gateway.calls import ALWAYS, WITH_BODY, Parts
from gateway.endpoint import answered
from gateway.problems import Problem
from gateway.turns import Spoken
from security.model import Texted

ANSWER_SECONDS = 10.0
_FORM = "application/x-www-form-urlencoded"
_REFUSALS = (
    ALWAYS | WITH_BODY | {"invalid_signature", "method_not_allowed", "not_found", "replayed"}
)
_log = structlog.get_logger(__name__)


class Webhook:
    """One path that the carrier calls (a small ASGI application)."""

    def __init__(self, handle: Callable[[bytes, str], Awaitable[Response]]) -> None:
        self._handle = handle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        name = f"{request.method} {scope['path']}"
        response = await answered(name, _REFUSALS, self._done(request))
        await response(scope, receive, send)

    async def _done(self, request: Request) -> Response:
        if request.method != "POST":
            raise Problem("method_not_allowed", headers={"Allow": "POST"})
        body = await read_raw(request, _FORM)
        signatures = request.headers.getlist("x-twilio-signature")
        signature = signatures[0][:256] if len(signatures) == 1 else ""
        return await self._handle(body, signature)


class Texts:
    """What the webhooks do. `seconds` is how long an answer may take to go with its request."""

    def __init__(self, parts: Parts, seconds: float = ANSWER_SECONDS) -> None:
        self._security = parts.security
        self._turns = parts.turns
        self._seconds = seconds

    def webhooks(self) -> Mapping[str, Webhook]:
        """Return the applications of this module by path."""
        return {"/sms/inbound": Webhook(self._inbound), "/sms/status": Webhook(self._status)}

    async def _inbound(self, body: bytes, signature: str) -> Response:
        received = await self._security.receive_text(body, signature)
        if received.turn is None:
            return _twiml(received.text)
        return _twiml(await self._spoken(Spoken(received.turn)))

    async def _spoken(self, spoken: Spoken) -> str | None:
        """Return the answer of a turn; where it is late, nothing, and it is sent by itself."""
        task = self._turns.speak(spoken)
        await asyncio.wait([task], timeout=self._seconds)
        if not task.done() and not spoken.closing:
            spoken.late = True
            task.add_done_callback(_lost)
            return None
        return (await task).text

    async def _status(self, body: bytes, signature: str) -> Response:
        await self._security.note_text_status(body, signature)
        return Response(status_code=204)


def _lost(task: asyncio.Task[Texted]) -> None:
    """Tell of a late answer that could not be sent: nobody waits for it any more."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("late_text_lost", error=type(error).__name__)


def _twiml(text: str | None) -> Response:
    """Return what Twilio is to send: one message, or nothing (TwiML, Messaging)."""
    message = f"<Message>{escape(text)}</Message>" if text else ""
    body = f'<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>'
    return Response(body, media_type="text/xml")
