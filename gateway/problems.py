"""Refusals of the gateway itself, and the RFC 9457 document of every refusal.

Security's codes (`security.errors.KINDS`) and the gateway's own share one shape, so that a
client needs one rule: read `code`, show `title`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from security.errors import KINDS, Kind, Refused

_OWN: Mapping[str, Kind] = {
    "foreign_origin": Kind(403, "This request came from another site."),
    "method_not_allowed": Kind(405, "This address does not do that."),
    "request_timeout": Kind(408, "The request took too long to arrive. Please try again."),
    "too_large": Kind(413, "This is too long. Please send less at once."),
    "unsupported_media_type": Kind(415, "Please send JSON (application/json)."),
    "unknown_host": Kind(421, "This server does not answer for that name."),
    "too_many_streams": Kind(
        429, "Too many windows of this are open. Please close one, or wait a moment."
    ),
    "headers_too_large": Kind(431, "The request's headers are too long."),
    "not_ready": Kind(503, "Not every part is ready yet."),
}

ALL_KINDS: Mapping[str, Kind] = {**KINDS, **_OWN}
"""Every code that the gateway can answer with."""


class Problem(Exception):
    """A request that is refused; `code` is a key of `ALL_KINDS`, `headers` go with the answer."""

    def __init__(self, code: str, *, headers: Mapping[str, str] | None = None, **details: Any):
        super().__init__(code)
        self.kind = ALL_KINDS[code]
        self.code = code
        self.headers = dict(headers or {})
        self.details = details


def problem_of(refused: Refused) -> Problem:
    """Turn a refusal of security into the gateway's own."""
    return Problem(refused.code, **refused.details)


def problem_body(problem: Problem) -> bytes:
    """Return the problem document as JSON; details never displace a standard member."""
    document = {
        **problem.details,
        "type": "about:blank",
        "title": problem.kind.sentence,
        "status": problem.kind.status,
        "code": problem.code,
    }
    return orjson.dumps(document)


def problem_response(problem: Problem) -> Response:
    """Answer with a problem. It clears no cookie: a late answer would take a newer one along."""
    return Response(
        problem_body(problem),
        status_code=problem.kind.status,
        headers=problem.headers,
        media_type="application/problem+json",
    )
