"""Somebody puts into the trail what is no record: the watch reads on, and tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import orjson
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection

from security.adapters import audit_log
from security.adapters.trail_reader import TrailReader
from security.audit.record import AuditEvent, Tag
from security.monitor.ports import Batch, Position
from security.monitor.rules import read_rules
from security.services import watching as module
from security.services.answering import Answers
from security.services.breaches import Breaches
from security.services.metering import Meter
from security.services.watching import Watch
from tests.security.services.test_watching import Noted
from tests.security.visitor import Visitor
from tests.security.world import World

both = pytest.mark.both_databases


async def write(world: World, tag: Tag, count: int = 1) -> None:
    def work(connection: Connection) -> None:
        for _ in range(count):
            audit_log.append(connection, AuditEvent(tag), world.clock.now)

    await world.core.database.run_core(work)


def planted(world: World, record: object) -> int:
    """Put a row behind the last one and return its number."""
    [(last,)] = world.sql("SELECT max(sequence) FROM audit")
    digest = "0" * 64
    world.sql("INSERT INTO audit VALUES ('1', ?, ?, ?)", last + 1, record, digest)
    return int(last) + 1


def saying(**other: object) -> Callable[[World], object]:
    """Return what makes a copy of the last record that says something else."""

    def change(world: World) -> bytes:
        return orjson.dumps(orjson.loads(world.records()[-1]) | other)

    return change


PLANTED: dict[str, Callable[[World], object]] = {
    "no JSON": lambda _: b"x",
    "no object": lambda _: b"[]",
    "nothing in it": lambda _: b"{}",
    "nested without end": lambda _: b"[" * 10_000,
    "a moment that is none": saying(at="yesterday"),
    "a moment before time": saying(at="0001-01-01T00:00:00"),
    "the last one again": lambda world: world.records()[-1],
    "one that says it comes much later": saying(sequence=10**6),
    "one that says it is another writer's": saying(writer="9", sequence=10**6),
}


@both
@pytest.mark.parametrize("record", PLANTED.values(), ids=PLANTED)
async def test_attack_a_row_that_is_no_record_blinds_nobody(
    world: World, record: Callable[[World], object]
) -> None:
    """T1562, T1070: what follows it is seen, and that a number is missing as well."""
    noted = Noted()
    watch = Watch(read_rules(), TrailReader(world.core.database), noted, world.clock)
    await write(world, Tag.STARTED)
    await watch.round()
    number = planted(world, record(world))
    await watch.round()
    await write(world, Tag.SESSION_ALARM)
    await watch.round()
    rules = {alert.rule: alert.evidence for alert in noted.alerts}
    assert rules["log_gap"] == (f"1-{number + 1}",)
    assert len(rules) == 2, "the session's alarm as well"


@pytest.mark.sqlite_alone("a column of bytes takes nothing else on a server")
async def test_attack_a_row_that_is_text_blinds_nobody(world: World) -> None:
    """T1562."""
    await test_attack_a_row_that_is_no_record_blinds_nobody(world, lambda _: "x")


async def test_attack_so_many_of_them_that_nothing_else_is_in_a_batch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T1562: reading goes on until there is a record, at a start as well."""
    monkeypatch.setattr(module, "BATCH", 2)
    noted, again = Noted(), Noted()
    watch = Watch(read_rules(), TrailReader(world.core.database), noted, world.clock)
    await write(world, Tag.STARTED)
    await watch.round()
    for _ in range(7):
        planted(world, b"x")
    await watch.round()
    await write(world, Tag.SESSION_ALARM)
    restarted = Watch(read_rules(), TrailReader(world.core.database), again, world.clock)
    assert await watch.round() == 1
    await restarted.round()
    assert len(noted.alerts) == 2


class Blind(TrailReader):
    """A reader that fails for as long as it is told to."""

    failing = True

    async def after(self, position: Position, count: int) -> Batch:
        if self.failing:
            raise ValueError("planted")
        return await super().after(position, count)


async def _rounds(watch: Watch, done: asyncio.Event) -> None:
    running = asyncio.create_task(watch.run())
    await done.wait()
    running.cancel()
    await asyncio.wait([running])


def _watch(world: World, reader: TrailReader, done: asyncio.Event) -> Watch:
    """Return a watch at work; after two rounds it says that it is `done`."""
    left = [2]

    async def sleep(_seconds: float) -> None:
        left[0] -= 1
        if not left[0]:
            done.set()
        await asyncio.sleep(0)

    def steady() -> float:
        return float(world.clock.now.timestamp())

    return Watch(read_rules(), reader, Answers(world.core), world.clock, sleep=sleep, steady=steady)


@both
async def test_attack_a_watch_that_cannot_read_is_an_alert_all_the_same(world: World) -> None:
    """T1562: it need not read what it has put on the trail, and does not say it twice later."""
    reader, done = Blind(world.core.database), asyncio.Event()
    await _rounds(_watch(world, reader, done), done)
    assert world.sql("SELECT rule FROM alerts") == [("watch_failed",)]
    assert len(world.trail("watch:monitor:fail")) == 1
    reader.failing = False
    seeing, done = _watch(world, reader, asyncio.Event()), asyncio.Event()
    await seeing.round()
    assert world.sql("SELECT rule FROM alerts") == [("watch_failed",)]


async def test_a_failure_that_could_not_be_answered_is_answered_later(world: World) -> None:
    """T1562: and is on the trail once meanwhile."""
    noted = Noted(failing=2)
    watch = Watch(read_rules(), Blind(world.core.database), noted, world.clock)
    for _ in range(3):
        assert not noted.alerts
        await watch._tell_failure()
    assert [alert.rule for alert in noted.alerts] == ["watch_failed"]
    assert noted.failures == ["watch"]
    world.clock.now += timedelta(minutes=10)
    await watch._tell_failure()
    assert noted.failures == ["watch", "watch"]
    assert len(noted.alerts) == 1  # The rule is quiet for an hour.


async def test_numbers_go_on_behind_what_is_no_record(world: World) -> None:
    registry = CollectorRegistry()
    meter = Meter(world.core, TrailReader(world.core.database), registry)
    await write(world, Tag.STARTED)
    await meter.begin()
    planted(world, b"x")
    await meter.refresh()
    await write(world, Tag.STARTED)
    await meter.refresh()
    await meter.refresh()
    counted = {
        tag: registry.get_sample_value("gatehouse_trail_records_total", {"tag": tag})
        for tag in ("other", Tag.STARTED.value)
    }
    assert counted == {"other": 1.0, Tag.STARTED.value: 1.0}


async def test_attack_a_report_of_a_breach_leaves_nothing_out(alice: Visitor) -> None:
    """GDPR 33: what cannot be read may be what it is about."""
    world = alice.world
    planted(world, b"x")
    at = world.clock.now
    with pytest.raises(ValueError, match="no record"):
        await Breaches(world.core).report(at - timedelta(days=1), at + timedelta(days=1))
