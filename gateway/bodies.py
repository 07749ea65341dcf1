"""Reading a body: JSON that ends in time and keeps to its shape.

The whole body is counted as it comes in, whatever its Content-Length says.
"""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect, Request

from gateway.administration_shapes import FIELDS as ADMINISTRATION
from gateway.auditing_shapes import FIELDS as AUDITING
from gateway.problems import Problem
from gateway.shapes import FIELDS

MAX_BODY_BYTES = 16 * 1024
_BODY_SECONDS = 10
_FIELDS = FIELDS | ADMINISTRATION | AUDITING


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


async def read_raw(request: Request, media_type: str) -> bytes:
    """Return a body of this media type as it came; raises `Problem` like `read_body`."""
    media = request.headers.get("content-type", "").lower().partition(";")[0].strip()
    if media != media_type or "content-encoding" in request.headers:
        raise Problem("unsupported_media_type")
    return await _read(request)


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


def _field(error: ValidationError) -> dict[str, Any]:
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        for part in detail["loc"]:
            if part in _FIELDS:
                return {"field": str(part)}
    return {}
