"""One transaction at a time, off the event loop, durable when it returns.

SQLite has one writer, so one thread serves it: no lock is ever waited for. PostgreSQL, which
several processes share, has a lock in its place (`postgres`). Those who come at once share a
commit (`grouping`), each behind a savepoint of its own. A database that does not answer is the
refusal `security_unavailable`: the store fails closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import structlog
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidRequestError, SQLAlchemyError
from sqlalchemy.orm import Session

from runtime.postgres import Login
from security.adapters import trail_rows
from security.adapters.driver import spoken
from security.adapters.every_table import SCHEMA
from security.adapters.grouping import Gathering, Job
from security.adapters.postgres import POOL, is_postgres, open_postgres
from security.adapters.row_security import RowSecurity
from security.adapters.savepoints import (
    done,
    driver_error,
    each_by_itself,
    lazily,
    still_there,
)
from security.adapters.sealed import leave_vault, use_vault
from security.adapters.tenancy import isolated
from security.adapters.touching import take_touched
from security.errors import Refused
from security.vault.envelope import CannotOpen
from security.vault.vault import Vault

T = TypeVar("T")
_log = structlog.get_logger(__name__)


def open_engine(
    url: str | URL,
    durable: bool = True,
    login: Login | None = None,
    row_key: bytes | None = None,
) -> Engine:
    """Return an engine for `url`; SQLite gets WAL and explicit transactions.

    `login` is what PostgreSQL wants beside its address; `row_key` signs the tenant for it.

    A `durable` commit is on disk when it returns. One that is not may be lost with the power,
    but only together with everything that came after it.
    """
    if is_postgres(url):
        server = RowSecurity(row_key) if row_key is not None else None
        return _shared(isolated(open_postgres(url, durable, login), SCHEMA, server))
    engine = create_engine(url)
    pragmas = (*_PRAGMAS, f"synchronous={'FULL' if durable else 'NORMAL'}")
    event.listen(engine, "connect", lambda raw, _record: _configure(raw, pragmas))
    event.listen(engine, "begin", _begin)
    event.listen(engine, "commit", _still_there)
    return _shared(isolated(engine, SCHEMA))


def _shared(engine: Engine) -> Engine:
    return lazily(trail_rows.watch(engine))


# Within its walls a process has no folder for the files that a large savepoint or a sort would
# need; nor should what is in them be on a disk.
_PRAGMAS = (
    *("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=2000", "secure_delete=ON"),
    "temp_store=MEMORY",
)


def _begin(connection: Connection) -> None:
    with spoken(connection) as cursor:
        cursor.execute("BEGIN IMMEDIATE")


def _configure(raw: Any, pragmas: tuple[str, ...]) -> None:
    raw.isolation_level = None  # Transactions begin where the "begin" event says so.
    for pragma in pragmas:
        # nosemgrep: sql-text-is-constant - each is written in this module.
        raw.execute(f"PRAGMA {pragma}")


def _still_there(connection: Connection) -> None:
    """SQLite undoes a transaction by itself where the disk is full; nothing of it is committed."""
    raw: Any = connection.connection.dbapi_connection
    if not raw.in_transaction:
        raise InvalidRequestError("the database has undone this transaction")


class Database:
    """Runs functions that take a SQLAlchemy session, each in a transaction of its own."""

    def __init__(
        self,
        engine: Engine,
        relaxed: Engine | None = None,
        tell: Callable[[set[str]], None] | None = None,
        vault: Vault | None = None,
    ) -> None:
        """`tell` is given the sessions that a transaction has touched, once it is committed.

        `vault` opens and seals columns; without one, those that are sealed can be used by nobody.
        """
        self._engine = engine
        self._vault = vault
        self._tell = tell
        self._relaxed = relaxed or engine
        threads = 1 if engine.dialect.name == "sqlite" else POOL
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="database")
        self._gathering = Gathering(self._threads, self._together)

    async def run(self, work: Callable[[Session], T], across: str | None = None) -> T:
        """Run `work` on mapped rows, commit, and return its result.

        A `Refused` that `work` raises commits as well, because a refusal is an outcome and its
        audit record must last; so every check stands before the first change. Anything else
        that it raises rolls back. It says itself whose rows it is about (`tenancy`); `across` is
        why it is about everybody's. Raises `Refused("security_unavailable")` where the database
        fails, the commit included.
        """
        result: T = await self._gathering.submit(_mapped(work), across)
        return result

    async def run_core(self, work: Callable[[Connection], T], across: str | None = None) -> T:
        """Run `work` like `run`, on plain statements: for the paths that every turn takes."""
        result: T = await self._gathering.submit(work, across)
        return result

    async def run_relaxed(self, work: Callable[[Connection], T]) -> T:
        """Run `work` like `run_core`, its commit durable with the next one that is.

        For what denies when it is lost: a ticket, an idle limit, a transcript.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._transact, self._relaxed, work)

    async def run_relaxed_mapped(self, work: Callable[[Session], T]) -> T:
        """Run `work` like `run`, its commit durable with the next one that is."""
        loop = asyncio.get_running_loop()
        transact, relaxed = self._transact, self._relaxed
        return await loop.run_in_executor(self._threads, transact, relaxed, _mapped(work))

    def run_here(self, work: Callable[[Session], T], across: str | None = None) -> T:
        """Run `work` in this thread; for start-up, the command line and tests."""
        return self._transact(self._engine, _mapped(work), across)

    def _transact(
        self, engine: Engine, work: Callable[[Connection], T], across: str | None = None
    ) -> T:
        touched: set[str] = set()
        with self._failing_closed(), engine.begin() as connection:
            try:
                result = done(connection, work, across)
                still_there(connection)
            finally:
                touched = take_touched(connection)
        self._tell_of(touched)
        if isinstance(result, Refused):
            raise result
        return result

    def _together(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """Do what several have asked for in one transaction, and leave in each how it ended.

        Returns those that this transaction had no room for.
        """
        if len(jobs) == 1:
            self._alone(jobs[0])
            return ()
        try:
            with self._failing_closed(), self._engine.begin() as connection:
                left = each_by_itself(connection, jobs)
        except BaseException as error:
            # What is wrong with the transaction is wrong for all: nothing of it is there. A library
            # in Rust that gives up raises what is no `Exception`.
            _log.error("group_failed", kind=type(error).__name__)
            for job in jobs:
                job.fail(Refused("security_unavailable"))
            return ()
        self._tell_of({one for job in jobs for one in job.touched})
        return left

    def _alone(self, job: Job) -> None:
        try:
            job.end(self._transact(self._engine, job.work, job.across))
        except Exception as error:
            job.fail(error)

    def _tell_of(self, touched: set[str]) -> None:
        if touched and self._tell is not None:
            self._tell(touched)

    @contextmanager
    def _failing_closed(self) -> Iterator[None]:
        """Let sealed columns be used in this block; what the database cannot do is refused."""
        using = use_vault(self._vault) if self._vault is not None else None
        try:
            yield
        except (SQLAlchemyError, CannotOpen, driver_error(self._engine)) as error:
            _log.error("database_failed", kind=type(error).__name__)
            raise Refused("security_unavailable") from None
        finally:
            if using is not None:
                leave_vault(using)

    def close(self) -> None:
        """Finish the work at hand and let go of the connections, those of the keys among them."""
        self._threads.shutdown()
        if self._vault is not None:
            self._vault.close()
        self._engine.dispose()
        self._relaxed.dispose()


def _mapped[R](work: Callable[[Session], R]) -> Callable[[Connection], R]:
    """Let a function that takes a SQLAlchemy session take a connection."""

    def mapped(connection: Connection) -> R:
        with Session(connection, expire_on_commit=False) as session:
            try:
                return work(session)
            finally:
                if session.is_active:
                    session.flush()

    return mapped
