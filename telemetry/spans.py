"""Spans of the processes as one request of OTLP (JSON encoding), each held to its shape first.

Whose a span is, this process says, not the one it came from. What does not fit is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from runtime.calls import OTHER

MOST_OF_A_PROCESS = 2_000
_TRACE, _SPAN = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{16}")
_NAME = re.compile(r"(?:GET|HEAD|POST|PUT|PATCH|DELETE) (?:/[A-Za-z_.{}:-]*){1,10}")
_NANOSECONDS = re.compile(r"[0-9]{1,20}")
_STATUS_CODE = re.compile(r"[0-9]{1,3}")
_STATUS = "http.response.status_code"


def request(told: Mapping[str, bytes | None]) -> tuple[bytes, int]:
    """Return the body of an export, and how many spans are in it."""
    resources, count = [], 0
    for process, text in sorted(told.items()):
        spans = list(_read(text or b"[]"))
        count += len(spans)
        if spans:
            resources.append(_resource(process, spans))
    return orjson.dumps({"resourceSpans": resources}), count


def _resource(process: str, spans: list[dict[str, Any]]) -> dict[str, Any]:
    named = {"service.name": f"gatehouse-{process}", "service.namespace": "gatehouse"}
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in named.items()]
    scope = {"scope": {"name": "gatehouse"}, "spans": spans}
    return {"resource": {"attributes": attributes}, "scopeSpans": [scope]}


def _read(text: bytes) -> Iterable[dict[str, Any]]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return
    if isinstance(found, list):
        for one in found[:MOST_OF_A_PROCESS]:
            span = _held(one) if isinstance(one, dict) else None
            if span is not None:
                yield span


def _held(said: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a span with nothing but what is known of its shape; None where that is missing."""
    shapes = {
        "traceId": _TRACE,
        "spanId": _SPAN,
        "startTimeUnixNano": _NANOSECONDS,
        "endTimeUnixNano": _NANOSECONDS,
    }
    if not all(_is(shape, said.get(key)) for key, shape in shapes.items()):
        return None
    span = {key: said[key] for key in shapes}
    span["name"] = said["name"] if _is(_NAME, said.get("name")) else OTHER
    span["kind"] = 2
    span["status"] = {"code": 2} if said.get("status") == {"code": 2} else {}
    if _is(_SPAN, said.get("parentSpanId")):
        span["parentSpanId"] = said["parentSpanId"]
    status = _status(said.get("attributes"))
    if status is not None:
        span["attributes"] = [{"key": _STATUS, "value": {"intValue": status}}]
    return span


def _is(shape: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and shape.fullmatch(value) is not None


def _status(attributes: object) -> str | None:
    """Return the one attribute that a span may have."""
    if not isinstance(attributes, list) or len(attributes) != 1:
        return None
    match attributes[0]:
        case {"key": key, "value": {"intValue": str(value)}} if key == _STATUS:
            return value if _STATUS_CODE.fullmatch(value) else None
    return None
