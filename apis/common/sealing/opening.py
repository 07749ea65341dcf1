"""How a sealed column is opened in SQL: by a function of SQLite's, or beside the server's answer.

SQLite runs in this process, so what opens is a function of the connection, and conditions, orders
and sums may use it. A server of PostgreSQL never gets what opens: a statement that selects a sealed
column is answered with the envelope and where it was, and the value is opened here as the row
arrives. One that compares or sorts by a sealed column is asked in two steps (`asking`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import Date, Dialect, String
from sqlalchemy.exc import CompileError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator, TypeEngine

from apis.common.sealing.sealing import Sealing, opener

_OPENER = "gatehouse_opened"


class Opened(GenericFunction[Any]):
    """SQL's `opened(table, sealed, row, tenant, field)`."""

    name = "opened"
    identifier = _OPENER
    inherit_cache = True


class Unsealed(TypeDecorator[Any]):
    """What an opened column is, as the database can compare it."""

    impl = String
    cache_ok = True

    def __init__(self, kind: TypeEngine[Any]) -> None:
        super().__init__()
        self.kind = kind
        self.impl = kind  # type: ignore[assignment]

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Open what a server answers with; SQLite's function has opened it."""
        return reading(dialect, self.kind) or super().result_processor(dialect, coltype)


def open_beside(dialect: Dialect, sealing: Sealing) -> None:
    """Let the answers of this engine's server be opened as they arrive."""
    setattr(dialect, _OPENER, opener(sealing))


def reading(dialect: Dialect, kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """Return what makes a value of `kind` of a server's answer; None where none is needed."""
    opened: Callable[..., Any] | None = getattr(dialect, _OPENER, None)
    if opened is None:
        return None
    is_day = isinstance(kind, Date)

    def read(answer: list[str | None] | None) -> Any:
        if answer is None:
            return None
        table, sealed, row, tenant, field = answer
        envelope = bytes.fromhex(sealed) if sealed is not None else None
        value = opened(table, envelope, row, tenant, field)
        return date.fromisoformat(value) if is_day and value is not None else value

    return read


@compiles(Opened, "postgresql")
def _answered_with_envelope(element: Opened, compiler: Any, **words: Any) -> str:
    """Name the envelope and its place. Raises `CompileError` where the server would have to open.

    It can do so nowhere but in a list of columns: there nothing is made of them.
    """
    if not words.get("within_columns_clause"):
        raise CompileError("a server cannot compare what is sealed: ask by `asking.rows_of`")
    table, sealed, row, tenant, field = (compiler.process(one) for one in element.clauses)
    return f"ARRAY[{table}, encode({sealed}, 'hex'), CAST({row} AS TEXT), {tenant}, {field}]"
