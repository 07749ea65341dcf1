"""The security database on PostgreSQL: one writer at a time, as on SQLite."""

from __future__ import annotations

from sqlalchemy import URL, Connection, Engine, event

from runtime.postgres import Login
from runtime.postgres_engine import BOUNDED, LASTS_WITH_THE_NEXT, is_postgres, server_engine

__all__ = ["POOL", "is_postgres", "open_postgres"]

POOL = 8
"""Connections that a process keeps to one database at most."""

# The lock that SQLite's one writer is elsewhere: "gatehous" as a number. The trail is one chain,
# so its writers stand in line anyway; who holds this reads nothing that is about to change.
_ONE_WRITER = "SELECT pg_advisory_xact_lock(7449363237540164979)"


def open_postgres(url: str | URL, durable: bool = True, login: Login | None = None) -> Engine:
    """Return an engine whose transactions stand in line, as SQLite's do.

    One that is not `durable` may be lost with the power, like those of SQLite.
    """
    settings = BOUNDED | ({} if durable else LASTS_WITH_THE_NEXT)
    engine = server_engine(url, login, settings, POOL)
    event.listen(engine, "begin", _stand_in_line)
    return engine


def _stand_in_line(connection: Connection) -> None:
    connection.exec_driver_sql(_ONE_WRITER)
