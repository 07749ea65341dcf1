"""JSON Schemas as an API's document has them: made local, closed for what is sent, walked along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_HERE_LISTS = ("allOf", "anyOf", "oneOf")
_HERE = ("then", "else")
_CHILDREN = ("items", "additionalProperties", "unevaluatedItems")
_CHILD_MAPS = ("properties", "patternProperties")
_COMPONENTS, _DEFS = "#/components/schemas/", "#/$defs/"

Schema = Any
"""An object, `True` or `False`."""


def local(value: Any) -> Any:
    """Point `#/components/schemas/X` at `#/$defs/X`, so that each schema stands alone.

    Raises `ValueError` for a reference to anywhere else: nothing is fetched.
    """
    if isinstance(value, list):
        return [local(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: local(inner) for key, inner in value.items()}
    # A property may be called `$ref`; then what stands there is a schema.
    if isinstance(made.get("$ref"), str):
        if not made["$ref"].startswith(_COMPONENTS):
            raise ValueError("a reference that leaves the document's schemas")
        made["$ref"] = _DEFS + made["$ref"].removeprefix(_COMPONENTS)
    if any(isinstance(made.get(name), str) for name in ("$dynamicRef", "$recursiveRef", "$id")):
        raise ValueError("a reference that cannot be followed here")
    return made


def closed(schema: Schema) -> Schema:
    """Return a schema whose objects, at any depth, hold nothing that the document does not name.

    Each place of a value is closed once, after everything that applies to it has been evaluated:
    so `allOf` and `oneOf` go on to work as they are meant to.
    """
    if schema is False:
        return False
    opened = {} if schema is True else within(schema)
    return {"unevaluatedProperties": False, **opened}


def within(schema: Schema) -> Schema:
    """Close what lies below a schema, but not the place that it describes itself."""
    if not isinstance(schema, dict):
        return schema
    made = dict(schema)
    for name in _HERE_LISTS:
        if name in made:
            made[name] = [within(each) for each in made[name]]
    for name in _HERE:
        if name in made:
            made[name] = within(made[name])
    for name in _CHILDREN:
        if name in made:
            made[name] = closed(made[name])
    if "prefixItems" in made:
        made["prefixItems"] = [closed(each) for each in made["prefixItems"]]
    for name in _CHILD_MAPS:
        if name in made:
            made[name] = {key: closed(inner) for key, inner in made[name].items()}
    return made


def applied(schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[Mapping[str, Any]]:
    """Yield every object schema that may apply to the place that `schema` describes."""
    seen: set[int] = set()
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, dict) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if "$ref" in one:
            waiting.append(target(one["$ref"], definitions))
        waiting += [inner for name in _HERE_LISTS for inner in one.get(name, [])]
        waiting += [one[name] for name in ("if", *_HERE) if name in one]


def target(reference: str, definitions: Mapping[str, Schema]) -> Schema:
    """Return the schema that a local reference names. Raises `KeyError` where there is none."""
    found: Any = definitions
    for name in _parts(reference):
        found = found[int(name)] if isinstance(found, list) else found[name]
    return found


def _parts(reference: str) -> list[str]:
    parts = reference.removeprefix(_DEFS).split("/")
    return [part.replace("~1", "/").replace("~0", "~") for part in parts]


def reached(schema: Schema, definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    """Return the definitions that a schema leads to: with them, and no others, it stands alone."""
    found = dict[str, Schema]()
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += one.values()
            reference = one.get("$ref")
            name = _parts(reference)[0] if isinstance(reference, str) else ""
            if name in definitions and name not in found:
                found[name] = definitions[name]
                waiting.append(definitions[name])
    return found


def names(schema: Schema, definitions: Mapping[str, Schema]) -> frozenset[str]:
    """Return the names that an object of this schema may have."""
    return frozenset(
        name for each in applied(schema, definitions) for name in each.get("properties", {})
    )


def has_field(schema: Schema, definitions: Mapping[str, Schema], path: str) -> bool:
    """Tell whether a valid value can have a field at this dotted path; lists are transparent."""
    places = [schema]
    for name in path.split("."):
        places = [
            each["properties"][name]
            for place in places
            for each in _through_lists(place, definitions)
            if name in each.get("properties", {})
        ]
    return bool(places)


def _through_lists(
    schema: Schema, definitions: Mapping[str, Schema]
) -> Iterator[Mapping[str, Any]]:
    waiting, seen = [schema], set[int]()
    while waiting:
        for each in applied(waiting.pop(), definitions):
            if id(each) in seen:
                continue
            seen.add(id(each))
            yield each
            waiting += (each.get("items"), *each.get("prefixItems", []))
