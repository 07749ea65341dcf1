"""The one channel of this Rasa: the gateway's turns, over the socket that `serve` binds."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from dialogue.keys import MalformedKey, decode_key, holding
from dialogue.messages import typed_message
from dialogue.processor import CHANNEL
from dialogue.turns import Malformed, read_turn

KEY_HEADER = "X-Conversation-Key"

log = structlog.get_logger("dialogue.channel")


class MessageCollector(OutputChannel):
    """Keeps what is said in one turn, as typed messages."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """Name of the channel."""
        return CHANNEL

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one response as one message: its words, choices and card belong together."""
        typed = typed_message(message)
        if typed is not None:
            self.messages.append(typed)


class GatehouseChannel(InputChannel):
    """`POST /webhooks/gatehouse/turn`; `server` has checked the caller's credential before."""

    @classmethod
    def name(cls) -> str:
        """Name of the channel, and last part of its path."""
        return CHANNEL

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the route. Rasa's own way in, `on_new_message`, stays unused: it would parse."""
        routes = Blueprint(CHANNEL)
        routes.add_route(_turn, "/turn", methods=["POST"])
        return routes


async def _turn(request: Request) -> HTTPResponse:
    try:
        keys = request.headers.getall(KEY_HEADER, [])
        key = decode_key(keys[0] if len(keys) == 1 else "")
        turn = read_turn(request.body)
        collector = MessageCollector()
        with holding(key):
            await request.app.ctx.agent.take_turn(turn, collector)
    except MalformedKey:
        return problem(400, "invalid_request", f"{KEY_HEADER} is not a key.")
    except Malformed as error:
        return problem(400, "invalid_request", f"The field `{error}` is not well formed.")
    except Exception as error:
        # No key, a wrong key, an unreadable row, a store that is down: the turn has failed.
        log.error("turn_failed", error=type(error).__name__)
        return problem(500, "turn_failed", "This turn could not be taken.")
    agent = request.app.ctx.agent
    messages = collector.messages or [await agent.fallback_message(turn.conversation_id, CHANNEL)]
    return answer(200, {"messages": messages})


def answer(
    status: int, body: dict[str, Any], content_type: str = "application/json"
) -> HTTPResponse:
    """Return a JSON answer."""
    return HTTPResponse(json.dumps(body), status=status, content_type=content_type)


def problem(status: int, code: str, title: str) -> HTTPResponse:
    """Return an RFC 9457 problem."""
    body = {"type": "about:blank", "title": title, "status": status, "code": code}
    return answer(status, body, "application/problem+json")
