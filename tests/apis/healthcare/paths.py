"""Which operation a request is, and the scope that opens it: read from the API's own document."""

from __future__ import annotations

import re
import secrets

from apis.healthcare import openapi

_DOCUMENT = openapi.document()
_ROUTES = [
    (method.upper(), re.compile(re.sub(r"{[^}]+}", "[^/]*", path)), operation)
    for path, methods in _DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
OPERATIONS: dict[str, str] = {
    operation["operationId"]: operation["security"][0]["access_token"][0]
    for _, _, operation in _ROUTES
}
"""The scope of each operation."""


def operation_of(method: str, path: str) -> str:
    """Return the operationId of a request."""
    bare = path.partition("?")[0]
    return next(
        str(operation["operationId"])
        for verb, pattern, operation in _ROUTES
        if verb == method and pattern.fullmatch(bare)
    )


def new_key() -> str:
    """Return a new idempotency key."""
    return secrets.token_urlsafe(16)
