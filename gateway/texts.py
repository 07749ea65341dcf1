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
from gateway.calls import Parts
from gateway.problems import Problem, problem_of, problem_response
from gateway.turns import Spoken
from security.errors import Refused

ANSWER_SECONDS = 10.0
_FORM = "application/x-www-form-urlencoded"
_MAY_REFUSE = frozenset(
    {
        "invalid_request",
        "invalid_signature",
        "method_not_allowed",
        "not_found",
        "replayed",
        "request_timeout",
        "too_large",
        "unsupported_media_type",
    }
)
_log = structlog.get_logger(__name__)


class Webhook:
    """One path that the carrier calls (a small ASGI application)."""

    def __init__(self, handle: Callable[[bytes, str], Awaitable[Response]]) -> None:
        self._handle = handle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        try:
            if request.method != "POST":
                raise Problem("method_not_allowed", headers={"Allow": "POST"})
            body = await read_raw(request, _FORM)
            signatures = request.headers.getlist("x-twilio-signature")
            signature = signatures[0][:256] if len(signatures) == 1 else ""
            return await self._handle(body, signature)
        except Problem as problem:
            return _refuse(request, problem)
        except Refused as refused:
            return _refuse(request, problem_of(refused))
        except Exception as error:
            _log.error("webhook_failed", path=request.url.path, error=type(error).__name__)
            return _refuse(request, Problem("security_unavailable"))


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
            return None
        return (await task).text

    async def _status(self, body: bytes, signature: str) -> Response:
        await self._security.note_text_status(body, signature)
        return Response(status_code=204)


def _refuse(request: Request, problem: Problem) -> Response:
    _log.info("refused", call=f"POST {request.url.path}", code=problem.code)
    known = problem.code in _MAY_REFUSE
    return problem_response(problem if known else Problem("security_unavailable"))


def _twiml(text: str | None) -> Response:
    """Return what Twilio is to send: one message, or nothing (TwiML, Messaging)."""
    message = f"<Message>{escape(text)}</Message>" if text else ""
    body = f'<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>'
    return Response(body, media_type="text/xml")
