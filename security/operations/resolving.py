"""What stands elsewhere in an OpenAPI document: shared parts, media types, scopes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from security.operations import schemas

_PARTS = ("parameters", "requestBodies", "responses")


class Document:
    """A parsed document of version 3.1. Raises `ValueError` for any other."""

    def __init__(self, raw: Any) -> None:
        if not isinstance(raw, dict) or not str(raw.get("openapi", "")).startswith("3.1."):
            raise ValueError("not an OpenAPI 3.1 document")
        self._raw = raw
        self.paths: Mapping[str, Any] = raw["paths"]
        components = raw.get("components", {})
        self.schemas: Mapping[str, Any] = {
            name: schemas.local(each) for name, each in components.get("schemas", {}).items()
        }
        self.closed: Mapping[str, Any] = {
            name: schemas.within(each) for name, each in self.schemas.items()
        }

    def resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a parameter, body or response, or the shared one that it refers to."""
        reference = part.get("$ref")
        if reference is None:
            return part
        _, _, rest = str(reference).partition("#/components/")
        kind, _, name = rest.partition("/")
        if kind not in _PARTS or not str(reference).startswith("#/"):
            raise ValueError("a reference that leaves the document")
        found: Mapping[str, Any] = self._raw["components"][kind][name]
        if "$ref" in found:
            raise ValueError("a reference to a reference")
        return found

    def scopes_of(self, operation: Mapping[str, Any]) -> frozenset[str]:
        """Return the scopes that the document demands for an operation."""
        demands = operation.get("security", self._raw.get("security", []))
        return frozenset(
            scope for demand in demands for scopes in demand.values() for scope in scopes
        )


def json_content(content: Mapping[str, Any]) -> tuple[str, Any]:
    """Return the JSON media type of a body, and its schema. Raises `ValueError` without one."""
    for given, described in content.items():
        media_type = given.partition(";")[0].strip().lower()
        if is_json(media_type):
            return media_type, described["schema"]
    raise ValueError("a body without JSON")


def is_json(media_type: str) -> bool:
    """Tell whether a bare media type is JSON, or ends as one built on it does (RFC 6839)."""
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
