"""What an operation takes in its address: path and query, in the forms that mean one thing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from security.operations import schemas

_IN_PATH = re.compile(r"{([^{}/]+)}")
_STYLES = {"path": "simple", "query": "form"}
_KEY = "idempotency-key"
# The client sets these by itself; OpenAPI 3.1 section 4.8.12.1 has the first three ignored.
_OURS = frozenset({"accept", "content-type", "authorization", "dpop"})


@dataclass(frozen=True)
class Parameter:
    """One argument in the path or in the query."""

    place: str
    required: bool
    schema: Any

    def can_carry(self, value: Any) -> bool:
        """Tell whether a value that fits the schema can be written into an address."""
        if isinstance(value, list):
            return self.place == "query" and all(_is_plain(each) for each in value)
        # "." and ".." are not one segment: clients and servers walk along them.
        walks = self.place == "path" and str(value) in ("", ".", "..")
        return _is_plain(value) and not walks


def parameters_of(
    path: str, given: Iterable[Mapping[str, Any]], definitions: Mapping[str, Any]
) -> tuple[dict[str, Parameter], bool]:
    """Return the arguments by name, in order, and whether an `Idempotency-Key` is taken.

    Raises `ValueError` for what a caller could not be kept from misusing: any other header, a
    cookie, an object in the query, a form of writing that is not the usual one.
    """
    found: dict[str, Parameter] = {}
    takes_key = False
    for one in given:
        place, name = one["in"], one["name"]
        if place == "header":
            takes_key = takes_key or name.lower() == _KEY
            if name.lower() not in {_KEY, *_OURS}:
                raise ValueError("a header that nobody here may set")
            continue
        if name in found and found[name].place != place:
            raise ValueError("an argument stands twice")
        found[name] = _parameter(place, one, definitions)
    in_path = _IN_PATH.findall(path)
    declared = [name for name, each in found.items() if each.place == "path"]
    if sorted(in_path) != sorted(declared):
        raise ValueError("the path's template and its parameters differ")
    return found, takes_key


def _parameter(place: str, one: Mapping[str, Any], definitions: Mapping[str, Any]) -> Parameter:
    usual = _STYLES.get(place)
    if usual is None:
        raise ValueError("a parameter that is neither in path nor in query")
    if one.get("style", usual) != usual or not one.get("explode", True):
        raise ValueError("a parameter that is written in an unusual form")
    if "content" in one:
        raise ValueError("a parameter that is a document of its own")
    schema = schemas.local(one["schema"])
    kinds = {each.get("type") for each in schemas.applied(schema, definitions)}
    if "object" in kinds or (place == "path" and "array" in kinds):
        raise ValueError("a parameter that does not fit into an address")
    return Parameter(place, bool(one.get("required")) or place == "path", schema)


def _is_plain(value: Any) -> bool:
    if isinstance(value, float):  # A schema's integer may be written 10.0.
        return isfinite(value) and not value.is_integer()
    return isinstance(value, (str, int))
