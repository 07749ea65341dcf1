"""What a token was minted for, and what is asked with it: the same, to the byte (RFC 9396).

A token for 10 EUR to Anna can pay neither 11 EUR nor Bob, whoever holds it and whatever became
of the request on its way. `authorization_details` of a write have one entry:

    {"type": "<api>.<operationId>", "identifier": "<Idempotency-Key>", "arguments": {…}}

`arguments` are all of path, query and body together; a call without a key has no `identifier`.

A token that must not tell all of them has `committed`, the base64url of SHA-256 over the rest as
JSON with sorted keys. The rest holds a `salt` of 256 random bits, without which a PIN could be
found by trying all of them. What the token neither tells nor commits to is refused.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import orjson
from fastapi import Request

from apis.common.problems import ProblemError
from apis.common.requests import json_object

_SALT_LENGTH = 43
"""Of 256 bits in base64url."""


async def check_details(request: Request, details: Sequence[Mapping[str, Any]]) -> None:
    """Raise `ProblemError` where the token is for another request than this."""
    [meant] = details if len(details) == 1 else [{}]
    arguments = await _arguments(request)
    told, committed = _parted(arguments, meant)
    said = {
        "type": f"{request.app.state.protection.name}.{_operation(request)}",
        "arguments": told,
        **committed,
        **_identifier(request),
    }
    if _canonical(_as_sent(meant, request)) != _canonical(said):
        raise ProblemError("invalid_authorization_details")


def _parted(
    arguments: dict[str, Any], meant: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the arguments that the token tells, and the digest of the others where it has one."""
    told = meant.get("arguments")
    if "committed" not in meant or not isinstance(told, Mapping):
        return arguments, {}
    rest = {name: value for name, value in arguments.items() if name not in told}
    if not isinstance(salt := rest.get("salt"), str) or len(salt) < _SALT_LENGTH:
        raise ProblemError("invalid_authorization_details")
    digest = urlsafe_b64encode(sha256(_canonical(rest)).digest()).rstrip(b"=").decode()
    shown = {name: value for name, value in arguments.items() if name in told}
    return shown, {"committed": digest}


def _operation(request: Request) -> str:
    return str(getattr(request.scope.get("route"), "operation_id", ""))


def _identifier(request: Request) -> dict[str, str]:
    given = request.headers.getlist("idempotency-key")
    if len(given) > 1:  # It could be read as two.
        raise ProblemError("invalid_request")
    return {"identifier": given[0]} if given else {}


async def _arguments(request: Request) -> dict[str, Any]:
    body = await json_object(request)
    path, query = request.path_params, set(request.query_params)
    if (set(path) & query) or (set(body) & (set(path) | query)):
        raise ProblemError("invalid_request")
    listed = {name: request.query_params.getlist(name) for name in query}
    return {**{name: [value] for name, value in path.items()}, **listed, **body}


def _as_sent(meant: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """Return the entry with the arguments of an address as the texts that an address carries."""
    arguments = meant.get("arguments")
    if not isinstance(arguments, Mapping):
        return {}
    in_address = {*request.path_params, *request.query_params}
    sent = {
        name: _written(value) if name in in_address else value for name, value in arguments.items()
    }
    return {**meant, "arguments": sent}


def _written(value: Any) -> list[Any]:
    """Return the texts of an argument in an address; a list in a query is several."""
    values = value if isinstance(value, list) else [value]
    return [_text(each) if isinstance(each, (bool, int, float)) else each for each in values]


def _text(value: bool | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _canonical(value: Any) -> bytes:
    """Return bytes that only equal values of equal types have: 1, 1.0, true and "1" differ."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        raise ProblemError("invalid_request") from None
