"""An API's own OpenAPI 3.1 document, compiled once: what may be sent, what may come back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema_rs
import orjson

_METHODS = ("get", "put", "post", "delete", "patch")
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


class InvalidArguments(ValueError):
    """The arguments do not fit the API's document; `field` names the first that does not."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True)
class Endpoint:
    """One operation of an API, with compiled checks for its arguments and its answer."""

    method: str
    path: str
    path_names: tuple[str, ...]
    query_names: tuple[str, ...]
    body_names: frozenset[str]
    takes_key: bool
    """Whether it takes an `Idempotency-Key`, so that a repeated call does nothing twice."""
    arguments: jsonschema_rs.Validator
    answer: jsonschema_rs.Validator
    answer_schema: Mapping[str, Any]

    def check_arguments(self, arguments: Mapping[str, Any]) -> None:
        """Raise `InvalidArguments`, with the field named, where they do not fit."""
        for error in self.arguments.iter_errors(dict(arguments)):
            path = [str(part) for part in error.instance_path]
            raise InvalidArguments(path[0] if path else _missing(error))
        for name, value in arguments.items():
            # A schema's integer may be written 10.0, and true is sent as no API expects it.
            if isinstance(value, (bool, float)) or value is None:
                raise InvalidArguments(name)
            # "." and ".." are not one segment: clients and servers walk along them.
            if name in self.path_names and str(value) in ("", ".", ".."):
                raise InvalidArguments(name)

    def answers_with(self, body: Any) -> bool:
        """Tell whether `body` is what the API promised to return."""
        return bool(self.answer.is_valid(body))

    def url_path(self, arguments: Mapping[str, Any]) -> str:
        """Return path and query for arguments that were checked; each value is one segment."""
        path = self.path
        for name in self.path_names:
            path = path.replace(f"{{{name}}}", quote(str(arguments[name]), safe=""))
        query = [(name, arguments[name]) for name in self.query_names if name in arguments]
        return f"{path}?{urlencode(query)}" if query else path

    def body(self, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the JSON body for arguments that were checked, None where there is none."""
        if not self.body_names:
            return None
        return {name: arguments[name] for name in arguments if name in self.body_names}

    def field_paths(self) -> set[str]:
        """Return every dotted path that a valid answer can have."""
        return _paths(self.answer_schema, self.answer_schema.get("$defs", {}), "")


@dataclass(frozen=True)
class ApiDocument:
    """The endpoints of one API by operationId."""

    endpoints: Mapping[str, Endpoint]

    @classmethod
    def load(cls, file: Path, wanted: frozenset[str] | None = None) -> ApiDocument:
        """Read a document and compile the `wanted` operations by operationId, or all of them.

        Raises `OSError`, or whatever a document provokes that is none: `ValueError`, `KeyError`,
        `AttributeError`, `TypeError`.
        """
        document = orjson.loads(file.read_bytes())
        schemas = _local(document.get("components", {}).get("schemas", {}))
        found = {}
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                name = operation.get("operationId") if method in _METHODS else None
                if name is not None and (wanted is None or name in wanted):
                    found[name] = _endpoint(method, path, operation, schemas)
        return cls(found)


def _missing(error: jsonschema_rs.ValidationError) -> str:
    """Return the name of the argument that is required and absent, or `arguments`."""
    return str(getattr(error.kind, "property", None) or "arguments")


def _local(value: Any) -> Any:
    """Point `#/components/schemas/X` at `#/$defs/X`, so that each schema stands alone."""
    if isinstance(value, dict):
        return {
            key: inner.replace("#/components/schemas/", "#/$defs/")
            if key == "$ref"
            else _local(inner)
            for key, inner in value.items()
        }
    return [_local(item) for item in value] if isinstance(value, list) else value


def _endpoint(
    method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]
) -> Endpoint:
    parameters = operation.get("parameters", [])
    given = [p for p in parameters if p["in"] in ("path", "query")]
    body = _body_schema(operation, schemas)
    names = [p["name"] for p in given]
    if set(names) & set(body.get("properties", {})):
        raise ValueError("an argument stands twice")
    arguments = {
        "$schema": _DRAFT,
        "$defs": schemas,
        "type": "object",
        "additionalProperties": False,
        "properties": {p["name"]: _local(p["schema"]) for p in given} | body.get("properties", {}),
        "required": [p["name"] for p in given if p.get("required")] + body.get("required", []),
    }
    content = operation["responses"]["200"]["content"]["application/json"]["schema"]
    answer = {"$schema": _DRAFT, "$defs": schemas, **_local(content)}
    headers = {p["name"].lower() for p in parameters if p["in"] == "header"}
    return Endpoint(
        method=method.upper(),
        path=path,
        path_names=tuple(re.findall(r"{(\w+)}", path)),
        query_names=tuple(p["name"] for p in given if p["in"] == "query"),
        body_names=frozenset(body.get("properties", {})),
        takes_key="idempotency-key" in headers,
        arguments=jsonschema_rs.validator_for(arguments),
        answer=jsonschema_rs.validator_for(answer),
        answer_schema=answer,
    )


def _body_schema(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object that a request's body is, or an empty schema where there is no body."""
    request = operation.get("requestBody")
    if request is None:
        return {}
    schema = _local(request["content"]["application/json"]["schema"])
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if schema.get("type") != "object":
        raise ValueError("a body that is not an object")
    return dict(schema)


def _paths(schema: Any, definitions: Mapping[str, Any], prefix: str) -> set[str]:
    if "$ref" in schema:
        return _paths(definitions[schema["$ref"].rpartition("/")[2]], definitions, prefix)
    if "items" in schema:
        return _paths(schema["items"], definitions, prefix)
    found: set[str] = set()
    for name, inner in schema.get("properties", {}).items():
        found.add(f"{prefix}{name}")
        found |= _paths(inner, definitions, f"{prefix}{name}.")
    return found
