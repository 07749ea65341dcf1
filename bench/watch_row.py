"""From the record of an attack to its alert, end to end; and what a record costs the watch.

The real core on its database, the watch as the process wires it, and ordinary records beside: an
attack's record is timed from the moment that its commit has returned until its alert is committed
with what follows from it. Alone: `python -m bench.watch_row`.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from pathlib import Path

from rich.console import Console
from sqlalchemy import Connection

from bench import rows
from bench.customers import new_customers, write_seed
from bench.figures import percentile
from bench.ours import set_up_people
from bench.rows import Row
from bench.running import measured
from bench.work import Work
from security.adapters import audit_log
from security.adapters.trail_reader import TrailReader
from security.adapters.watch_lease import WatchLease
from security.audit.naming import session_name
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.monitor.alerts import Alert
from security.monitor.engine import Engine
from security.monitor.rules import read_rules
from security.monitor.seen import read
from security.server import build_core
from security.services.answering import Answers
from security.services.watching import Watch
from security.settings import SecuritySettings
from tools.watch.month import run

ATTACKS = 200
ORDINARY_A_SECOND = 200
_TENANT = "northwind-bank"
_PATIENCE_SECONDS = 30.0


class _Timed(Answers):
    """Answers that note when each alert was kept and answered, by the event that raised it."""

    def __init__(self, core: Core) -> None:
        super().__init__(core)
        self.at: dict[str, float] = {}
        self._answered = asyncio.Condition()

    async def answer(self, alert: Alert) -> None:
        await super().answer(alert)
        async with self._answered:
            self.at[alert.evidence[-1]] = time.perf_counter()
            self._answered.notify_all()

    async def all_of(self, count: int) -> None:
        """Return once so many have been answered."""
        async with self._answered:
            await self._answered.wait_for(lambda: len(self.at) >= count)


async def measure(work: Work, seed: Path) -> list[Row]:
    """Return the rows."""
    home = work.folder / "watch"
    await set_up_people(work, home, seed)
    core = build_core(SecuritySettings(home=home, run_dir=work.sockets))
    try:
        waited = await _alerts(core)
        cost = _cost(core)
    finally:
        core.database.close()
    return [
        Row("watch_alert_p50", "ms", None, percentile(waited, 50) * 1e3),
        Row("watch_alert_p95", "ms", None, percentile(waited, 95) * 1e3),
        Row("watch_record", "us", None, cost * 1e6),
        *_month(),
    ]


def _month() -> list[Row]:
    """Return what the rules see of the first of the report's months (`make watch-report`)."""
    month = run(read_rules())
    seen = sum(bool(found.alerts) for found in month.found) / len(month.found)
    return [
        Row("watch_attacks_seen", "x", None, seen),
        Row("watch_false_alarms_in_1000", "x", None, 1_000 * len(month.false) / month.sessions),
    ]


async def _alerts(core: Core) -> list[float]:
    """Return the seconds from each attack's record to its alert."""
    answers, lease = _Timed(core), WatchLease(core.database, core.clock)
    reader = TrailReader(core.database)
    watch = Watch(read_rules(), reader, answers, core.clock, lease=lease)
    await watch.round()
    working = [asyncio.create_task(watch.run()), asyncio.create_task(_ordinary(core))]
    chance, written = secrets.SystemRandom(), dict[str, float]()
    try:
        for _ in range(ATTACKS):
            await asyncio.sleep(chance.uniform(0, 0.1))
            where = session_name(core.keys, _TENANT, secrets.token_hex(8), "web")
            attack = AuditEvent(tag=Tag.SESSION_ALARM, tenant=_TENANT, session=where)
            name = await _append(core, attack)
            written[name] = time.perf_counter()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await answers.all_of(ATTACKS)
    finally:
        for task in working:
            task.cancel()
        await asyncio.wait(working)
    # An alert may be there before its record's commit has told the one who wrote it.
    return [max(0.0, answers.at[name] - at) for name, at in written.items()]


async def _ordinary(core: Core) -> None:
    """Write what turns write, beside."""
    while True:
        who = secrets.token_hex(8)
        allowed = AuditEvent(
            tag=Tag.OPERATION_INTENDED,
            tenant=_TENANT,
            person=who,
            session=session_name(core.keys, _TENANT, who, "web"),
            turn=secrets.token_hex(8),
            operation="banking.list_accounts",
            decision="allow",
        )
        await _append(core, allowed)
        await asyncio.sleep(1 / ORDINARY_A_SECOND)


async def _append(core: Core, event: AuditEvent) -> str:
    def work(connection: Connection) -> str:
        return audit_log.append(connection, event, core.clock())

    return await core.database.run_core(work)


def _cost(core: Core) -> float:
    """Return the seconds of processor that one record takes to be read and held against rules."""
    records = core.database.run_here(lambda store: list(audit_log.read_all(store.connection())))
    engine = Engine(read_rules())
    began = time.process_time()
    for record in records:
        engine.feed(read(record))
    return (time.process_time() - began) / len(records)


async def _alone(work: Work) -> list[Row]:
    seed = work.folder / "seed.json"
    write_seed(seed, new_customers(1))
    return await measure(work, seed)


if __name__ == "__main__":
    rows.show(Console(), measured(_alone))
