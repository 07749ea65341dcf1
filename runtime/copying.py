"""Copies the rows of one database into another one, which has the same tables and none of rows.

So a backup is one kind of file wherever the database was, and can be brought back to either. A copy
is of one moment: one transaction that sees what was committed before it, and lets everybody write
meanwhile. It moves rows as they are: what is sealed stays sealed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from warnings import catch_warnings, filterwarnings

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
)

from runtime.postgres import Login, connect_arguments

BATCH = 1_000
"""How many rows are in memory at once."""
EACH_ITS_OWN = ("alembic_version", "row_security")
"""Tables that say something of the database they are in."""


@contextmanager
def for_now(engine: Engine) -> Iterator[Engine]:
    """Give an engine, and let go of its connections afterwards."""
    try:
        yield engine
    finally:
        engine.dispose()


def plain_engine(url: str | URL, login: Login) -> Engine:
    """Return an engine whose transactions stand in no line, and may take their time."""
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    arguments = connect_arguments(parsed, login, {"lock_timeout": "10s"})
    return create_engine(parsed, connect_args=arguments, hide_parameters=True)


def file_engine(path: Path) -> Engine:
    """Return an engine that is held to no tenant: tables are looked up in words of SQL there."""
    engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)
    event.listen(engine, "connect", lambda raw, _record: setattr(raw, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def of_one_moment(engine: Engine) -> AbstractContextManager[Connection]:
    """Begin a transaction that reads alone, and sees what was there when it began."""
    seen = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return engine.execution_options(**seen).begin()


def into_file(here: Engine, source: Connection) -> int:
    """Copy every row into a file that has the same tables; return how many."""
    with here.connect() as target:
        # No transaction may say the one or the other.
        raw: Any = target.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys = OFF")  # Rows may refer to later ones.
        with target.begin():
            count = copy_rows(source, target, leave_out=EACH_ITS_OWN)
        raw.execute("PRAGMA journal_mode = DELETE")  # A file of its own, without a log beside it.
    return count


def drop_tables(engine: Engine) -> None:
    """Take away every table of a database on a server: what came after them has failed."""
    with engine.begin() as connection:
        for name in inspect(connection).get_table_names():
            quoted = connection.dialect.identifier_preparer.quote(name)
            # nosemgrep: sql-text-is-constant - names cannot be bound; each is quoted.
            connection.exec_driver_sql(f"DROP TABLE {quoted} CASCADE")


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
    with catch_warnings():
        # Of an index that is no matter here.
        filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
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
