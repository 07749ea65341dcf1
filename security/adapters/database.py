"""One transaction at a time, off the event loop, durable when it returns.

SQLite has one writer, so one thread serves it: no lock is ever waited for. A database
that does not answer is the refusal `security_unavailable`: the store fails closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import structlog
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from security.errors import Refused

T = TypeVar("T")
_log = structlog.get_logger(__name__)


def open_engine(url: str) -> Engine:
    """Return an engine for `url`; SQLite gets WAL, full durability and explicit transactions."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(_BEGIN))
    return engine


_BEGIN = "BEGIN IMMEDIATE"


def _configure_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # Transactions begin where the "begin" event says so.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # A record of the trail is on disk before the API is called.
        "foreign_keys=ON",
        "busy_timeout=2000",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


class Database:
    """Runs functions that take a SQLAlchemy session, each in a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        threads = 1 if engine.dialect.name == "sqlite" else 8
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="database")

    async def run(self, work: Callable[[Session], T]) -> T:
        """Run `work`, commit, and return its result.

        A `Refused` that `work` raises commits as well, because a refusal is an outcome and its
        audit record must last; so every check stands before the first change. Anything else
        that it raises rolls back. Raises `Refused("security_unavailable")` where the database
        fails, the commit included.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self.run_here, work)

    def run_here(self, work: Callable[[Session], T]) -> T:
        """Run `work` in this thread; for start-up, the command line and tests."""
        result: T | Refused
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                try:
                    result = work(session)
                except Refused as refusal:
                    result = refusal
        except SQLAlchemyError as error:
            _log.error("database_failed", kind=type(error).__name__)
            raise Refused("security_unavailable") from None
        if isinstance(result, Refused):
            raise result
        return result

    def close(self) -> None:
        """Finish the work at hand and let go of the connections."""
        self._threads.shutdown()
        self._engine.dispose()
