"""Reading what an API sends: bounded, in the form that its document promises, and in no other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

import aiohttp
import orjson

from security.operations.openapi import Endpoint

MAX_ANSWER_BYTES = 1_048_576
_NO_CONTENT = 204
_LONGEST_WAIT_SECONDS = 3_600.0


class NotBelieved(Exception):
    """An answer that is not what the API's document promises; `why` is for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Reply:
    """One whole answer; `retry_after` is in seconds, None where the API does not say."""

    status: int
    media_type: str
    raw: bytes
    retry_after: float | None = None


async def read_reply(reply: aiohttp.ClientResponse, now: datetime) -> Reply:
    """Read an answer to its end. Raises `NotBelieved` for one that is too large or compressed.

    Nothing is unpacked: who promised JSON sends JSON, and a bomb stays as small as it came.
    """
    if reply.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise NotBelieved("compressed")
    chunks: list[bytes] = []
    size = 0
    async for chunk in reply.content.iter_any():
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise NotBelieved("too large")
        chunks.append(chunk)
    return Reply(
        status=reply.status,
        media_type=_media_type(reply.headers.get("Content-Type", "")),
        raw=b"".join(chunks),
        retry_after=_seconds(reply.headers.get("Retry-After"), now),
    )


def believed(reply: Reply, endpoint: Endpoint) -> Any:
    """Return the body of a success, `{}` where nothing comes back. Raises `NotBelieved`."""
    promised = endpoint.answers.get(reply.status)
    if promised is None:
        raise NotBelieved(f"status {reply.status}")
    if promised.validator is None:
        if reply.status == _NO_CONTENT and reply.raw:
            raise NotBelieved("a body where none was promised")
        return {}
    if reply.media_type != promised.media_type:
        raise NotBelieved("another media type")
    body = strict_json(reply.raw)
    if not endpoint.answers_with(body, reply.status):
        raise NotBelieved("another shape")
    return body


def strict_json(raw: bytes) -> Any:
    """Return JSON that has one reading alone (RFC 8259 section 4). Raises `NotBelieved`.

    UTF-8, no name twice in an object, no number without an end, no more depth than is read.
    """
    try:
        orjson.loads(raw)  # Refuses what is not UTF-8, NaN, and more depth than 1,024.
        return json.loads(raw, object_pairs_hook=_pairs, parse_float=_number)
    except (ValueError, RecursionError):
        raise NotBelieved("no plain JSON") from None


def problem_code(reply: Reply) -> str | None:
    """Return the code of a problem document (RFC 9457), None where there is none to believe."""
    try:
        problem = strict_json(reply.raw)
    except NotBelieved:
        return None
    code = problem.get("code") if isinstance(problem, Mapping) else None
    return code if isinstance(code, str) else None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice")
    return made


def _number(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError("a number without an end")
    return number


def _media_type(header: str) -> str:
    """Return the bare media type; one in another charset than UTF-8 is none."""
    media_type, *parameters = (part.strip().lower() for part in header.split(";"))
    charsets = [p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset")]
    return media_type if all(charset == "utf-8" for charset in charsets) else ""


def _seconds(header: str | None, now: datetime) -> float | None:
    """Return how long an API asks to be left alone: seconds, or a date (RFC 9110 10.2.3)."""
    if header is None:
        return None
    if header.isascii() and header.isdigit():
        return min(float(header), _LONGEST_WAIT_SECONDS)
    try:
        until = parsedate_to_datetime(header)
    except (ValueError, TypeError, OverflowError):
        return None
    wait = (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
    return min(max(wait, 0.0), _LONGEST_WAIT_SECONDS)
