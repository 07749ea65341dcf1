"""Opens the engines of whoever keeps something on a server of PostgreSQL: here, and only here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import InvalidRequestError

from runtime.postgres import Login, connect_arguments

BOUNDED = {
    "lock_timeout": "5s",
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "15s",
    "synchronous_commit": "on",
}
"""The server's settings for a session that answers people: nothing waits for ever, and what is told
as written is on disk, whatever the server, the database or the role would have it."""
LASTS_WITH_THE_NEXT = {"synchronous_commit": "off"}
"""A commit may be lost with the power, but only together with all that came after it."""
_RECYCLED_SECONDS = 1_800
_FAILED = 3
"""libpq's PQTRANS_INERROR: in a transaction in which a statement has failed."""


def is_postgres(url: str | URL) -> bool:
    """Tell whether an address is that of a PostgreSQL database."""
    return make_url(url).get_backend_name() == "postgresql"


def server_engine(
    url: str | URL,
    login: Login | None = None,
    settings: Mapping[str, str] = BOUNDED,
    pool: int = 1,
    isolation: str | None = None,
) -> Engine:
    """Return an engine for a database on a server, with `pool` connections at the most.

    `settings` are the server's, for a session; `isolation` is a level of SQLAlchemy's. What is
    given to a statement is in no message of an error, and a connection is looked at before use.
    """
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    more: dict[str, Any] = {} if isolation is None else {"isolation_level": isolation}
    engine = create_engine(
        parsed,
        connect_args=connect_arguments(parsed, login or Login(), settings),
        pool_size=pool,
        max_overflow=0,
        pool_pre_ping=True,
        pool_recycle=_RECYCLED_SECONDS,
        hide_parameters=True,
        **more,
    )
    event.listen(engine, "connect", _without_nul)
    event.listen(engine, "commit", _still_there)
    return engine


@cache
def _text() -> Any:
    """Return how text is sent: the server knows no NUL, so what holds one is found nowhere.

    Without this, whoever puts one into a name or an id would be told of a failing database.
    """
    # Who keeps everything in files has no need of the driver, and of its thirteen megabytes.
    from psycopg.types.string import StrDumperUnknown  # noqa: PLC0415

    class Text(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            """Put U+FFFD in its place, as CommonMark and HTML do."""
            return super().dump(obj.replace("\x00", "\ufffd"))

    return Text


def _without_nul(raw: Any, _record: Any) -> None:
    raw.adapters.register_dumper(str, _text())


def _still_there(connection: Connection) -> None:
    """Raise where something has failed and was swallowed: the server rolls back at a COMMIT then.

    It says so in a word that nobody reads. Raises `InvalidRequestError`.
    """
    raw: Any = connection.connection.dbapi_connection
    if raw.info.transaction_status == _FAILED:
        raise InvalidRequestError("the server has undone this transaction")
