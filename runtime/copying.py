"""Copies the rows of one database into another one, which has the same tables and none of rows.

So a backup is one kind of file wherever the database was, and can be brought back to either.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Integer, MetaData, Table, func, insert, select, text

BATCH = 1_000
"""How many rows are in memory at once."""


def copy_rows(source: Connection, target: Connection, leave_out: Collection[str] = ()) -> int:
    """Copy every row of every table but those named; return how many.

    Both are in a transaction of the caller's. Raises `ValueError` where the tables differ, or
    where there are rows already, and `SQLAlchemyError`.
    """
    there, here = _tables(source, leave_out), _tables(target, leave_out)
    if {name: _columns(table) for name, table in there.items()} != {
        name: _columns(table) for name, table in here.items()
    }:
        raise ValueError("the two databases have not the same tables")
    for name, table in here.items():
        if target.execute(select(table).limit(1)).first() is not None:
            raise ValueError(f"there are rows in {name} already")
    return sum(_copy(source, target, there[name], here[name]) for name in here)


def _tables(connection: Connection, leave_out: Collection[str]) -> dict[str, Table]:
    """Return the tables, those that others refer to first."""
    known = MetaData()
    known.reflect(connection)
    return {table.name: table for table in known.sorted_tables if table.name not in leave_out}


def _columns(table: Table) -> frozenset[str]:
    return frozenset(column.name for column in table.columns)


def _copy(source: Connection, target: Connection, there: Table, here: Table) -> int:
    names = sorted(_columns(here))
    columns = [there.c[name] for name in names]
    count, adding = 0, insert(here)
    rows = source.execution_options(yield_per=BATCH).execute(
        select(*columns).order_by(*there.primary_key)
    )
    for some in rows.mappings().partitions(BATCH):
        target.execute(adding, [_plain(row) for row in some])
        count += len(some)
    _count_on(target, here)
    return count


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row whose moments name no zone: all are UTC, and SQLite keeps them so."""
    return {
        name: value.astimezone(dt.UTC).replace(tzinfo=None)
        if isinstance(value, dt.datetime) and value.tzinfo is not None
        else value
        for name, value in row.items()
    }


def _count_on(connection: Connection, table: Table) -> None:
    """Let a server's numbering go on behind what was copied."""
    if connection.dialect.name != "postgresql":
        return
    for column in _numbered(table.primary_key.columns):
        sequence = connection.execute(
            select(func.pg_get_serial_sequence(table.name, column.name))
        ).scalar_one()
        last = connection.execute(select(func.max(column))).scalar_one()
        if sequence is not None and last is not None:
            connection.execute(text("SELECT setval(:at, :last)"), {"at": sequence, "last": last})


def _numbered(columns: Sequence[Any] | Any) -> list[Any]:
    return [column for column in columns if isinstance(column.type, Integer)]
