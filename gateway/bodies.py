"""What clients may send: strict types, no unknown fields, and a body that ends in time.

The whole body is counted as it comes in, whatever its Content-Length says.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect, Request

from gateway.problems import Problem
from security.model import MAX_TEXT, Frozen, Method

MAX_BODY_BYTES = 16 * 1024
_BODY_SECONDS = 10

_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
_TOKEN = r"^[A-Za-z0-9_-]+$"

Line = Annotated[str, Field(min_length=1, max_length=128, pattern=_NO_CONTROLS)]
Typed = Annotated[str, Field(json_schema_extra={"minLength": 1, "maxLength": MAX_TEXT})]
Token = Annotated[str, Field(min_length=1, max_length=128, pattern=_TOKEN)]


class NewSession(Frozen):
    """Begin a session; the tenant may be named now or at sign-in."""

    tenant: Line = ""


class Password(Frozen):
    """The first factor."""

    tenant: Line
    username: Line
    password: Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00]*$")]


class ChosenMethod(Frozen):
    """How the person wants to prove who they are."""

    method: Method


class Code(Frozen):
    """The answer to a challenge."""

    code: Annotated[str, Field(min_length=1, max_length=64, pattern=_NO_CONTROLS)]


class SaidText(Frozen):
    """Something that a person typed; a repeated `client_id` is answered once."""

    text: Typed
    client_id: Token = ""


class SaidChoice(Frozen):
    """A choice that the bot has offered, by its opaque id."""

    choice: Token


Said = SaidText | SaidChoice


async def read_body(request: Request, shape: TypeAdapter[Any], *, optional: bool = False) -> Any:
    """Return the body as `shape`; raises `Problem`.

    The refusals are `unsupported_media_type`, `too_large`, `request_timeout` and
    `invalid_request`, the last with the name of the `field` where it is one of ours.
    """
    if not (optional and "content-type" not in request.headers):
        _require_json(request)
    raw = await _read(request)
    try:
        return shape.validate_json(raw or b"{}" if optional else raw)
    except ValidationError as error:
        raise Problem("invalid_request", **_field(error)) from None


def _require_json(request: Request) -> None:
    media, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "")
    plain = "content-encoding" not in request.headers
    if media.strip() != "application/json" or charset not in ("", "charset=utf-8") or not plain:
        raise Problem("unsupported_media_type")


async def _read(request: Request) -> bytes:
    declared = request.headers.get("content-length", "0")
    if not declared.isascii() or not declared.isdigit():
        raise Problem("invalid_request")
    if len(declared) > 9 or int(declared) > MAX_BODY_BYTES:
        raise Problem("too_large")
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            return await _collect(request)
    except TimeoutError:
        raise Problem("request_timeout") from None
    except ClientDisconnect:
        raise Problem("invalid_request") from None


async def _collect(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise Problem("too_large")
    return bytes(body)


_OUR_FIELDS = frozenset(
    name
    for model in (NewSession, Password, ChosenMethod, Code, SaidText, SaidChoice)
    for name in model.model_fields
)


def _field(error: ValidationError) -> dict[str, Any]:
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        for part in detail["loc"]:
            if part in _OUR_FIELDS:
                return {"field": str(part)}
    return {}
