"""The database of an API, read and changed past the API by a test that has its keys."""

from __future__ import annotations

import sqlite3
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select

from apis.common.engines import engine_to_read, engine_to_renew, engine_to_write
from apis.common.sealing.asking import rows_of
from apis.common.sealing.columns import Sealed, add_functions, is_sealed, opened, rewrite
from apis.common.sealing.files import read_sealing
from apis.common.sealing.sealing import Sealing
from apis.common.tables import OnceBase
from tests.support.api_server import pull


def sealing_at(database: Path) -> Sealing:
    """Return what seals in this database: `…/db/<api>/<api>.sqlite3`."""
    return read_sealing(database.parents[2], database.stem)


def writing(database: Path) -> Engine:
    """Return an engine that an API writes with: to its file, or to its server."""
    return engine_to_write(database.parents[2], database.stem, sealing_at(database))


def reading(database: Path) -> Engine:
    """Return an engine that an API reads with."""
    return engine_to_read(database.parents[2], database.stem, sealing_at(database))


def connect(database: Path, **options: Any) -> sqlite3.Connection:
    """Open a database to read it: each table is a view in which its sealed columns are open.

    `main.<table>` is the table itself.
    """
    pull(database)
    connection = sqlite3.connect(database, **options)
    add_functions(connection, sealing_at(database))
    for statement in _views(database.stem):
        connection.execute(statement)
    return connection


def keep(database: Path, table: type[Any], *rows: dict[str, Any]) -> None:
    """Insert rows past the API, sealed."""
    engine = engine_to_renew(database.parents[2], database.stem, sealing_at(database))
    with engine.begin() as connection:
        connection.execute(insert(table), list(rows))
    engine.dispose()


def alter(database: Path, table: type[Any], changes: dict[str, Any], **where: Any) -> None:
    """Change the rows that have these values past the API, sealed columns or not."""
    engine = engine_to_renew(database.parents[2], database.stem, sealing_at(database))
    with engine.begin() as connection:
        query = select(table.__table__)
        for name, value in where.items():
            column = getattr(table, name)
            known = opened(column) if isinstance(column.type, Sealed) else column
            query = query.where(known == value)
        for row in rows_of(connection, query, {}):
            rewrite(connection, table, row, **changes)
    engine.dispose()


@lru_cache
def _views(api: str) -> list[str]:
    bases = (import_module(f"apis.{api}.tables").Base, OnceBase)
    tables = [table for base in bases for table in base.metadata.sorted_tables]
    return [_view(table) for table in tables if is_sealed(table)]


def _view(table: Any) -> str:
    row = " || '/' || ".join(f"coalesce({name}, '')" for name in table.info["sealing"])
    shown = [
        f"opened('{table.name}', sealed, {row}, tenant, '{c.name}') AS {c.name}"
        if isinstance(c.type, Sealed)
        else c.name
        for c in table.columns
    ]
    return f"CREATE TEMP VIEW {table.name} AS SELECT {', '.join(shown)} FROM main.{table.name}"
