"""Looking for sealed user names where the database has no function that hashes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from security.adapters.tables import USERNAME


def with_hashes(
    statement: str,
    values: Sequence[Any],
    tenants: Iterable[str],
    lookup: Callable[[str, str, str], str],
) -> tuple[str, Sequence[Any]]:
    """Return a statement with what `hashed` gives in its place, for each tenant there is."""
    left, known = list(values), sorted(set(tenants))

    def in_place(found: re.Match[str]) -> str:
        name = found[2].strip("'")
        if found[2] == "?":
            name = str(left.pop(statement.count("?", 0, found.start())))
        cases = (f"WHEN '{one}' THEN '{lookup(USERNAME, one, name)}'" for one in known)
        return f"CASE {found[1]} {' '.join(cases)} END"

    return re.sub(r"hashed\((\w+), (\?|'[^']*')\)", in_place, statement), left
