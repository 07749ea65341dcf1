"""Manifests: the operations that exist. What no manifest declares cannot be called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from security.operations.classes import CLASSES, NOT_YET_ENFORCED, Demand
from security.operations.openapi import ApiDocument, Endpoint


class ManifestError(ValueError):
    """A manifest that does not hold; nothing starts with one."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    title: Annotated[str, Field(min_length=1, max_length=120)]
    endpoint: str
    kind: str = Field(alias="class")
    scope: Annotated[str, Field(pattern=r"^[a-z]+(:[a-z_]+)+$")]
    fields: Annotated[list[str], Field(min_length=1)]


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    api: Annotated[str, Field(pattern=r"^[a-z]+$")]
    audience: str
    document: str
    operations: dict[str, _Entry]


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice: YAML would silently keep the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(set(keys)) != len(keys):
            raise yaml.YAMLError(f"a key stands twice{node.start_mark}")
        return super().construct_mapping(node, deep)


@dataclass(frozen=True)
class Operation:
    """One thing that the bot may ask for, with everything the guard must know of it."""

    name: str
    title: str
    api: str
    audience: str
    kind: str
    demand: Demand
    scope: str
    fields: frozenset[str]
    endpoint: Endpoint


def load_operations(folder: Path, project: Path) -> Mapping[str, Operation]:
    """Read every manifest under `folder`; their API documents lie relative to `project`.

    Raises `ManifestError` for a manifest that does not fit its form, its API's document or
    the table of classes. No manifest at all is an error, too.
    """
    operations: dict[str, Operation] = {}
    for path in sorted(folder.glob("*.yml")):
        for operation in _load_one(path, project):
            if operations.setdefault(operation.name, operation) is not operation:
                raise ManifestError(f"{path.name}: {operation.name} is declared twice")
    if not operations:
        raise ManifestError(f"no operation is declared in {folder.name}/")
    return operations


def _load_one(path: Path, project: Path) -> list[Operation]:
    try:
        manifest = _Manifest.model_validate(yaml.load(path.read_text(), _StrictLoader))  # noqa: S506
    except (ValidationError, yaml.YAMLError, TypeError) as error:
        raise ManifestError(f"{path.name}: {error}") from None
    wanted = frozenset(entry.endpoint for entry in manifest.operations.values())
    try:
        document = ApiDocument.load(project / manifest.document, wanted)
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        why = f"{manifest.document} is no usable OpenAPI document ({type(error).__name__})"
        raise ManifestError(f"{path.name}: {why}") from None
    return [
        _operation(path.name, manifest, name, entry, document)
        for name, entry in manifest.operations.items()
    ]


def _operation(
    file: str, manifest: _Manifest, name: str, entry: _Entry, document: ApiDocument
) -> Operation:
    where = f"{file}: {name}"
    if name.partition(".")[0] != manifest.api:
        raise ManifestError(f"{where}: an operation's name begins with its API's name")
    if entry.kind not in CLASSES:
        raise ManifestError(f"{where}: no such class: {entry.kind}")
    if entry.kind in NOT_YET_ENFORCED:
        raise ManifestError(f"{where}: the class {entry.kind} cannot be enforced yet")
    endpoint = document.endpoints.get(entry.endpoint)
    if endpoint is None:
        raise ManifestError(f"{where}: {manifest.document} has no operationId {entry.endpoint}")
    if endpoint.method != "GET":
        raise ManifestError(f"{where}: only reads can be declared so far")
    unknown = set(entry.fields) - endpoint.field_paths()
    if unknown:
        raise ManifestError(f"{where}: the API never returns {', '.join(sorted(unknown))}")
    return Operation(
        name=name,
        title=entry.title,
        api=manifest.api,
        audience=manifest.audience,
        kind=entry.kind,
        demand=CLASSES[entry.kind],
        scope=entry.scope,
        fields=frozenset(entry.fields),
        endpoint=endpoint,
    )


def trim(value: Any, fields: frozenset[str], prefix: str = "") -> Any:
    """Return `value` without any field that the manifest does not name.

    A field's path is joined with dots; lists are transparent: `accounts.balance`.
    """
    if isinstance(value, list):
        return [trim(item, fields, prefix) for item in value if _holds(item, fields, prefix)]
    if not isinstance(value, dict):
        return value
    kept: dict[str, Any] = {}
    for name, inner in value.items():
        path = f"{prefix}{name}"
        if _holds(inner, fields, f"{path}."):
            kept[name] = trim(inner, fields, f"{path}.")
    return kept


def _holds(value: Any, fields: frozenset[str], prefix: str) -> bool:
    """Tell whether `value`, found at `prefix`, is declared or can contain what is."""
    if isinstance(value, (dict, list)):
        return any(field.startswith(prefix) or f"{field}." == prefix for field in fields)
    return prefix.removesuffix(".") in fields
