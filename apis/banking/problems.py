"""Every refusal of this API: an RFC 9457 problem with a stable code and a fixed sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from apis.banking.model import Problem

KINDS: Mapping[str, tuple[int, str]] = {
    "invalid_token": (401, "A valid access token is needed."),
    "insufficient_scope": (403, "This access token does not cover this operation."),
    "not_found": (404, "There is nothing here."),
    "method_not_allowed": (405, "This method is not served here."),
    "details_changed": (409, "What was shown is not what the bank has now."),
    "idempotency_key_void": (409, "This key was given up: nothing is booked with it."),
    "invalid_request": (422, "The request is not valid."),
    "idempotency_key_reused": (422, "This key belongs to another request."),
    "insufficient_funds": (422, "The account does not cover this."),
    "limit_exceeded": (422, "This is more than the bank allows."),
    "internal_error": (500, "Something went wrong here."),
    "storage_unavailable": (503, "The accounts cannot be reached right now."),
}


class ProblemError(Exception):
    """A refusal; `code` is a key of `KINDS`."""

    def __init__(self, code: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.headers = headers


def answer(code: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the problem document of `code`; nothing of the request is repeated in it."""
    status, title = KINDS[code]
    content = Problem(title=title, status=status, code=code).model_dump()
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def described(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of `codes`."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    content = {"application/problem+json": schema}
    told: dict[int | str, list[str]] = {}
    for code in codes:
        told.setdefault(KINDS[code][0], []).append(KINDS[code][1])
    return {
        status: {"description": " ".join(titles), "content": content}
        for status, titles in told.items()
    }


def handle_problems(app: FastAPI) -> None:
    """Answer every exception with a problem; the log keeps its type, never its values."""
    app.add_exception_handler(ProblemError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _by_status)
    app.add_exception_handler(SQLAlchemyError, _storage)
    app.add_exception_handler(Exception, _broken)


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)  # noqa: S101 - registered for this type alone.
    return answer(error.code, error.headers)


async def _invalid(_request: Request, _error: Exception) -> JSONResponse:
    return answer("invalid_request")


async def _by_status(_request: Request, error: Exception) -> JSONResponse:
    status = getattr(error, "status_code", 500)
    codes = {404: "not_found", 405: "method_not_allowed"}
    fallback = "invalid_request" if status < 500 else "internal_error"
    return answer(codes.get(status, fallback), getattr(error, "headers", None))


async def _storage(_request: Request, error: Exception) -> JSONResponse:
    _log().error("storage unavailable", error=type(error).__name__)
    return answer("storage_unavailable")


async def _broken(_request: Request, error: Exception) -> JSONResponse:
    _log().error("request failed", error=type(error).__name__)
    return answer("internal_error")


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger("banking")
    return logger
