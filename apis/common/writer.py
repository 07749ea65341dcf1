"""Writes once: a token writes once, a key works once, and all of a request is done or nothing.

SQLite has one writer, so one thread serves it. A transaction has the write lock from its first
statement (`BEGIN IMMEDIATE`; on a server a lock that stands in its place) and is on the disk when
it returns: a key that is being executed is waited for, never doubled, whoever else asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel
from sqlalchemy import Connection, Engine

from apis.common import once, server
from apis.common.caller import Caller, Clock
from apis.common.model import Owner
from apis.common.once import Ended
from apis.common.problems import ProblemError
from apis.common.sealing.columns import check_keys


@dataclass(frozen=True)
class Written[A]:
    """What a write answers; `again` where an earlier request with its key did the work."""

    answer: A
    again: bool


class OnceWriter:
    """The writes of one owner at a time.

    Every call raises `ProblemError` where it is refused and `SQLAlchemyError` where the
    database fails; only after the latter may it be unknown whether something was written.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")

    async def ended(self, caller: Caller, key: str) -> Ended:
        """Tell how `key` ended for this owner; a key that nothing ended is void from now on."""
        return await self._run(
            lambda connection: once.settle(connection, caller.owner, key), caller
        )

    async def ready(self) -> bool:
        """Tell that the tables can be written; raises `SQLAlchemyError` otherwise.

        Raises `WrongKey` where the keys to what is in them are not there.
        """
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._probe)
        return True

    def close(self) -> None:
        """Finish the work at hand, end the thread and close its connection."""
        self._thread.shutdown()
        self._engine.dispose()

    async def write[O: BaseModel, A: BaseModel](
        self,
        caller: Caller,
        key: str,
        order: O,
        answer: type[A],
        work: Callable[[Connection, Owner, O, date], A],
    ) -> Written[A]:
        """Do `work` once for `key`; the same order again gets the same answer."""

        def once_for_key(connection: Connection) -> Written[A]:
            digest = once.digest_of(order, caller.agent)
            earlier = once.earlier_answer(connection, caller.owner, key, digest)
            if earlier is not None:
                return Written(answer.model_validate_json(earlier), again=True)
            try:
                # What a refusal leaves half done is undone; that the key is used up is not.
                with connection.begin_nested():
                    made = work(connection, caller.owner, order, self._clock().date())
            except ProblemError as refusal:
                once.end_refused(connection, caller.owner, key, digest, refusal.code)
                raise
            once.end_done(connection, caller.owner, key, digest, made)
            return Written(made, again=False)

        return await self._run(once_for_key, caller)

    async def _run[T](self, work: Callable[[Connection], T], caller: Caller) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._transact, work, caller)

    def _transact[T](self, work: Callable[[Connection], T], caller: Caller) -> T:
        """Spend the token and do the work, in one transaction; a refusal commits as well."""
        result: T | ProblemError
        with self._engine.begin() as connection:
            server.bind(connection, caller.owner.tenant)
            try:
                once.spend(connection, caller, self._clock())
                result = work(connection)
            except ProblemError as refusal:
                result = refusal
        if isinstance(result, ProblemError):
            raise result
        return result

    def _probe(self) -> None:
        with self._engine.begin() as connection:
            server.bind_everybody(connection)
            once.probe(connection)
            check_keys(connection)
