"""What a request is called in numbers and traces: out of a list, never as somebody typed it."""

from __future__ import annotations

import re
from collections.abc import Iterable

OTHER = "other"
"""Whatever is not on the list."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_PARAMETER = re.compile(r"\{[a-zA-Z_]+(?::[a-z]+)?\}")


class Calls:
    """What a process answers: plain paths, and templates such as `/orders/{id}`.

    `GET /orders/{id}` is that call alone, `/orders/{id}` one by each method: six names instead of
    one, so a door that strangers knock at says its methods.
    """

    def __init__(self, calls: Iterable[str]) -> None:
        methods: dict[str, set[str]] = {}
        for call in calls:
            method, _, path = call.rpartition(" ")
            methods.setdefault(path, set()).update({method} if method else _METHODS)
        self._methods = methods
        self._templates = [(_pattern(path), path) for path in sorted(methods) if "{" in path]

    def name(self, method: str, path: str) -> str:
        """Return the call's name, `GET /orders/{id}`, or `other`: there is a bounded number."""
        if "{" not in path and method in self._methods.get(path, ()):
            return f"{method} {path}"
        for pattern, template in self._templates:
            if method in self._methods[template] and pattern.fullmatch(path):
                return f"{method} {template}"
        return OTHER


def _pattern(template: str) -> re.Pattern[str]:
    parts = _PARAMETER.split(template)
    return re.compile("[^/]+".join(re.escape(part) for part in parts))
