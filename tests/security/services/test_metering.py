"""The trail in numbers: counted once, and with no label that a person or a request made."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from security.adapters.outlet_store import SqlOutletStore
from security.adapters.trail_reader import TrailReader
from security.monitor.ports import Batch, Position
from security.monitor.seen import seen
from security.services.metering import Meter
from tests.security.visitor import BALANCE, Visitor
from tests.security.world import World


class Counted:
    """A meter and what it says."""

    def __init__(self, world: World) -> None:
        self.registry = CollectorRegistry()
        self.meter = Meter(world.core, TrailReader(world.core.database), self.registry)

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


@pytest.fixture
def counted(world: World) -> Counted:
    return Counted(world)


async def test_what_happens_is_counted_once(alice: Visitor, counted: Counted) -> None:
    await counted.meter.refresh()
    await alice.ask()
    await counted.meter.refresh()
    await counted.meter.refresh()
    given = {"operation": BALANCE, "decision": "allow", "reason": "none"}
    assert counted.value("gatehouse_decisions_total", **given) == 1
    assert counted.value("gatehouse_operation_seconds_count", operation=BALANCE) == 1
    assert counted.value("gatehouse_trail_records_total", tag="operation:api:done") == 1


async def test_what_was_before_is_not_counted(alice: Visitor, counted: Counted) -> None:
    await alice.ask()
    await counted.meter.refresh()
    assert counted.value("gatehouse_trail_records_total", tag="operation:api:done") is None


async def test_two_who_ask_at_once_count_nothing_twice(alice: Visitor, counted: Counted) -> None:
    await counted.meter.begin()
    await alice.ask()
    await asyncio.gather(*(counted.meter.refresh() for _ in range(5)))
    assert counted.value("gatehouse_trail_records_total", tag="operation:api:done") == 1


async def test_a_closed_trail_and_a_far_outlet_are_seen(world: World, counted: Counted) -> None:
    """PCI DSS 10.7.2."""
    await counted.meter.refresh()
    assert counted.value("gatehouse_trail_closed") == 0
    world.core.trail.closed = True
    await SqlOutletStore(world.core.database, world.clock).failed("syslog", "no_connection")
    await counted.meter.refresh()
    assert counted.value("gatehouse_trail_closed") == 1
    assert counted.value("gatehouse_outlet_failing", outlet="syslog") == 1


class Told:
    """A trail that says what no record of ours can."""

    def __init__(self, *records: dict[str, Any]) -> None:
        at = {"at": "2026-11-23T12:00:00.000000+00:00", "writer": "1"}
        numbered = [{**at, "sequence": number, **one} for number, one in enumerate(records, 1)]
        self.batches = [Batch([seen(one) for one in numbered], {"1": len(records)})]

    async def end(self) -> Position:
        return {}

    async def after(self, position: Position, count: int) -> Batch:
        return self.batches.pop() if self.batches else Batch([], position)


async def test_attack_no_record_makes_a_label_of_its_own(world: World) -> None:
    """ASVS 16.2.5: what is not ours is `other`, and no id is a label."""
    words = "my code is 123456"
    said = {"operation": words, "decision": words, "reason": words, "person": "planted"}
    trail = Told(
        {"tag": words, **said},
        {"tag": "operation:guard:deny", **said, "decision": "deny"},
        {"tag": "operation:api:done", **said, "duration_us": "planted"},
        {"tag": "watch:rule:alert", **said, "tenant": "planted", "session": "planted"},
    )
    registry = CollectorRegistry()
    await Meter(world.core, cast(TrailReader, trail), registry).refresh()
    given = {"operation": "other", "decision": "deny", "reason": "other"}
    assert registry.get_sample_value("gatehouse_decisions_total", given) == 1
    assert registry.get_sample_value("gatehouse_alerts_total", {"rule": "other"}) == 1
    assert registry.get_sample_value("gatehouse_trail_records_total", {"tag": "other"}) == 1
    page = generate_latest(registry)
    assert b"planted" not in page
    assert b"123456" not in page
