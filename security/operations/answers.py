"""What reaches the bot of an API's answer: the fields that the manifest names, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


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


def withheld(value: Any, fields: frozenset[str], prefix: str = "") -> Any:
    """Return `value` without these fields, wherever they stand: the opposite of `trim`."""
    if isinstance(value, list):
        return [withheld(item, fields, prefix) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: withheld(inner, fields, f"{prefix}{name}.")
        for name, inner in value.items()
        if f"{prefix}{name}" not in fields
    }


def found(value: Any, path: str) -> list[str]:
    """Return every text at this dotted path, each once, in the answer's order."""
    name, _, rest = path.partition(".")
    if isinstance(value, list):
        return list(dict.fromkeys(text for item in value for text in found(item, path)))
    if not isinstance(value, dict) or name not in value:
        return [value] if not path and isinstance(value, str) else []
    return found(value[name], rest)


def repeats(value: Any, arguments: Mapping[str, Any], names: frozenset[str]) -> bool:
    """Tell whether an answer is about what was asked: these of its fields repeat the arguments.

    One that was not given need not come back.
    """
    return all(
        isinstance(value, dict) and value.get(name) == arguments[name]
        for name in names
        if name in arguments
    )
