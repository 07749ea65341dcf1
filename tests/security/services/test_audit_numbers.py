"""How the log stands, figures, and the report of a period."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from security.audit.checkpoint import TrailKey
from security.services import audit_scan
from security.trail_parts import build_checkpoints
from tests.security.decisions import signed_in
from tests.security.services.auditing import Auditor, auditor, raise_alert, refusal
from tests.security.visitor import BALANCE
from tests.security.world import World


@pytest.fixture
async def aud(world: World) -> Auditor:
    return await auditor(world)


@pytest.mark.both_databases
async def test_the_log_is_whole_as_far_as_it_was_checked(world: World, aud: Auditor) -> None:
    """ASVS 16.4.2: checked against its chain and against what was signed."""
    before = await world.gateway.audit_log(aud.cookie)
    assert (before.state, before.checkpoint, before.complete) == ("whole", 0, True)
    assert before.unsigned == len(world.records())
    await build_checkpoints(world.core).sign()
    after = await world.gateway.audit_log(aud.cookie)
    assert (after.state, after.checkpoint, after.unsigned) == ("whole", 1, 0)
    assert after.checked_until == after.newest_at
    assert after.writable


@pytest.mark.parametrize("when", ["before it was checked", "after it was checked"])
async def test_a_changed_record_is_named(world: World, aud: Auditor, when: str) -> None:
    """ASVS 16.4.2: before or after a check, by the chain or by a checkpoint."""
    await build_checkpoints(world.core).sign()
    if when.startswith("after"):
        await world.gateway.audit_log(aud.cookie)
        await signed_in(world, "alice")
    number, last = len(world.records()), world.records()[-1]
    edited = last.replace(b"northwind", b"southwind")
    world.sql("UPDATE audit SET record = ? WHERE sequence = ?", edited, number)
    if when.startswith("after"):
        await signed_in(world, "bob")  # What comes after names what was there.
        number += 1
    broken = await world.gateway.audit_log(aud.cookie)
    assert broken.state == "broken"
    assert broken.problem is not None
    assert broken.problem.startswith(f"record 1-{number}:")
    again = await world.gateway.audit_log(aud.cookie)
    assert (again.state, again.problem) == ("broken", broken.problem)


async def test_a_log_that_was_cut_is_named(world: World, aud: Auditor) -> None:
    """ASVS 16.4.2: what a checkpoint knows and is not there any more."""
    await build_checkpoints(world.core).sign()
    last = len(world.records())
    world.sql("DELETE FROM audit WHERE sequence = ?", last)
    world.sql("DELETE FROM audit WHERE sequence = ?", last - 1)
    broken = await world.gateway.audit_log(aud.cookie)
    assert broken.state == "broken"


async def test_a_checkpoint_of_another_key_is_named(world: World, aud: Auditor) -> None:
    strange = TrailKey(b"s" * 32).sign({"lanes": {}, "number": 1, "at": "x"})
    world.sql("INSERT INTO audit_checkpoints (number, line) VALUES (1, ?)", strange)
    broken = await world.gateway.audit_log(aud.cookie)
    assert (broken.state, broken.problem) == ("broken", "a checkpoint: our key has not signed it")


async def test_the_state_is_told_while_the_log_cannot_be_relied_on(
    world: World, aud: Auditor
) -> None:
    """ASVS 16.5.3: what reads records is refused then; how the log stands is not."""
    world.core.trail.closed = True
    state = await world.gateway.audit_log(aud.cookie)
    assert not state.writable
    assert await refusal(aud.records()) == "security_unavailable"
    assert await refusal(aud.file()) == "security_unavailable"
    assert await refusal(aud.report()) == "security_unavailable"


async def test_figures_count_the_organisations_decisions(world: World, aud: Auditor) -> None:
    alice = await signed_in(world, "alice")
    await alice.ask(BALANCE)
    await signed_in(world, "carl")
    told = await world.gateway.audit_figures(aud.cookie, "hour")
    mine = [one for one in world.trail() if one.get("tenant") == "northwind-bank"]
    assert sum(one.records for one in told.buckets) == len(mine)
    assert sum(one.allowed for one in told.buckets) == 1
    assert told.operations == {BALANCE: 1}
    assert (len(told.buckets), told.seconds, told.complete) == (60, 60, True)
    assert any(one.p95_ms is not None for one in told.buckets)


async def test_figures_are_kept_for_a_moment_and_their_reading_is_recorded_each_time(
    world: World, aud: Auditor
) -> None:
    first = await world.gateway.audit_figures(aud.cookie, "hour")
    await signed_in(world, "alice")
    world.clock.advance(seconds=1)
    assert await world.gateway.audit_figures(aud.cookie, "hour") == first
    world.clock.advance(seconds=60)
    assert await world.gateway.audit_figures(aud.cookie, "hour") != first
    assert len(world.trail("audit:figures:read")) == 3


async def test_a_report_counts_the_period_and_names_nobody(world: World, aud: Auditor) -> None:
    """GDPR 33, PCI DSS 10.4.1.1: what happened, what was seen, and how the log stands."""
    alice = await signed_in(world, "alice")
    await alice.ask(BALANCE)
    raise_alert(world)
    made = await aud.report("json")
    told = json.loads(made.content)
    assert (told["organisation"], told["purpose"]) == ("Northwind Bank", "regulator")
    assert told["decisions"] == {"allow": 1}
    assert told["alerts"]["by_level"] == {"medium": 1}
    assert told["log"]["state"] == "whole"
    counted = sum(sum(part["counts"].values()) for part in told["parts"])
    assert counted == told["records"]
    text = made.content
    for name in world.sql("SELECT id FROM people"):
        assert str(name[0]) not in text
    assert aud.name not in text
    [record] = world.trail("audit:summary:make")
    assert (record["purpose"], record["reason"]) == ("regulator", "json")


async def test_a_report_to_print_has_no_script(world: World, aud: Auditor) -> None:
    raise_alert(world, rule="<script>alert(1)</script>")
    made = await aud.report("html")
    assert made.media_type == "text/html"
    assert "<script" not in made.content
    assert "&lt;script&gt;" in made.content
    assert "default-src &#x27;none&#x27;" in made.content


@pytest.mark.parametrize(("days", "fits"), [(400, True), (401, False), (0, False)])
async def test_a_period_has_a_length(world: World, aud: Auditor, days: int, fits: bool) -> None:
    now = world.clock.now
    asked = world.gateway.audit_report(
        aud.cookie, (now - timedelta(days=days)).isoformat(), now.isoformat(), "review", "json"
    )
    if fits:
        assert (await asked).content
    else:
        assert await refusal(asked) == "invalid_arguments"


async def test_half_a_report_is_none(
    world: World, aud: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_scan, "BATCH", 2)
    monkeypatch.setattr(audit_scan.Period.records, "__defaults__", (2,))
    assert await refusal(aud.report()) == "too_many_records"
