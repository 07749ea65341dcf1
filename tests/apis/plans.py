"""How SQLite goes about the statements of an API in this process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from apis.common.sealing.columns import add_functions
from tests.support.opened import sealing_at


@contextmanager
def plans_of(database: Path) -> Iterator[list[str]]:
    """Yield a list that holds, at the end, the query plans of all that was asked inside."""
    seen: list[tuple[str, Any]] = []
    plans: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        seen.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield plans
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    with closing(sqlite3.connect(database)) as connection:
        add_functions(connection, sealing_at(database))
        for statement, values in seen:
            if statement.lstrip().startswith(("SELECT", "WITH")):
                rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
                plans.extend(row[3] for row in rows)
