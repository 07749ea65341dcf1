"""Keys that change while people go on: nothing fails or is lost, and the old keys are gone."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from typing import Any

import pytest

from security.adapters import resealing
from security.adapters.resealing import sealed_tables
from security.adapters.tables import AuthenticatorRow
from security.errors import Refused
from security.services.vault_rotation import VaultRotation
from security.vault.envelope import KeyGone, key_id_of
from tests.security.visitor import Visitor
from tests.security.world import World

AT_ONCE = timedelta(0)


@pytest.fixture
def rotation(world: World) -> VaultRotation:
    return VaultRotation(world.core, AT_ONCE)


def under(world: World) -> set[bytes]:
    """Return every key that a value of the database is under."""
    return {
        key_id_of(value)
        for it in sealed_tables()
        for column in it.columns
        for (value,) in world.sql(f"SELECT {column.name} FROM {it.table.name}")
        if value is not None
    }


async def test_the_master_key_is_rotated_on_the_trail_and_before_it_is_destroyed(
    world: World, rotation: VaultRotation, alice: Visitor
) -> None:
    """ASVS 11.2.2."""
    old = (world.home / "keys" / "master.key").read_bytes()
    done = await rotation.rotate_master()
    assert done.keys == world.core.data_keys.count() > 8
    assert (world.home / "keys" / "master.key").read_bytes() != old
    assert [record["key"] for record in world.trail("admin:master_key:rotate")] == [done.master]
    assert world.tags().index("admin:master_key:stage") < world.tags().index(
        "admin:master_key:rotate"
    )
    await alice.ask()
    world.core.database.close()
    world.wire(world.core_again())
    again = Visitor(world)
    await again.arrive()
    await again.sign_in("bob")


async def test_that_an_api_gets_new_keys_is_on_the_trail(
    world: World, rotation: VaultRotation
) -> None:
    """ASVS 16.2.1: its keys are none of security's, that they change is."""
    await rotation.note_api("banking", "data", done=False)
    await rotation.note_api("banking", "data", done=True)
    for tag in ("admin:api_key:begin", "admin:api_key:rotate"):
        [record] = world.trail(tag)
        assert (record["key"], record["reason"]) == ("banking", "data")


async def test_a_master_key_is_not_destroyed_where_the_trail_cannot_be_written(
    world: World, rotation: VaultRotation
) -> None:
    """ASVS 16.5.3: what cannot be recorded does not happen, and it can be asked for again."""
    old = (world.home / "keys" / "master.key").read_bytes()
    world.sql("ALTER TABLE audit RENAME TO gone")
    with pytest.raises(Refused, match="security_unavailable"):
        await rotation.rotate_master()
    assert (world.home / "keys" / "master.key").read_bytes() == old
    world.sql("ALTER TABLE gone RENAME TO audit")
    await rotation.rotate_master()
    assert (world.home / "keys" / "master.key").read_bytes() != old


async def test_what_a_killed_process_left_half_done_is_gone_on_with(
    world: World, rotation: VaultRotation
) -> None:
    """ASVS 11.2.2."""
    world.core.data_keys.begin_master()
    after = VaultRotation(world.core_again(), AT_ONCE)
    working = asyncio.create_task(after.run())
    for _ in range(500):
        if not (world.home / "keys" / "master.next.key").exists():
            break
        await asyncio.sleep(0.01)
    working.cancel()
    assert world.trail("admin:master_key:rotate") != []
    after._core.database.close()


async def test_data_keys_get_successors_and_nothing_stays_under_the_old_ones(
    world: World, rotation: VaultRotation, alice: Visitor
) -> None:
    """ASVS 11.2.2: all of it, and the old keys are destroyed."""
    await alice.ask()
    before, rows = under(world), world.core.data_keys.count()
    begun = await rotation.retire_data_keys()
    # The root of names and hashes stays, and the one that the trail's signatures are made under.
    assert begun.retired == rows - 2
    assert await rotation.reseal() == rows - 2
    assert under(world).isdisjoint(before)
    assert world.core.data_keys.retired() == set()
    assert rotation.state().rows > 20
    assert len(world.trail("admin:data_key:destroy")) == 1
    await alice.ask()
    assert world.look("alice").name == world.person("alice").name


