"""The watch at work: reads what is new on the trail, and answers what the rules say of it.

It stands beside what protects and never in its way: when it fails, that is an alarm of its own,
and every check goes on without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

import structlog

from security.audit.record import Tag
from security.clock import Clock
from security.monitor.alerts import Alert
from security.monitor.engine import Engine
from security.monitor.ports import Answering, Batch, Lease, Position, Trail
from security.monitor.rules import Rule
from security.monitor.seen import Seen

LOOKS_EVERY_SECONDS = 0.25
"""A record is held against the rules within this, and the time that reading takes."""
BATCH = 500
REMEMBERED = 200_000
"""So many records before the present one are read at start, to know what is usual."""
_DRIFT = timedelta(seconds=5)
"""By so much a clock may be corrected without anybody being told."""
_TRIES = 3
_GOES_ON_SECONDS = 1.0
"""Who only stands by looks so often for whom another process slows down."""
_FAILS_AGAIN = timedelta(minutes=10)

_log = structlog.get_logger(__name__)


class OnlyOne:
    """The lease of a process beside which there is no other."""

    async def hold(self) -> bool:
        """See `security.monitor.ports.Lease`."""
        return True

    async def give_up(self) -> None:
        """See `security.monitor.ports.Lease`."""


class Watch:
    """Follows the trail until it is cancelled."""

    def __init__(
        self,
        rules: Sequence[Rule],
        trail: Trail,
        answering: Answering,
        clock: Clock,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        steady: Callable[[], float] = monotonic,
        lease: Lease | None = None,
    ) -> None:
        """`steady` is a clock that nobody can set; without a `lease` this is the only process."""
        self._rules = rules
        self._engine = Engine(rules)
        self._trail = trail
        self._lease = lease or OnlyOne()
        self._answering = answering
        self._clock = clock
        self._sleep = sleep
        self._steady = steady
        self._position: Position | None = None
        self._open: list[Alert] = []
        self._tries = 0
        self._looked: tuple[datetime, float] | None = None
        self._told_at: datetime | None = None
        # Those about the watch itself, for when it cannot read what it has put on the trail.
        tag = Tag.WATCH_FAILED.value
        own = [rule for rule in rules if tag in (rule.tags_on_trail() or ())]
        self._of_itself, self._own_alerts = Engine(own), list[Alert]()
        self._went_on: float | None = None

    async def run(self) -> None:
        """Work until cancelled; what fails is told, and tried again."""
        try:
            while True:
                try:
                    await self.round()
                except Exception as error:
                    _log.error("watch_failed", kind=type(error).__name__)
                    await self._tell_failure()
                await self._sleep(LOOKS_EVERY_SECONDS)
        finally:
            await self._leave()

    async def round(self) -> int:
        """Read all that is new, and answer it. Returns how many records that was.

        Where another process does that, only take over what it has slowed down.
        """
        await self._look_at_clock()
        if not await self._lease.hold():
            await self._stand_by()
            return 0
        if self._position is None:
            self._position = await self._begin()
        await self._answer()
        count = 0
        while (batch := await self._trail.after(self._position, BATCH)).records:
            if not await self._lease.hold():
                await self._stand_by()
                return count
            count += len(batch.records)
            self._open += await asyncio.to_thread(self._held_against_rules, batch)
            self._position = batch.position
            await self._answer()
            await self._trail.keep(self._position)
        self._position = batch.position
        return count

    async def _begin(self) -> Position:
        """Return where to go on, once what came before has been learnt from.

        What was answered before the end of an earlier process is not answered again.
        """
        position = await self._trail.position()
        if position is None:
            position = await self._trail.end()
            await self._trail.keep(position)
        at = await self._trail.before(position, REMEMBERED)
        while (batch := await self._trail.after(at, BATCH)).records:
            old = [one for one in batch.records if one.sequence <= position.get(one.writer, 0)]
            await asyncio.to_thread(self._held_against_rules, Batch(old, batch.position))
            at = batch.position
            if not old or not await self._lease.hold():
                break
        await self._answering.go_on()
        return position

    async def _stand_by(self) -> None:
        """Forget where one was: whoever takes over again begins where the last one came to."""
        if self._position is not None:
            self._position, self._open, self._tries = None, [], 0
            self._engine = Engine(self._rules)
        now = self._steady()
        if self._went_on is None or now - self._went_on >= _GOES_ON_SECONDS:
            self._went_on = now
            await self._answering.go_on()

    async def _leave(self) -> None:
        try:
            await self._lease.give_up()
        except Exception as error:
            # Nobody waits for longer than the lease lasts.
            _log.warning("lease_not_given_up", kind=type(error).__name__)

    def _held_against_rules(self, batch: Batch) -> list[Alert]:
        return [alert for record in batch.records for alert in self._engine.feed(record)]

    async def _answer(self) -> None:
        """Answer what is open; what cannot be stays open for the next round.

        An alert whose responses fail again and again is kept without them: others wait behind it.
        """
        while self._open:
            alert = self._open[0]
            bare = replace(alert, responses=()) if self._tries >= _TRIES else alert
            self._tries += 1
            await self._answering.answer(bare)
            self._tries = 0
            del self._open[0]

    async def _look_at_clock(self) -> None:
        now, steady = self._clock(), self._steady()
        before, self._looked = self._looked, (now, steady)
        if before is None:
            return
        went_by = timedelta(seconds=steady - before[1])
        if abs((now - before[0]) - went_by) > _DRIFT:
            _log.error("clock_moved")
            await self._answering.clock_moved()

    async def _tell_failure(self) -> None:
        """Put it on the trail, from time to time, and answer it as if it had been read there.

        Where that fails too, the log has it, and what is left to be answered is tried again.
        """
        now = self._clock()
        try:
            if self._told_at is None or now - self._told_at >= _FAILS_AGAIN:
                writer, _, number = (await self._answering.failed("watch")).rpartition("-")
                self._told_at = now
                fields = {"tag": Tag.WATCH_FAILED.value, "reason": "watch"}
                record = Seen(fields, now.timestamp(), writer, int(number))
                self._own_alerts += self._of_itself.feed(record)
            while self._own_alerts:
                await self._answering.answer(self._own_alerts[0])
                del self._own_alerts[0]
        except Exception as error:
            _log.error("watch_not_recorded", kind=type(error).__name__)
