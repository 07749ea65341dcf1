"""The OpenAPI 3.1 document, made from the same table as the routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from gateway.calls import Call
from gateway.cookies import EMBED_NAME, NAME, Kind
from gateway.problems import ALL_KINDS
from gateway.queries import MAX_LENGTH
from gateway.shapes import NO_CONTROLS

Json = dict[str, Any]

_ABOUT = "What the chat page uses. Every state-changing call sends `X-CSRF-Token`."
_PROBLEM = "application/problem+json"
_SCHEMES: Mapping[Kind, str] = {"page": "session", "embed": "embedded_session"}
_SESSIONS = {
    "session": {"type": "apiKey", "in": "cookie", "name": NAME},
    "embedded_session": {"type": "apiKey", "in": "cookie", "name": EMBED_NAME},
}
_CSRF: Json = {
    "name": "X-CSRF-Token",
    "in": "header",
    "required": True,
    "description": "The `csrf_token` of this session.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,128}$"},
}
_REFERENCE: Json = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,128}$"},
}


_LAST_EVENT_ID: Json = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "description": (
        "The `id` of the last message that is known, `0` for the beginning. Without it, only what "
        "is new is told; with one that is not known, `reset` says to read everything anew."
    ),
    "schema": {"type": "string"},
}


class _AbsentNotNull(GenerateJsonSchema):
    """Absent fields are left out and never null, and defaults are nobody's business."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def openapi_document(calls: Iterable[Call]) -> Json:
    """Return the document of `calls`: every status that can occur, with its codes."""
    listed = list(calls)
    schemas, definitions = _schemas(listed)
    paths: dict[str, Json] = {}
    for call in listed:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Gatehouse", "version": "1", "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": {**definitions, "Problem": _problem()},
            "securitySchemes": _SESSIONS,
        },
    }


def _schemas(calls: list[Call]) -> tuple[dict[str, Json], Json]:
    """Return schemas by `name mode`, and the definitions they refer to."""
    inputs: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = []
    for call in calls:
        if call.body is not None:
            inputs.append((call.name, "validation", call.body))
        if call.answer is not None:
            inputs.append((call.name, "serialization", call.answer))
    schemas, rest = TypeAdapter.json_schemas(
        inputs, ref_template="#/components/schemas/{model}", schema_generator=_AbsentNotNull
    )
    return {f"{name} {mode}": schema for (name, mode), schema in schemas.items()}, rest["$defs"]


def _operation(call: Call, schemas: Mapping[str, Json]) -> Json:
    operation: Json = {
        "summary": call.summary,
        "operationId": call.handler.__name__ + ("_embedded" if call.cookie == "embed" else ""),
        "parameters": _parameters(call),
        "responses": _responses(call, schemas.get(f"{call.name} serialization")),
    }
    if call.body is not None:
        content = {"application/json": {"schema": schemas[f"{call.name} validation"]}}
        operation["requestBody"] = {"required": not call.body_optional, "content": content}
    if call.guard != "open":
        operation["security"] = [{_SCHEMES[call.cookie]: []}]
    return operation


def _parameters(call: Call) -> list[Json]:
    in_path = [_REFERENCE] if "{id}" in call.path else []
    in_query = [_in_query(name, call) for name in call.query]
    streamed = [_LAST_EVENT_ID] if call.streams else []
    return [*in_path, *in_query, *streamed, *([_CSRF] if call.guard == "csrf" else [])]


def _in_query(name: str, call: Call) -> Json:
    pattern = call.values.get(name, NO_CONTROLS)
    schema = {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH, "pattern": pattern}
    return {"name": name, "in": "query", "required": name in call.needs, "schema": schema}


def _responses(call: Call, answer: Json | None) -> Json:
    good: Json = {"description": "Done."}
    if answer is not None:
        good["content"] = {"application/json": {"schema": answer}}
    elif call.streams:
        good["content"] = {"text/event-stream": {"schema": {"type": "string"}}}
    elif call.files:
        good["content"] = {media_type: {} for media_type in call.files}
    codes: dict[int, list[str]] = {}
    for code in sorted(call.refusals):
        codes.setdefault(ALL_KINDS[code].status, []).append(code)
    refused = {str(status): _refusal(status, named) for status, named in sorted(codes.items())}
    return {str(call.status): good, **refused}


def _refusal(status: int, codes: list[str]) -> Json:
    exact = {"properties": {"code": {"enum": codes}, "status": {"const": status}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, exact]}
    words = " / ".join(ALL_KINDS[code].sentence for code in codes)
    refusal: Json = {"description": words, "content": {_PROBLEM: {"schema": schema}}}
    if "rate_limited" in codes:
        seconds = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
        refusal["headers"] = {"Retry-After": seconds}
    return refusal


def _problem() -> Json:
    properties = {
        "type": {"const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "field": {"type": "string", "description": "The field that is not valid."},
        "attempts_left": {"type": "integer", "minimum": 0},
        "parts": {"type": "array", "items": {"type": "string"}},
        "retry_after_seconds": {"type": "integer", "minimum": 0},
        "ready_in_seconds": {"type": "integer", "minimum": 0},
        "suggestions": {"type": "array", "items": {"type": "string"}},
    }
    required = ["type", "title", "status", "code"]
    return {"type": "object", "properties": properties, "required": required}
