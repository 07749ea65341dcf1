"""From a validated question to an answer or a problem; nothing else leaves a face.

A face is a table: each question is POSTed as JSON to a path of its own. `GET /healthz` says
that the process lives.
"""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import structlog
from pydantic import BaseModel, ValidationError

from runtime.callers import Receive, Scope, Send
from security.errors import Refused

MAX_BODY_BYTES = 262_144
_HEALTH = ("GET", "/healthz")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Answering[Q: BaseModel]:
    """A question's form, and what answers it."""

    question: type[Q]
    answer: Callable[[Q], Awaitable[Any]]


class Face:
    """The application of one listener (ASGI, HTTP alone)."""

    def __init__(self, answers: Mapping[str, Answering[Any]]) -> None:
        self._answers = answers

    @property
    def calls(self) -> frozenset[str]:
        """The questions that it answers, with the one method that it takes: `POST /invoke`."""
        return frozenset(f"POST {path}" for path in self._answers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise RuntimeError("a face speaks HTTP alone")
        answering = self._answers.get(scope["path"])
        if (scope["method"], scope["path"]) == _HEALTH:
            await _send(send, 200, b'{"ready":true}')
        elif answering is None or scope["method"] != "POST":
            await _refuse(send, Refused("not_found"))
        else:
            await self._respond(answering, scope["path"], receive, send)

    async def _respond(
        self, answering: Answering[Any], path: str, receive: Receive, send: Send
    ) -> None:
        try:
            asked = answering.question.model_validate(orjson.loads(await _body(receive)))
            answer = orjson.dumps(_plain(await answering.answer(asked)))
        except (ValidationError, orjson.JSONDecodeError, RecursionError):
            await _refuse(send, Refused("invalid_request"))
        except Refused as refusal:
            await _refuse(send, refusal)
        except Exception as error:
            # Whatever is not foreseen denies, and says nothing of itself to the caller. Its
            # message stays out of the log as well: it may quote what a person said.
            frames = traceback.extract_tb(error.__traceback__)[-4:]
            where = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
            _log.error("unforeseen", path=path, kind=type(error).__name__, where=where)
            await _refuse(send, Refused("security_unavailable"))
        else:
            await _send(send, 200, answer)


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused("invalid_request")
        body += bytes(message.get("body", b""))
        if len(body) > MAX_BODY_BYTES:
            raise Refused("invalid_request")
        if not message.get("more_body", False):
            return body


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_none=True)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {} if value is None else value


async def _refuse(send: Send, refusal: Refused) -> None:
    problem = orjson.dumps(refusal.problem())
    await _send(send, refusal.status, problem, b"application/problem+json")


async def _send(
    send: Send, status: int, body: bytes, content_type: bytes = b"application/json"
) -> None:
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
