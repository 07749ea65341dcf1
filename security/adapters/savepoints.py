"""Several pieces of work in one transaction, each behind a savepoint: one that fails undoes itself.

The savepoints are set past SQLAlchemy: a mapped session that knew of one would take it for its
own, and undo it when it is closed. One is set before the first statement, so that work which only
adds to the trail, in memory, needs none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import InvalidRequestError, SQLAlchemyError

from security.adapters import trail_rows
from security.adapters.grouping import Job
from security.adapters.tenancy import across_tenants, begin_anew
from security.adapters.touching import take_touched
from security.errors import Refused
from security.vault.envelope import CannotOpen

LONGEST_SECONDS = 0.02
"""After this no other piece of work begins in a transaction: who is through waits no longer."""
_JOB, _DUE = "job", "gatehouse.savepoint"
_log = structlog.get_logger(__name__)


def lazily(engine: Engine) -> Engine:
    """Return the engine, setting a savepoint where one is due before a statement."""

    def set_it(connection: Connection, *_given: Any) -> None:
        if connection.info.pop(_DUE, False):
            _say(connection, "SAVEPOINT job")

    # First of all: what begins a transaction is a statement as well, where a server is asked.
    event.listen(engine, "begin", lambda connection: connection.info.pop(_DUE, None), insert=True)
    event.listen(engine, "before_cursor_execute", set_it, insert=True)
    return engine


def done[T](
    connection: Connection, work: Callable[[Connection], T], across: str | None
) -> T | Refused:
    """Do the work; a refusal is an outcome as well, and what it has written stays."""
    try:
        with across_tenants(connection, across) if across else nullcontext():
            return work(connection)
    except Refused as refusal:
        return refusal


def still_there(connection: Connection) -> None:
    """Raise where the transaction has been undone: what was wrong was swallowed, and nothing lasts.

    Raises `InvalidRequestError`.
    """
    if not connection.in_transaction():
        raise InvalidRequestError("what was done in this transaction has been undone")


def driver_error(at: Connection | Engine) -> type[Exception]:
    """Return what the driver itself raises, where it is spoken to past SQLAlchemy."""
    error: type[Exception] = at.dialect.loaded_dbapi.Error
    return error


def each_by_itself(connection: Connection, jobs: Sequence[Job]) -> Sequence[Job]:
    """Do one after the other; return those that have to wait for another transaction.

    Nothing is known to be on disk before this transaction has committed; so it ends before long.
    """
    until = monotonic() + LONGEST_SECONDS
    for place, job in enumerate(jobs):
        if place and monotonic() >= until:
            return jobs[place:]
        begin_anew(connection)
        trail_rows.mark(connection, _JOB)
        connection.info[_DUE] = True
        try:
            _do(connection, job)
        except Exception as error:
            _undo(connection, job, error)
        if not connection.in_transaction():
            _lose(jobs[:place])
            return jobs[place + 1 :]
    return ()


def _do(connection: Connection, job: Job) -> None:
    try:
        result: Any = done(connection, job.work, job.across)
        still_there(connection)
    finally:
        job.touched = take_touched(connection)
    if not connection.info.pop(_DUE, False):
        _say(connection, "RELEASE SAVEPOINT job")
    if isinstance(result, Refused):
        job.raised = result
    else:
        job.end(result)


def _undo(connection: Connection, job: Job, error: Exception) -> None:
    """Take back what this one has done; raises where that cannot be, and then nothing lasts."""
    if isinstance(error, (SQLAlchemyError, CannotOpen, driver_error(connection))):
        _log.error("database_failed", kind=type(error).__name__)
        error = Refused("security_unavailable")
    job.fail(error)
    if not connection.in_transaction():
        return
    if not connection.info.pop(_DUE, False):
        _say(connection, "ROLLBACK TO SAVEPOINT job")
        _say(connection, "RELEASE SAVEPOINT job")
    trail_rows.back_to(connection, _JOB)


def _say(connection: Connection, words: str) -> None:
    """Run a fixed word of SQL on the driver's own connection: a tenth of the cost."""
    cursor: Any = connection.connection.cursor()
    # nosemgrep: sql-text-is-constant - each is written in this module.
    cursor.execute(words)
    cursor.close()


def _lose(jobs: Sequence[Job]) -> None:
    """A mapped session whose rows the database did not take has undone the whole transaction.

    Those before it are refused, as nothing of theirs is there; those after it have not begun.
    """
    for job in jobs:
        job.fail(Refused("security_unavailable"))
