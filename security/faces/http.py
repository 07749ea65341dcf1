"""From a validated request to an answer or a problem; nothing else leaves a face."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import structlog
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from security.errors import Refused

MAX_BODY_BYTES = 262_144
_log = structlog.get_logger(__name__)


def post[Q: BaseModel](
    path: str, question: type[Q], answer: Callable[[Q], Awaitable[Any]]
) -> Route:
    """Return a route that reads a `question` and writes what `answer` makes of it."""

    async def endpoint(request: Request) -> Response:
        try:
            asked = question.model_validate(orjson.loads(await _body(request)))
            return _json(200, await answer(asked))
        except (ValidationError, orjson.JSONDecodeError):
            return _problem(Refused("invalid_request"))
        except Refused as refusal:
            return _problem(refusal)
        except Exception as error:
            # Whatever is not foreseen denies, and says nothing of itself to the caller. Its
            # message stays out of the log as well: it may quote what a person said.
            frames = traceback.extract_tb(error.__traceback__)[-4:]
            where = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
            _log.error("unforeseen", path=path, kind=type(error).__name__, where=where)
            return _problem(Refused("security_unavailable"))

    return Route(path, endpoint, methods=["POST"])


async def _body(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise Refused("invalid_request")
        chunks.append(chunk)
    return b"".join(chunks)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_none=True)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {} if value is None else value


def _json(status: int, value: Any, media_type: str = "application/json") -> Response:
    return Response(orjson.dumps(_plain(value)), status, media_type=media_type)


def _problem(refusal: Refused) -> Response:
    return _json(refusal.status, refusal.problem(), "application/problem+json")
