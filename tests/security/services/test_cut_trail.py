"""Somebody takes the end of the trail away while security runs: nothing is signed over it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from security.adapters import audit_log
from security.adapters.trail_reader import TrailReader
from security.audit.record import AuditEvent, Tag
from security.auditing_parts import TrailSignatures
from security.errors import Refused
from security.monitor.rules import read_rules
from security.services import checkpoints as module
from security.services.audit_log_state import LogCheck
from security.services.checkpoints import Checkpoints
from security.services.watching import Watch
from security.trail_parts import build_checkpoints, checkpoints_path
from tests.security.services.test_watching import Noted
from tests.security.world import World

WRITTEN = 20
both = pytest.mark.both_databases


async def write(world: World, count: int) -> None:
    def work(connection: Connection) -> None:
        for _ in range(count):
            audit_log.append(connection, AuditEvent(Tag.STARTED), world.clock.now)

    await world.core.database.run_core(work)


@pytest.fixture
async def signing(world: World) -> Checkpoints:
    """A trail of so many records, all of them signed."""
    checkpoints_path(world.home).parent.mkdir(exist_ok=True)
    await write(world, WRITTEN - len(world.records()))
    signing = build_checkpoints(world.core)
    await signing.round()
    return signing


def cut(world: World) -> None:
    world.sql("DELETE FROM audit WHERE sequence > 10")


def all_gone(world: World) -> None:
    world.sql("DELETE FROM audit")


def last_replaced(world: World) -> None:
    """Its digest stands beside it still."""
    world.sql("UPDATE audit SET record = ? WHERE sequence = ?", b"{}", WRITTEN)


def called_archived(world: World) -> None:
    """What is gone is in an archive, the database says, and no checkpoint has said so."""
    [(last,)] = world.sql("SELECT sha256 FROM audit WHERE sequence = ?", WRITTEN)
    all_gone(world)
    world.sql("INSERT INTO audit_lanes VALUES ('1', ?, ?)", WRITTEN + 1, last)


def checkpoint_forged(world: World) -> None:
    """Another checkpoint, which knows of no chain, stands where the next one would look."""
    cut(world)
    [(line,)] = world.sql("SELECT line FROM audit_checkpoints")
    forged = json.dumps({**json.loads(line), "number": 2, "lanes": {}}).encode()
    world.sql("INSERT INTO audit_checkpoints VALUES (2, ?)", forged)


HARMS = [cut, all_gone, last_replaced, called_archived, checkpoint_forged]


@both
@pytest.mark.parametrize("written_after", [0, 1, 10, 30])
@pytest.mark.parametrize("harm", HARMS)
async def test_attack_what_was_signed_is_taken_away_while_security_runs(
    world: World, signing: Checkpoints, harm: Callable[[World], None], written_after: int
) -> None:
    """ASVS 16.4.2, 16.5.3: whatever is written after it, and be it as much as is gone."""
    signed = world.sql("SELECT count(*) FROM audit_checkpoints")
    harm(world)
    before = world.sql("SELECT count(*) FROM audit_checkpoints")
    world.clock.advance(seconds=1)
    await write(world, written_after)
    world.clock.advance(seconds=61)
    await signing.round()
    assert world.core.trail.closed
    with pytest.raises(Refused, match="security_unavailable"):
        world.core.trail.check()
    assert world.sql("SELECT count(*) FROM audit_checkpoints") == before
    kept = checkpoints_path(world.home).read_bytes().splitlines()
    assert [(len(kept),)] == signed


@both
async def test_attack_a_cut_is_noticed_at_the_next_look(
    world: World, signing: Checkpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 16.5.3: not a minute later."""
    await signing.round()
    assert not world.core.trail.closed
    cut(world)
    await signing.round()
    assert world.core.trail.closed
    monkeypatch.setattr(module, "EVERY_RECORDS", 1)
    await signing.round()
    assert world.core.trail.closed


@both
async def test_attack_an_auditor_looks_at_a_log_that_was_cut(
    world: World, signing: Checkpoints
) -> None:
    """ASVS 16.4.2: whoever has seen it longer knows it at once."""
    log = LogCheck(world.core, TrailSignatures(world.core))
    assert (await log.look()).state == "whole"
    cut(world)
    state = await log.look()
    assert (state.state, state.problem) == ("broken", "record 1-11: missing; it was there before")


@both
async def test_attack_the_last_record_is_another_one_for_an_auditor(
    world: World, signing: Checkpoints
) -> None:
    """ASVS 16.4.2: as many as before, and not the same."""
    log = LogCheck(world.core, TrailSignatures(world.core))
    assert (await log.look()).state == "whole"
    world.sql("DELETE FROM audit WHERE sequence = ?", WRITTEN)
    world.clock.advance(seconds=1)
    await write(world, 1)
    problem = (await log.look()).problem
    assert problem == f"record 1-{WRITTEN}: not the one that was there before"


@both
@pytest.mark.parametrize("written_after", [0, 1, 5])
async def test_attack_the_watch_sees_the_numbers_that_are_used_again(
    world: World, signing: Checkpoints, written_after: int
) -> None:
    """T1070: a number that was read is written anew, or is gone, before and after a restart."""
    noted = Noted()
    watch = Watch(read_rules(), TrailReader(world.core.database), noted, world.clock)
    await watch.round()
    cut(world)
    await write(world, written_after)
    after = Noted()
    restarted = Watch(read_rules(), TrailReader(world.core.database), after, world.clock)
    await watch.round()
    assert [alert.rule for alert in noted.alerts] == ["log_gap"]
    world.sql("UPDATE watch SET position = ? WHERE name = 'rules'", json.dumps({"1": WRITTEN}))
    await restarted.round()
    assert [alert.rule for alert in after.alerts] == ["log_gap"]
