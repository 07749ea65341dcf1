"""Every refusal of an API: an RFC 9457 problem with a stable code and a fixed sentence.

An API adds its own codes to those that all of them share: `KINDS = {**SHARED, "…": (…)}`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from apis.common.model import Problem
from apis.common.sealing.envelope import CannotOpen
from apis.common.sealing.ring import WrongKey
from security.policy import PolicyFailure

Kinds = Mapping[str, tuple[int, str]]
"""The status and the sentence of each code."""

SHARED: Kinds = {
    "invalid_token": (401, "A valid access token is needed."),
    "invalid_dpop_proof": (401, "A proof of the token's key, for this very request, is needed."),
    "insufficient_user_authentication": (401, "A stronger or more recent sign-in is needed."),
    "insufficient_scope": (403, "This access token does not cover this operation."),
    "invalid_authorization_details": (403, "This access token is for another request."),
    "not_found": (404, "There is nothing here."),
    "method_not_allowed": (405, "This method is not served here."),
    "idempotency_key_void": (409, "This key was given up: nothing is done with it."),
    "invalid_request": (422, "The request is not valid."),
    "idempotency_key_reused": (422, "This key belongs to another request."),
    "internal_error": (500, "Something went wrong here."),
    "decision_unavailable": (503, "Whether this is allowed cannot be decided right now."),
    "storage_unavailable": (503, "The records cannot be reached right now."),
}

READ_REFUSALS = (
    "invalid_token",
    "invalid_dpop_proof",
    "insufficient_user_authentication",
    "insufficient_scope",
    "invalid_authorization_details",
    "invalid_request",
    "storage_unavailable",
)
"""What every read can answer."""

WRITE_REFUSALS = (*READ_REFUSALS, "idempotency_key_void", "idempotency_key_reused")
"""What every write can answer."""


class ProblemError(Exception):
    """A refusal; `code` is one of the API's kinds."""

    def __init__(self, code: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.headers = headers


def described(kinds: Kinds, *codes: str) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of `codes`."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    content = {"application/problem+json": schema}
    told: dict[int | str, list[str]] = {}
    for code in codes:
        told.setdefault(kinds[code][0], []).append(kinds[code][1])
    return {
        status: {"description": " ".join(titles), "content": content}
        for status, titles in told.items()
    }


def handle_problems(app: FastAPI, kinds: Kinds) -> None:
    """Answer every exception with a problem; the log keeps its type, never its values."""

    def answer(code: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
        """Return the problem document of `code`; nothing of the request is repeated in it."""
        status, title = kinds[code]
        content = Problem(title=title, status=status, code=code).model_dump()
        return JSONResponse(content, status, headers, media_type="application/problem+json")

    async def refused(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ProblemError)  # noqa: S101 - for this type alone. # nosec B101
        return answer(error.code, error.headers)

    async def invalid(_request: Request, _error: Exception) -> JSONResponse:
        return answer("invalid_request")

    async def by_status(request: Request, error: Exception) -> JSONResponse:
        status = getattr(error, "status_code", 500)
        codes = {404: "not_found", 405: "method_not_allowed"}
        fallback = "invalid_request" if status < 500 else "internal_error"
        headers = getattr(error, "headers", None)
        if status == 405:
            headers = {"Allow": ", ".join(_served(request))}
        return answer(codes.get(status, fallback), headers)

    async def storage(_request: Request, error: Exception) -> JSONResponse:
        _log().error("storage_unavailable", error=type(error).__name__)
        return answer("storage_unavailable")

    async def undecided(_request: Request, error: Exception) -> JSONResponse:
        _log().error("no_decision", error=type(error).__name__)
        return answer("decision_unavailable")

    async def broken(_request: Request, error: Exception) -> JSONResponse:
        _log().error("request_failed", error=type(error).__name__)
        return answer("internal_error")

    app.add_exception_handler(ProblemError, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, by_status)
    for failure in (SQLAlchemyError, sqlite3.Error, OSError, WrongKey, CannotOpen):
        # Of keys as well: what they seal cannot be reached without them.
        app.add_exception_handler(failure, storage)
    app.add_exception_handler(PolicyFailure, undecided)
    app.add_exception_handler(Exception, broken)


def _served(request: Request) -> list[str]:
    """Return the methods of all routes with this path: one route knows its own alone."""
    methods: set[str] = set()
    for route in request.app.router.routes:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return sorted(methods)


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger("apis.problems")
    return logger