async def test_turns_go_on_while_rows_are_sealed_anew(
    world: World, rotation: VaultRotation, alice: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 11.2.2: no failed read under load."""
    monkeypatch.setattr(resealing, "BATCH", 2)
    await rotation.retire_data_keys()
    working = asyncio.create_task(rotation.reseal())
    turns = 0
    while not working.done():
        await alice.ask()
        turns += 1
    assert turns > 1
    assert await working > 0


async def test_a_value_that_is_stored_meanwhile_is_not_overwritten(
    world: World, rotation: VaultRotation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process stores between the look and the write: what it stored stays."""
    await rotation.retire_data_keys()
    real = resealing.Resealer._anew

    def slow(self: Any, row: Any, column: Any) -> dict[str, Any] | None:
        done = real(self, row, column)
        if done is not None and column.name == "name_sealed":
            done["was"] = b"what it was thought to be"
        return done

    before = world.sql("SELECT id, name_sealed FROM people ORDER BY id")
    with monkeypatch.context() as patched:
        patched.setattr(resealing.Resealer, "_anew", slow)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(rotation.reseal(), 1)
    assert world.sql("SELECT id, name_sealed FROM people ORDER BY id") == before


async def test_attack_a_row_that_was_changed_keeps_its_key_and_is_counted(
    world: World, rotation: VaultRotation
) -> None:
    """Nothing is taken for read that is not: the key stays until somebody has looked."""
    world.sql("UPDATE people SET name_sealed = substr(name_sealed, 1, length(name_sealed) - 1)")
    await rotation.retire_data_keys()
    await rotation.reseal()
    assert rotation.state().unreadable == 8
    assert rotation.state().retired == 8


async def test_a_change_of_data_keys_goes_on_after_a_kill(world: World, alice: Visitor) -> None:
    """Nothing is remembered of how far it got: what is under a retired key is what is left."""
    first = VaultRotation(world.core, AT_ONCE)
    await first.retire_data_keys()
    resealer = resealing.Resealer(world.core.vault, world.core.data_keys.retired())
    it = next(each for each in sealed_tables() if each.table.name == "people")
    await world.core.database.run_core(
        lambda connection: resealer.step(connection, it, ""), across="a test looks on"
    )
    assert resealer.found.resealed == 3 * 8
    after = VaultRotation(world.core_again(), AT_ONCE)
    assert await after.reseal() > 0
    assert after.state().retired == 0
    after._core.database.close()


async def test_one_change_at_a_time(world: World, rotation: VaultRotation) -> None:
    await rotation.retire_data_keys()
    working = asyncio.create_task(rotation.reseal())
    await asyncio.sleep(0)
    with pytest.raises(Refused, match="in_progress"):
        await rotation.retire_data_keys()
    await working
    many = await asyncio.gather(
        *(rotation.rotate_master() for _ in range(3)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in many) == ["MasterRotated", "Refused", "Refused"]


async def test_what_was_said_before_signing_in_is_under_the_persons_key_afterwards(
    world: World, visitor: Visitor
) -> None:
    """GDPR 17: erasing somebody's key leaves nothing of a conversation that became theirs."""
    await visitor.say("hello from nobody")
    [(nobodys,)] = world.sql("SELECT said_sealed FROM turns")
    await visitor.sign_in("alice")
    [(hers,)] = world.sql("SELECT said_sealed FROM turns")
    assert key_id_of(nobodys) != key_id_of(hers)
    alice = world.look("alice")
    world.core.data_keys.destroy_person_keys(alice.id)
    for column, table in (("said_sealed", "turns"), ("key_sealed", "conversations")):
        [(sealed,)] = world.sql(f"SELECT {column} FROM {table}")
        with pytest.raises(KeyGone):
            world.core.data_keys.for_opening(key_id_of(sealed))


async def test_after_an_erasure_nothing_of_the_person_opens_and_others_go_on(
    world: World, alice: Visitor
) -> None:
    """GDPR 17: a copy of the database from before opens no more of them either."""
    rows = world.sql(
        "SELECT secret_sealed FROM authenticators WHERE person_id = ?", world.look("alice").id
    )
    done = world.core.data_keys.destroy_person_keys(world.look("alice").id)
    assert done.erasable == 1
    for (sealed,) in rows:
        with pytest.raises(KeyGone):
            world.core.data_keys.for_opening(key_id_of(sealed))
    with pytest.raises(Refused, match="security_unavailable"):
        await alice.ask()
    bob = Visitor(world)
    await bob.arrive()
    await bob.sign_in("bob")
    await bob.ask()


async def test_a_key_is_in_the_ring_before_anything_sealed_under_it_is_in_the_database(
    world: World,
) -> None:
    """A crash between the two leaves a key without a use, and never a row without a key."""
    count = world.core.data_keys.count()
    if world.server is not None:
        world.sql("ALTER TABLE authenticators DISABLE TRIGGER ALL")
    with pytest.raises(RuntimeError):
        world.core.database.run_here(
            lambda store: _add_and_fail(world, store), across="a test looks on"
        )
    assert world.core.data_keys.count() == count + 1
    assert under(world) <= {bytes.fromhex(one) for one in _ring(world)}


def _add_and_fail(world: World, store: Any) -> None:
    row = AuthenticatorRow(
        id="new",
        tenant_id="globex",
        person_id=world.seed.people[0].username,
        method="email",
        secret_sealed=b"x",
    )
    store.add(row)
    # Nobody is called so: what refers to them is looked at later, or not at all.
    if world.server is None:
        store.connection().exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    store.flush()
    raise RuntimeError


def _ring(world: World) -> list[str]:
    connection = sqlite3.connect(world.home / "db" / "security" / "ring.db")
    try:
        return [one for (one,) in connection.execute("SELECT id FROM data_keys")]
    finally:
        connection.close()
