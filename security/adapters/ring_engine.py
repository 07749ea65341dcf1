"""Connections to the key ring: a SQLite file, or on PostgreSQL a schema and a role of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from runtime.postgres import Login
from runtime.postgres_engine import BOUNDED, LASTS_WITH_THE_NEXT, is_postgres, server_engine

SCHEMA = "gatehouse_ring"
"""Where the ring's tables are on PostgreSQL: nobody but the ring's role sees into it."""
_POOL = 2
_PRAGMAS = ("journal_mode=WAL", "busy_timeout=5000", "secure_delete=ON", "temp_store=MEMORY")
_SETTINGS = {"search_path": SCHEMA, **BOUNDED}

_IS_MINE = f"SELECT nspowner = current_user::regrole FROM pg_namespace WHERE nspname = '{SCHEMA}'"  # noqa: S608


def ring_engine(url: str | URL, login: Login | None, durable: bool) -> Engine:
    """Return an engine; what one that is not `durable` commits may be lost with the power."""
    parsed = make_url(url)
    if not is_postgres(parsed):
        return _file(parsed, durable)
    return server_engine(parsed, login, _SETTINGS | ({} if durable else LASTS_WITH_THE_NEXT), _POOL)


def leave_no_trace(engine: Engine) -> None:
    """Let what was deleted leave the files as well, as far as a database can say.

    SQLite has overwritten it, and its log is cut off here; who reads at this moment delays that.
    PostgreSQL frees its place; its own log and copies keep it until the master key rotates.
    """
    statement = "PRAGMA wal_checkpoint(TRUNCATE)"
    if engine.dialect.name == "postgresql":
        statement = "VACUUM (SKIP_LOCKED) data_keys"
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(statement)


def make_schema(engine: Engine) -> None:
    """Make the ring's schema on PostgreSQL where it is missing.

    Raises `ValueError` where it is another role's: whose it is may read it.
    """
    if engine.dialect.name != "postgresql":
        return
    with engine.begin() as connection:
        mine = connection.exec_driver_sql(_IS_MINE).scalar_one_or_none()
        if mine is None:
            # nosemgrep: sql-text-is-constant - the name of a schema, written in this module.
            connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
        elif not mine:
            raise ValueError(f"the schema {SCHEMA} belongs to another role than the key ring's")


def _file(url: URL, durable: bool) -> Engine:
    """Who reads waits for nobody (WAL), and what was deleted is overwritten."""
    engine = create_engine(url, hide_parameters=True)
    synchronous = "FULL" if durable else "NORMAL"

    def configure(raw: Any, _record: ConnectionPoolEntry) -> None:
        for pragma in (*_PRAGMAS, f"synchronous={synchronous}"):
            # nosemgrep: sql-text-is-constant - each is written in this module.
            raw.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", configure)
    return engine
