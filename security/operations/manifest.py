"""Manifests: the operations that exist. What no manifest declares cannot be called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from security.errors import KINDS
from security.operations.classes import CLASSES, NOT_YET_ENFORCED, Demand
from security.operations.confirmation import Amount, Confirmation
from security.operations.openapi import ApiDocument, Endpoint


class ManifestError(ValueError):
    """A manifest that does not hold; nothing starts with one."""


class _Amount(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    value: str
    currency: str


class _Confirm(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    title: Annotated[str, Field(min_length=1, max_length=120)]
    done: Annotated[str, Field(min_length=1, max_length=120)]
    details: Annotated[dict[str, str], Field(min_length=1, max_length=8)]
    amount: _Amount | None = None
    tell: bool = False


class _Settle(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    endpoint: str
    scope: Annotated[str, Field(pattern=r"^[a-z]+(:[a-z_]+)+$")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    title: Annotated[str, Field(min_length=1, max_length=120)]
    endpoint: str
    kind: str = Field(alias="class")
    scope: Annotated[str, Field(pattern=r"^[a-z]+(:[a-z_]+)+$")]
    fields: Annotated[list[str], Field(min_length=1)]
    confirm: _Confirm | None = None
    settle: _Settle | None = None
    refusals: list[str] = Field(default_factory=list)


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
class Settle:
    """How the API is asked what became of a write whose answer was lost."""

    endpoint: Endpoint
    scope: str


@dataclass(frozen=True)
class Operation:
    """One thing that the bot may ask for, with everything the guard must know of it.

    `refusals` are the API's own problem codes that mean: refused, and nothing was changed.
    """

    name: str
    title: str
    api: str
    audience: str
    kind: str
    demand: Demand
    scope: str
    fields: frozenset[str]
    endpoint: Endpoint
    confirmation: Confirmation | None = None
    settle: Settle | None = None
    refusals: frozenset[str] = frozenset()

    @property
    def is_write(self) -> bool:
        """Whether it changes something at the API."""
        return self.endpoint.method != "GET"


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
    entries = manifest.operations.values()
    settling = {entry.settle.endpoint for entry in entries if entry.settle is not None}
    wanted = frozenset(entry.endpoint for entry in entries) | settling
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
    unknown = set(entry.fields) - endpoint.field_paths()
    if unknown:
        raise ManifestError(f"{where}: the API never returns {', '.join(sorted(unknown))}")
    undeclared = set(entry.refusals) - set(KINDS)
    if undeclared:
        raise ManifestError(f"{where}: no such refusal: {', '.join(sorted(undeclared))}")
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
        confirmation=_confirmation(where, entry, endpoint),
        settle=_settle(where, entry, endpoint, document),
        refusals=frozenset(entry.refusals),
    )


def _confirmation(where: str, entry: _Entry, endpoint: Endpoint) -> Confirmation | None:
    """What is approved must be shown, and shown from arguments that reach the API."""
    needed = CLASSES[entry.kind].confirmation
    if needed != (entry.confirm is not None):
        rule = "needs `confirm`" if needed else "has nothing to confirm"
        raise ManifestError(f"{where}: an operation of the class {entry.kind} {rule}")
    if entry.confirm is None:
        return None
    given = entry.confirm
    amount = Amount(given.amount.value, given.amount.currency) if given.amount else None
    found = Confirmation(given.title, given.done, given.details, amount, given.tell)
    arguments = {*endpoint.body_names, *endpoint.path_names, *endpoint.query_names}
    unknown = set(found.names()) - arguments
    if unknown:
        raise ManifestError(f"{where}: `confirm` names no argument: {', '.join(sorted(unknown))}")
    return found


def _settle(where: str, entry: _Entry, endpoint: Endpoint, document: ApiDocument) -> Settle | None:
    """A write must be confirmed, repeatable under its key, and its fate must be askable."""
    if endpoint.method == "GET":
        if entry.confirm or entry.settle:
            raise ManifestError(f"{where}: a read has nothing to confirm or settle")
        return None
    if entry.kind != "binding":
        raise ManifestError(f"{where}: a write has to be of the class binding so far")
    asked = document.endpoints.get(entry.settle.endpoint) if entry.settle else None
    if entry.settle is None or asked is None or asked.path_names != ("key",):
        raise ManifestError(f"{where}: a write needs `settle`, an endpoint that takes its key")
    if not endpoint.takes_key:
        raise ManifestError(f"{where}: {endpoint.path} takes no Idempotency-Key")
    return Settle(asked, entry.settle.scope)


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
