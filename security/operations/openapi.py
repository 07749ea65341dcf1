"""An API's own OpenAPI 3.1 document, compiled once: what may be sent, what may come back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema_rs
import orjson

from security.operations import schemas
from security.operations.parameters import Parameter, parameters_of
from security.operations.resolving import Document, json_content

_METHODS = ("get", "put", "post", "delete", "patch")
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SUCCESSES = ("200", "201", "204")
_NO_CONTENT = 204


class InvalidArguments(ValueError):
    """The arguments do not fit the API's document; `field` names the first that does not.

    It is a dotted path of names that the document has: a name of the caller's is not repeated.
    """

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True)
class Answer:
    """What an endpoint promises with one status; `validator` is None where nothing comes back."""

    media_type: str
    schema: Any
    validator: jsonschema_rs.Validator | None


@dataclass(frozen=True)
class Endpoint:
    """One operation of an API, with compiled checks for its arguments and its answer."""

    name: str
    """Its operationId."""
    method: str
    path: str
    parameters: Mapping[str, Parameter]
    body_names: frozenset[str]
    sends: str | None
    """The media type of the request's body, None where there is none."""
    takes_key: bool
    """Whether it takes an `Idempotency-Key`, so that a repeated call does nothing twice."""
    scopes: frozenset[str]
    """Those that the document demands of a token."""
    answers: Mapping[int, Answer]
    """What it promises, by status: 200, 201 and 204 are successes, nothing else is."""
    told: jsonschema_rs.Validator
    """Checks the arguments in path and query."""
    sent: jsonschema_rs.Validator | None
    """Checks the body."""
    definitions: Mapping[str, Any]

    @property
    def path_names(self) -> tuple[str, ...]:
        """The arguments that stand in the path."""
        return tuple(name for name, each in self.parameters.items() if each.place == "path")

    @property
    def query_names(self) -> tuple[str, ...]:
        """The arguments that stand in the query."""
        return tuple(name for name, each in self.parameters.items() if each.place == "query")

    @property
    def argument_names(self) -> frozenset[str]:
        """Every argument there is."""
        return self.body_names | frozenset(self.parameters)

    @property
    def accepts(self) -> str:
        """The media types that it answers with, for the request to say."""
        promised = sorted({answer.media_type for answer in self.answers.values()} - {""})
        return ", ".join(promised) or "application/json"

    @property
    def returns(self) -> bool:
        """Whether anything comes back."""
        return any(answer.validator is not None for answer in self.answers.values())

    def check_arguments(self, arguments: Mapping[str, Any]) -> None:
        """Raise `InvalidArguments`, with the field named, where they do not fit."""
        if not set(arguments) <= self.argument_names:
            raise InvalidArguments("arguments")
        in_url = {name: value for name, value in arguments.items() if name in self.parameters}
        _check(self.told, in_url, self._known)
        for name, value in in_url.items():
            if not self.parameters[name].can_carry(value):
                raise InvalidArguments(name)
        body = self.body(arguments)
        if body is not None and self.sent is not None:
            _check(self.sent, body, self._known)
            for name, value in body.items():
                if not _is_writable(value):
                    raise InvalidArguments(name)

    def answers_with(self, body: Any, status: int | None = None) -> bool:
        """Tell whether `body` is what the API promised to return, with this status or with any."""
        promised = self.answers.values() if status is None else [self.answers[status]]
        return any(
            each.validator is not None and each.validator.is_valid(body) for each in promised
        )

    def url_path(self, arguments: Mapping[str, Any]) -> str:
        """Return path and query for arguments that were checked; each value is one segment."""
        path = self.path
        for name in self.path_names:
            path = path.replace(f"{{{name}}}", quote(_text(arguments[name]), safe=""))
        query = [
            (name, _text(value))
            for name in self.query_names
            if name in arguments
            for value in _each(arguments[name])
        ]
        return f"{path}?{urlencode(query)}" if query else path

    def body(self, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the JSON body for arguments that were checked, None where there is none."""
        if self.sends is None:
            return None
        return {name: arguments[name] for name in arguments if name in self.body_names}

    def has_field(self, path: str) -> bool:
        """Tell whether a valid answer can have a field at this dotted path."""
        return any(
            schemas.has_field(answer.schema, self.definitions, path)
            for answer in self.answers.values()
        )

    def _known(self, name: str) -> bool:
        return name in self.argument_names or any(
            name in definition.get("properties", {})
            for definition in self.definitions.values()
            if isinstance(definition, dict)
        )


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
        document = Document(orjson.loads(file.read_bytes()))
        found: dict[str, Endpoint] = {}
        for path, methods in document.paths.items():
            shared = methods.get("parameters", [])
            for method, operation in methods.items():
                name = operation.get("operationId") if method in _METHODS else None
                if name is None or (wanted is not None and name not in wanted):
                    continue
                if name in found:
                    raise ValueError("an operationId stands twice")
                found[name] = _endpoint(name, method, path, operation, shared, document)
        return cls(found)


def _endpoint(
    name: str,
    method: str,
    path: str,
    operation: Mapping[str, Any],
    shared: list[Any],
    document: Document,
) -> Endpoint:
    given = [document.resolved(p) for p in [*shared, *operation.get("parameters", [])]]
    parameters, takes_key = parameters_of(path, given, document.schemas)
    sends, body = _body(operation, document)
    if sends and method == "get":
        raise ValueError("a read with a body")
    body_names = schemas.names(body, document.schemas) if sends else frozenset[str]()
    if body_names & set(parameters):
        raise ValueError("an argument stands twice")
    told = {
        "type": "object",
        "properties": {name: schemas.closed(p.schema) for name, p in parameters.items()},
        "required": [name for name, p in parameters.items() if p.required],
    }
    return Endpoint(
        name=name,
        method=method.upper(),
        path=path,
        parameters=parameters,
        body_names=body_names,
        sends=sends,
        takes_key=takes_key,
        scopes=document.scopes_of(operation),
        answers=dict(_answers(operation, document)),
        told=_compiled(schemas.closed(told), document.closed),
        sent=_compiled(schemas.closed(body), document.closed) if sends else None,
        definitions=document.schemas,
    )


def _body(operation: Mapping[str, Any], document: Document) -> tuple[str | None, Any]:
    """Return media type and schema of a request's body; a body is an object."""
    if "requestBody" not in operation:
        return None, {}
    media_type, found = json_content(document.resolved(operation["requestBody"])["content"])
    schema = schemas.local(found)
    if not any(s.get("type") == "object" for s in schemas.applied(schema, document.schemas)):
        raise ValueError("a body that is not an object")
    return media_type, {"type": "object", "allOf": [schema]}


def _answers(operation: Mapping[str, Any], document: Document) -> Iterator[tuple[int, Answer]]:
    promised = {str(status): given for status, given in operation["responses"].items()}
    wanted = [status for status in _SUCCESSES if status in promised]
    if not wanted:
        raise ValueError("an operation without 200, 201 or 204")
    for status in map(int, wanted):
        if status == _NO_CONTENT:
            yield status, Answer("", {}, None)
            continue
        media_type, found = json_content(document.resolved(promised[str(status)])["content"])
        schema = schemas.local(found)
        yield status, Answer(media_type, schema, _compiled(schema, document.schemas))


def _compiled(schema: Any, definitions: Mapping[str, Any]) -> jsonschema_rs.Validator:
    needed = schemas.reached(schema, definitions)
    whole = {"$schema": _DRAFT, "$defs": needed, "allOf": [schema]}
    return jsonschema_rs.validator_for(whole, validate_formats=True, offline=True)


def _check(validator: jsonschema_rs.Validator, value: Any, known: Any) -> None:
    """Raise for what does not fit, naming the deepest field that is to blame."""
    if validator.is_valid(value):
        return
    paths = [_blamed(error) for error in validator.iter_errors(value)]
    named = [part for part in max(paths, key=len, default=[]) if isinstance(part, str)]
    told: list[str] = []
    for name in named:
        if not known(name):
            break
        told.append(name)
    raise InvalidArguments(".".join(told) or "arguments")


def _blamed(error: jsonschema_rs.ValidationError) -> list[str | int]:
    """Return where an error is: one that is required and absent is blamed itself."""
    absent = getattr(error.kind, "property", None)
    return [*error.instance_path, *([str(absent)] if absent is not None else [])]


def _is_writable(value: Any) -> bool:
    """Tell whether a value has one reading alone; a schema's integer may be written 10.0."""
    if isinstance(value, dict):
        return all(_is_writable(inner) for inner in value.values())
    if isinstance(value, list):
        return all(_is_writable(inner) for inner in value)
    return not isinstance(value, float) or (isfinite(value) and not value.is_integer())


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return ("false", "true")[value] if isinstance(value, bool) else str(value)
