"""Which of several processes answers what the watch sees: one, and soon another where it is gone.

No wall clock decides, for a host's clock can be set: whoever waits sees whether the holder's mark
changes, by a clock of its own that nobody sets (as in Gray and Cheriton's leases).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from security.adapters.database import Database
from security.adapters.personal_tables import LeaseRow
from security.clock import Clock

RENEWED_SECONDS, LIFE_SECONDS = 1.0, 5.0
"""The holder makes its mark anew so often; one that has not changed for so long is nobody's."""
NAME = "watch"

_ANOTHER_MARK = timedelta(microseconds=1)
"""A mark is another one each time, whatever the clock does."""

Mark = tuple[str, datetime]


class WatchLease:
    """See `security.monitor.ports.Lease`. `steady` is a clock that nobody can set."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        steady: Callable[[], float] = monotonic,
        name: str = NAME,
    ) -> None:
        self._name = name
        self._database = database
        self._clock = clock
        self._steady = steady
        self._me = secrets.token_urlsafe(12)
        self._renewed: float | None = None
        self._seen: tuple[Mark, float] | None = None

    async def hold(self) -> bool:
        """Take or keep the lease; false where another process holds it."""
        now = self._steady()
        if self._renewed is not None and now - self._renewed < RENEWED_SECONDS:
            return True
        held = await self._database.run_relaxed_mapped(self._work)
        self._renewed = now if held else None
        return held

    async def give_up(self) -> None:
        """Let another process have it at once: this one stops."""
        self._renewed = None
        mine = delete(LeaseRow).where(LeaseRow.name == self._name, LeaseRow.holder == self._me)
        await self._database.run_relaxed(lambda connection: connection.execute(mine))

    def _work(self, store: Session) -> bool:
        row = store.get(LeaseRow, self._name)
        if row is None:
            return self._begin(store)
        mark = (row.holder, row.until)
        # One file has one process: whoever wrote the mark in it is gone.
        alone = store.connection().dialect.name == "sqlite"
        if row.holder != self._me and not alone and not self._is_left(mark):
            return False
        taken = store.execute(
            update(LeaseRow)
            .where(
                LeaseRow.name == self._name, LeaseRow.holder == mark[0], LeaseRow.until == mark[1]
            )
            .values(holder=self._me, until=max(self._clock(), mark[1] + _ANOTHER_MARK))
            .execution_options(synchronize_session=False)
        )
        return bool(taken.rowcount)  # type: ignore[attr-defined]

    def _is_left(self, mark: Mark) -> bool:
        now = self._steady()
        if self._seen is None or self._seen[0] != mark:
            self._seen = (mark, now)
        return now - self._seen[1] >= LIFE_SECONDS

    def _begin(self, store: Session) -> bool:
        try:
            with store.begin_nested():
                store.add(LeaseRow(name=self._name, holder=self._me, until=self._clock()))
        except IntegrityError:
            return False  # Another process was first.
        return True
