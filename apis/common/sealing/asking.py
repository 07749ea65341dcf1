"""Asks for rows by what is sealed of them, wherever the database is.

SQLite does it in one go. A server cannot open, so there the question is asked in two steps: the
server finds the rows by what it can read (whose they are, days, states), and what is left of the
question is asked of those rows, opened, in a database in this process's memory. Both steps are the
same statement's, so a query is written once; what it finds, and in which order, is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Insert,
    MetaData,
    NullPool,
    Row,
    Select,
    Table,
    create_engine,
    select,
)
from sqlalchemy.exc import CompileError
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BooleanClauseList
from sqlalchemy.sql.visitors import iterate, replacement_traverse

from apis.common.sealing.columns import Sealed, opened
from apis.common.sealing.opening import Opened, Unsealed

_MEMORY = create_engine("sqlite://", poolclass=NullPool)
"""A database for each question, gone with its connection."""


@dataclass(frozen=True)
class TwoSteps:
    """A question to a server: what it is asked, and what is asked of its answer, in `kept`."""

    there: Select[Any]
    here: Select[Any]
    kept: Table

    def answer(self, connection: Connection, values: Mapping[str, Any]) -> list[Row[Any]]:
        """Ask both."""
        found = connection.execute(self.there, values).all()
        if not found:
            return []
        names = self.kept.c.keys()
        with _MEMORY.connect() as memory:
            # nosemgrep: sql-text-is-constant - names of this module's own making.
            memory.exec_driver_sql(f"CREATE TABLE {self.kept.name} ({', '.join(names)})")
            memory.execute(Insert(self.kept), [dict(zip(names, row, strict=True)) for row in found])
            return list(memory.execute(self.here, values).all())


def rows_of(
    connection: Connection, query: Select[Any] | CompoundSelect[Any], values: Mapping[str, Any]
) -> list[Row[Any]]:
    """Return all rows that `query` finds.

    Raises `SQLAlchemyError`; on a server also `CompileError` for what cannot be asked in two
    steps: grouping, and a condition that mixes what is sealed with a query of its own.
    """
    steps = None if connection.dialect.name == "sqlite" else two_steps(query)
    if steps is not None:
        return steps.answer(connection, values)
    # All at once: one by one takes three times as long.
    return list(connection.execute(query, values).all())


@lru_cache(256)
def two_steps(query: Select[Any] | CompoundSelect[Any]) -> TwoSteps | None:
    """Return how a server is asked; None for what it can be asked as it is."""
    if isinstance(query, CompoundSelect):
        if _opens(query):
            raise CompileError("what is sealed is not joined together on a server")
        return None
    conditions, order = _conditions(query), tuple(query._order_by_clauses)
    sealed = [each for each in conditions if _opens(each)]
    if not sealed and not any(_opens(each) for each in order):
        return None
    if query._group_by_clauses or query._distinct or query._offset_clause is not None:
        raise CompileError("what is sealed is not grouped or counted on a server")
    split = _Split()
    shown = [split.shown(column) for column in query.inner_columns]
    where = [split.here(each) for each in sealed]
    by = [split.here(each) for each in order]
    here = select(*shown).where(*where).order_by(*by).limit(query._limit_clause)
    there = select(*split.asked).select_from(*query.get_final_froms())
    there = there.where(*(each for each in conditions if not _opens(each)))
    if not sealed:
        there = _first(there, query, order)
    return TwoSteps(there, here, split.kept)


class _Split:
    """The columns that the second step needs of the first; each is asked for once."""

    def __init__(self) -> None:
        self.asked: list[ColumnElement[Any]] = []
        self.kept = Table("found", MetaData())
        self._places: dict[Any, Column[Any]] = {}

    def shown(self, column: Any) -> ColumnElement[Any]:
        """Return a column of the answer under its own name."""
        inner = getattr(column, "element", column)
        return self._place(inner).label(column.key if inner is column else column.name)

    def here(self, part: Any) -> Any:
        """Return a condition or an order about the rows that were found."""
        return replacement_traverse(part, {}, self._replaced)

    def _replaced(self, element: Any, **_words: Any) -> Any:
        if isinstance(element, Opened) or (
            isinstance(element, Column) and element.table != self.kept
        ):
            return self._place(element)
        return None

    def _place(self, element: Any) -> Column[Any]:
        asked = opened(element) if isinstance(element.type, Sealed) else element
        key = str(asked.compile()) if isinstance(asked, Opened) else asked
        if key not in self._places:
            name = f"c{len(self.asked)}"
            self.asked.append(asked.label(name))
            kind = asked.type.kind if isinstance(asked.type, Unsealed) else asked.type
            self._places[key] = Column(name, kind)
            self.kept.append_column(self._places[key])
        return self._places[key]


def _conditions(query: Select[Any]) -> list[ColumnElement[bool]]:
    """Return the conditions of a query, every one of which has to hold."""
    found: list[ColumnElement[bool]] = []
    waiting = list(query._where_criteria)
    while waiting:
        each: Any = waiting.pop(0)
        if isinstance(each, BooleanClauseList) and each.operator is operators.and_:
            waiting[:0] = list(each.clauses)
        else:
            found.append(each)
    return found


def _opens(part: Any) -> bool:
    return any(isinstance(each, Opened) for each in iterate(part))


def _first(there: Select[Any], query: Select[Any], order: tuple[Any, ...]) -> Select[Any]:
    """Let a server leave out what comes after the last row that is wanted.

    It knows the order by what comes before the first sealed column; what is alike up to there
    (`WITH TIES`) is put in order here.
    """
    known = []
    for each in order:
        if _opens(each):
            break
        known.append(each)
    if not known or query._limit_clause is None:
        return there
    return there.order_by(*known).fetch(query._limit_clause, with_ties=True)
