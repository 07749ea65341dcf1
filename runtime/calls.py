"""What a request is called in numbers and traces: out of a list, never as somebody typed it."""

from __future__ import annotations

import re
from collections.abc import Iterable

OTHER = "other"
"""Whatever is not on the list."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_PARAMETER = re.compile(r"\{[a-zA-Z_]+(?::[a-z]+)?\}")


class Calls:
    """The paths that a process answers: plain ones, and templates such as `/orders/{id}`."""

    def __init__(self, paths: Iterable[str]) -> None:
        every = sorted(set(paths))
        self._plain = frozenset(path for path in every if "{" not in path)
        self._templates = [(_pattern(path), path) for path in every if "{" in path]

    def name(self, method: str, path: str) -> str:
        """Return the call's name, `GET /orders/{id}`, or `other`: there is a bounded number."""
        if method not in _METHODS:
            return OTHER
        if path in self._plain:
            return f"{method} {path}"
        for pattern, template in self._templates:
            if pattern.fullmatch(path):
                return f"{method} {template}"
        return OTHER


def _pattern(template: str) -> re.Pattern[str]:
    parts = _PARAMETER.split(template)
    return re.compile("[^/]+".join(re.escape(part) for part in parts))
