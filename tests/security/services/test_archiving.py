"""Old records leave the database, and the log verifies still: alone, together, and only whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from security.adapters import audit_archive, audit_log
from security.audit.chain import Whole, verify_chain
from security.audit.record import AuditEvent, Tag
from security.audit.verifier import Bad, read_keys, read_older, verify_export, verify_live
from security.services.archiving import EVERY, Archiving
from security.services.checkpoints import Checkpoints
from security.trail_parts import (
    archive_folder,
    build_archiving,
    build_checkpoints,
    checkpoints_path,
)
from tests.security.world import World

pytestmark = pytest.mark.sqlite_alone("a server's owner archives: see tools/test_audit_archive")


@pytest.fixture
def signing(world: World) -> Checkpoints:
    checkpoints_path(world.home).parent.mkdir(exist_ok=True)
    return build_checkpoints(world.core)


@pytest.fixture
def archiving(world: World, signing: Checkpoints) -> Archiving:
    followed(world)
    return build_archiving(world.core, signing)


def followed(world: World, **places: int) -> None:
    """Let those who follow the trail have come so far; where nothing is said, to its end."""
    for name in audit_archive.FOLLOWERS:
        position = json.dumps(dict.fromkeys("12", places.get(name, 10**6)))
        world.sql("DELETE FROM watch WHERE name = ?", name)
        world.sql("INSERT INTO watch (name, position) VALUES (?, ?)", name, position)


def at_hand(world: World) -> timedelta:
    return timedelta(days=world.core.retention.trail.at_hand_days)


async def write(world: World, count: int, writer: str = "1") -> None:
    """Add records of this moment to a chain."""

    def work(connection: Connection) -> None:
        for _ in range(count):
            audit_log.append(connection, AuditEvent(Tag.STARTED), world.clock.now, writer)

    await world.core.database.run_core(work)


def rest(world: World) -> list[bytes]:
    rows = world.sql("SELECT record FROM audit ORDER BY writer, sequence")
    return [record for (record,) in rows]


def verified(world: World) -> list[str]:
    """Check each archive against the one before it, and the database against the last."""
    keys = read_keys(world.core.data_keys.trail.first().public_pem)
    found, older = list[str](), b""
    for file in audit_archive.archives(archive_folder(world.home)):
        found.append(verify_export(file, keys, read_older(older, keys)))
        older = file.read_bytes().splitlines()[-1]
    lines = [line for (line,) in world.sql("SELECT line FROM audit_checkpoints ORDER BY number")]
    kept = older + b"\n" + checkpoints_path(world.home).read_bytes()
    return [*found, verify_live(lines, rest(world), keys, read_older(kept, keys))]


async def test_what_is_too_old_goes_to_a_file(world: World, archiving: Archiving) -> None:
    """PCI DSS 10.5.1: at hand to the day, and after it in an archive that proves itself."""
    await write(world, 3)
    await write(world, 2, "2")
    world.clock.advance(days=world.core.retention.trail.at_hand_days)
    await write(world, 2)
    assert await archiving.round() == 0  # Exactly so old is at hand still.
    world.clock.advance(microseconds=1)
    archiving._looked_at = None
    assert await archiving.round() == 1
    assert [json.loads(one)["sequence"] for one in rest(world)] == [4, 5, 6]
    assert [one.split(" records")[0] for one in verified(world)] == ["5", "3"]
    await write(world, 1, "2")  # A chain of which nothing is at hand goes on.
    assert [one.split(" records")[0] for one in verified(world)] == ["5", "4"]
    [file] = audit_archive.archives(archive_folder(world.home))
    assert file.stat().st_mode & 0o077 == 0
    assert world.trail("data:trail:archive")[0]["reason"] == "audit:5"


@pytest.mark.postgres_alone
async def test_a_server_s_trail_is_left_to_its_owner(world: World, archiving: Archiving) -> None:
    """PCI DSS 10.3.2: the role that security runs as cannot take a record away."""
    await write(world, 3)
    world.clock.now += at_hand(world) + timedelta(days=1)
    assert await archiving.round() == 0
    assert len(rest(world)) == 3
    assert audit_archive.archives(archive_folder(world.home)) == []


async def test_it_looks_once_a_day(world: World, archiving: Archiving) -> None:
    await archiving.round()
    world.clock.now += at_hand(world)
    await write(world, 1)
    archiving._looked_at = world.clock.now
    world.clock.now += at_hand(world) + timedelta(seconds=1)
    archiving._looked_at = world.clock.now - EVERY + timedelta(seconds=1)
    assert await archiving.round() == 0
    world.clock.advance(seconds=1)
    await write(world, 1)
    assert await archiving.round() == 1


async def test_archive_after_archive_and_the_rest_are_one_log(
    world: World, archiving: Archiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_archive, "MOST", 3)
    monkeypatch.setattr(audit_archive, "_OLDEST", audit_archive._OLDEST.limit(3))
    await write(world, 7)
    world.clock.now += at_hand(world) + timedelta(days=1)
    await write(world, 1)
    assert await archiving.round() == 3
    assert [one.split(" ")[0] for one in verified(world)] == ["3", "3", "1", "4"]
    await write(world, 1)
    assert world.sql("SELECT max(sequence) FROM audit") == [(12,)]


async def test_a_crash_before_it_is_out_of_the_database_makes_no_second_file(
    world: World, archiving: Archiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(world, 3)
    world.clock.now += at_hand(world) + timedelta(days=1)
    await write(world, 1)

    def crash(*_given: object) -> None:
        raise RuntimeError("planted")

    with monkeypatch.context() as planted:
        planted.setattr(audit_archive, "take_out", crash)
        with pytest.raises(RuntimeError):
            await archiving.round()
    assert len(rest(world)) == 4
    assert isinstance(verify_chain(rest(world)), Whole)
    await write(world, 1)
    assert await archiving.round() == 1
    assert len(verified(world)) == 2


Change = Callable[[World], None]


def _cut_more(world: World) -> None:
    world.sql("DELETE FROM audit WHERE sequence = (SELECT min(sequence) FROM audit)")


def _begins_later(world: World) -> None:
    _cut_more(world)
    world.sql("UPDATE audit_lanes SET first = first + 1")


def _edit_the_archive(world: World) -> None:
    file = audit_archive.archives(archive_folder(world.home))[0]
    file.write_bytes(file.read_bytes().replace(b'"sequence":2', b'"sequence":9', 1))


def _lose_the_first(world: World) -> None:
    file = audit_archive.archives(archive_folder(world.home))[0]
    other = file.with_name("trail-000002.jsonl")
    other.write_bytes(file.read_bytes())
    file.write_bytes(b"\n".join(file.read_bytes().splitlines()[1:]) + b"\n")


@pytest.mark.parametrize("change", [_cut_more, _begins_later, _edit_the_archive, _lose_the_first])
async def test_attack_what_is_missing_was_archived_they_say(
    world: World, archiving: Archiving, change: Change
) -> None:
    """ASVS 16.4.2: only what a signed checkpoint says has left, has left."""
    await write(world, 3)
    world.clock.now += at_hand(world) + timedelta(days=1)
    await write(world, 3)
    assert await archiving.round() == 1
    change(world)
    with pytest.raises(Bad):
        verified(world)


async def test_an_archive_goes_when_its_years_are_over(world: World, archiving: Archiving) -> None:
    """ASVS 14.2.7, PCI DSS 10.5.1: never before; the newest one stays, since the log follows it."""
    trail = world.core.retention.trail
    assert trail.years >= 1
    for _ in range(2):
        await write(world, 2)
        world.clock.now += at_hand(world) + timedelta(days=1)
        await write(world, 1)
        archiving._looked_at = None
        assert await archiving.round() == 1
    folder, gone = archive_folder(world.home), audit_archive.delete_old
    first = audit_archive.archives(folder)[0]
    at = trail.kept_since(world.clock.now + timedelta(days=366 * trail.years))
    assert gone(folder, at - at_hand(world) - timedelta(days=1)) == 0
    assert gone(folder, at) == 1
    assert not first.exists()
    assert gone(folder, at + timedelta(days=10_000)) == 0


async def test_a_chain_of_which_nothing_is_at_hand_goes_on(world: World) -> None:
    """Its next record follows the last one in the archive."""
    world.sql("INSERT INTO audit_lanes VALUES ('7', 5, ?)", "a" * 64)
    await write(world, 1, "7")
    [said] = [one for one in map(json.loads, rest(world)) if one["writer"] == "7"]
    assert (said["sequence"], said["previous_sha256"]) == (5, "a" * 64)


@pytest.mark.parametrize("late", audit_archive.FOLLOWERS)
async def test_attack_what_nobody_has_looked_at_yet_is_archived(
    world: World, archiving: Archiving, late: str
) -> None:
    """ASVS 16.3.2, 14.2.7: neither the watch nor whoever was seen loses a record to an archive."""
    await write(world, 5)
    world.clock.now += at_hand(world) + timedelta(days=1)
    for place, left in ((None, 5), (3, 2), (4, 1)):
        if place is None:
            world.sql("DELETE FROM watch WHERE name = ?", late)
        else:
            followed(world, **{late: place})
        archiving._looked_at = None
        assert await archiving.round() == (place is not None)
        old = [one for one in map(json.loads, rest(world)) if one["sequence"] < 6]
        assert len(old) == left
