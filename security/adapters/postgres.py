"""The security database on PostgreSQL: one writer at a time, as on SQLite."""

from __future__ import annotations

from typing import Any

from psycopg.abc import Buffer
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

from runtime.postgres import Login, connect_arguments

POOL = 8
"""Connections that a process keeps to one database at most."""

# The lock that SQLite's one writer is elsewhere: "gatehous" as a number. The trail is one chain,
# so its writers stand in line anyway; who holds this reads nothing that is about to change.
_ONE_WRITER = "SELECT pg_advisory_xact_lock(7449363237540164979)"
_SETTINGS = {
    "lock_timeout": "5s",
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "15s",
}


def is_postgres(url: str | URL) -> bool:
    """Tell whether an address is that of a PostgreSQL database."""
    return make_url(url).get_backend_name() == "postgresql"


def open_postgres(url: str | URL, durable: bool = True, login: Login | None = None) -> Engine:
    """Return an engine whose transactions stand in line, as SQLite's do.

    One that is not `durable` may be lost with the power, like those of SQLite.
    """
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    settings = dict(_SETTINGS) | ({} if durable else {"synchronous_commit": "off"})
    engine = create_engine(
        parsed,
        connect_args=connect_arguments(parsed, login or Login(), settings),
        pool_size=POOL,
        max_overflow=0,
        pool_pre_ping=True,
        pool_recycle=1_800,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _without_nul)
    event.listen(engine, "begin", _stand_in_line)
    return engine


class _Text(StrDumperUnknown):
    """Text as the server takes it: it knows no NUL, so what holds one is found nowhere.

    Without this, whoever puts one into a name or an id would be told of a failing database.
    """

    def dump(self, obj: str) -> Buffer | None:
        """Put U+FFFD in its place, as CommonMark and HTML do."""
        return super().dump(obj.replace("\x00", "\ufffd"))


def _without_nul(raw: Any, _record: Any) -> None:
    raw.adapters.register_dumper(str, _Text)


def _stand_in_line(connection: Connection) -> None:
    connection.exec_driver_sql(_ONE_WRITER)
