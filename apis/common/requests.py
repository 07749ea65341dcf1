"""What the routes take of a request: a plain query, a strict body, one idempotency key."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import structlog
from fastapi import Depends, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from apis.common.model import KEY_PATTERN, Strict
from apis.common.problems import ProblemError

MOST_BYTES = 8_192
"""The longest body that is read: four times what the longest order needs."""


class NoQuery(Strict):
    """No query parameter is known here."""


async def plain_query(request: Request) -> None:
    """Refuse a parameter given twice, and numbers in any form but plain digits."""
    given = request.query_params.multi_items()
    limits = [value for name, value in given if name == "limit"]
    plain = all(value.isascii() and value.isdigit() and len(value) <= 3 for value in limits)
    if not plain or len({name for name, _ in given}) != len(given):
        raise ProblemError("invalid_request")


async def single_key(
    request: Request,
    idempotency_key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            pattern=KEY_PATTERN,
            description="The same for every copy of this request.",
        ),
    ],
) -> str:
    """Return the key; one that is given twice could be read as two."""
    if len(request.headers.getlist("idempotency-key")) != 1:
        raise ProblemError("invalid_request")
    return idempotency_key


async def writer_of(request: Request) -> Any:
    """Return the writer that the composition root gave to the application."""
    return request.app.state.writer


def body_of[B: Strict](form: type[B]) -> Callable[[Request], Coroutine[Any, Any, B]]:
    """Return a dependency that reads a JSON body of this form.

    The framework would read a body before it looks at the token; this is read where it is
    asked for, which is after, and only so far.
    """

    async def read(request: Request) -> B:
        await json_object(request)
        try:
            return form.model_validate_json(await _bytes(request), strict=True)
        except ValidationError:
            raise ProblemError("invalid_request") from None

    return read


async def json_object(request: Request) -> dict[str, Any]:
    """Return the request's JSON object, empty where there is no body; no name stands twice."""
    raw = await _bytes(request)
    if not raw:
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ProblemError("invalid_request")
    try:
        found = json.loads(raw, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise ProblemError("invalid_request") from None
    if not isinstance(found, dict):
        raise ProblemError("invalid_request")
    return found


async def _bytes(request: Request) -> bytes:
    """Return the body, read once and only so far."""
    kept: bytes | None = getattr(request.state, "body", None)
    if kept is None:
        raw = bytearray()
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > MOST_BYTES:
                raise ProblemError("invalid_request")
        kept = request.state.body = bytes(raw)
    return kept


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def described_body(form: type[Strict]) -> dict[str, Any]:
    """Return what the OpenAPI document says of a body that `body_of` reads."""
    schema = {"schema": {"$ref": f"#/components/schemas/{form.__name__}"}}
    return {"requestBody": {"required": True, "content": {"application/json": schema}}}


class WriteRoute(APIRoute):
    """A route whose every call leaves one line in the log: which operation, how it ended."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the route's handler, told about in the log."""
        handle = super().get_route_handler()

        async def logged(request: Request) -> Response:
            outcome = "internal_error"
            try:
                response = await handle(request)
                outcome = getattr(request.state, "outcome", "done")
                return response
            except ProblemError as refusal:
                outcome = refusal.code
                raise
            except RequestValidationError:
                outcome = "invalid_request"
                raise
            except SQLAlchemyError:
                outcome = "storage_unavailable"
                raise
            finally:
                _log().info("write", operation=self.operation_id, outcome=outcome)

        return logged


PlainQuery = Annotated[None, Depends(plain_query)]
WithoutQuery = Annotated[NoQuery, Query()]
Key = Annotated[str, Depends(single_key)]
KeyInPath = Annotated[str, Path(pattern=KEY_PATTERN)]


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger("apis.writes")
    return logger
