"""GDPR 17, with the real ring: a copy is taken out, then nothing of the person opens anywhere."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import select

from cli.backup.content import RING
from security.adapters.admin_tables import AdminActionRow
from security.adapters.erasing import belonging_to
from security.adapters.resealing import sealed_tables
from security.adapters.sealed import Unreadable
from security.audit.chain import Whole, verify_chain
from security.core import Core
from security.services.retention import Housekeeping
from security.services.users import Users
from security.services.vault_rotation import VaultRotation
from tests.security.services.administering import administrator
from tests.security.services.contacts import ADDRESS, NUMBER, give
from tests.security.services.test_erasure import BANK, erase, id_of, leave, rows_of
from tests.security.services.test_exporting import fetch
from tests.security.services.test_vault_rotation import AT_ONCE
from tests.security.visitor import Visitor
from tests.security.world import World

MAIL, PHONE = "zoe@northwind.example.com", "+12025550177"


def housekeeping_of(core: Core) -> Housekeeping:
    return Housekeeping(core, core.retention, core.data_keys.destroy_person_keys)


def opened(core: Core, person: str) -> list[Any]:
    """Return every sealed value in this person's rows, as it is read: open or not."""

    def work(connection: Any) -> list[Any]:
        found = []
        for it in sealed_tables():
            which = belonging_to(it.table, person)
            # Of administrators' work the organisation is the owner: see the test of it.
            if which is not None and it.table.name != "admin_actions":
                for row in connection.execute(select(*it.columns).where(which)):
                    found += [value for value in row if value is not None]
        return found

    return core.database.run_here(lambda store: work(store.connection()), across="a test looks on")


def taken(world: World) -> str:
    """Copy the database, which nobody has open; return where the copy is, or its name there."""
    if world.server is not None:
        return world.server.create(world.database_name)
    before = world.home / "before.sqlite3"
    with (
        closing(sqlite3.connect(world.database_file)) as source,
        closing(sqlite3.connect(before)) as copy,
    ):
        source.backup(copy)
    return str(before)


def put_back(world: World, before: str) -> None:
    """Put the copy in the place of the database."""
    if world.server is not None:
        world.server.drop(world.database_name)
        world.server.run(f"ALTER DATABASE {before} RENAME TO {world.database_name}")
        return
    shutil.copy2(before, world.database_file)
    for leftover in ("-wal", "-shm"):
        world.database_file.with_name(world.database_file.name + leftover).unlink(missing_ok=True)


@pytest.mark.both_databases
async def test_after_copy_erasure_and_restart_nothing_opens_and_the_trail_verifies(
    alice: Visitor,
) -> None:
    """GDPR 15, 17: also not in a copy of the database from before, with the keys of today."""
    world, person, bob = alice.world, id_of(alice.world, "alice"), id_of(alice.world, "bob")
    give(world, "alice", "sms", NUMBER)
    give(world, "alice", "email", ADDRESS)
    await alice.hear(await alice.say("dear purple armadillo"))
    assert "purple armadillo" in json.dumps(await fetch(alice))
    leave(world)
    world.core.database.close()
    before = taken(world)
    world.wire(world.core_again())
    with closing(sqlite3.connect(world.home / RING)) as ring:
        owner = world.core.keys.owner_hash(person)
        wrapped = [
            row[0]
            for row in ring.execute("SELECT wrapped FROM data_keys WHERE owner_hash = ?", (owner,))
        ]
    assert wrapped
    await erase(alice)
    leave(world)
    await housekeeping_of(world.core).round()
    assert rows_of(world, person) == {}
    assert isinstance(verify_chain(world.records()), Whole)
    bobs = opened(world.core, bob)
    world.core.database.close()

    for file in (world.home / RING).parent.glob("ring.db*"):
        content = file.read_bytes()
        assert not any(each in content for each in wrapped), file.name
    put_back(world, before)
    again = world.core_again()
    values = opened(again, person)
    assert len(values) > 5
    assert {type(one) for one in values} == {Unreadable}
    assert opened(again, bob) == bobs
    again.database.close()


async def test_attack_an_erasure_during_a_change_of_keys_is_one(alice: Visitor) -> None:
    """GDPR 17: neither the former key nor its successor opens anything, and the change ends."""
    world, person = alice.world, id_of(alice.world, "alice")
    rotation = VaultRotation(world.core, AT_ONCE)
    await alice.hear(await alice.say("dear purple armadillo"))
    await rotation.retire_data_keys()
    await erase(alice)  # What is written now is under the successor.
    leave(world)
    await housekeeping_of(world.core).round()
    await rotation.reseal()
    await rotation.rotate_master()
    assert (rotation.state().retired, rotation.state().unreadable) == (0, 0)
    assert rows_of(world, person) == {}
    owner = world.core.keys.owner_hash(person)
    with closing(sqlite3.connect(world.home / RING)) as ring:
        query = "SELECT count(*) FROM data_keys WHERE owner_hash = ?"
        assert ring.execute(query, (owner,)).fetchone() == (0,)


async def test_attack_what_administrators_asked_for_tells_nothing_of_who_was_erased(
    world: World,
) -> None:
    """GDPR 17: it is under the organisation's key, which no erasure destroys."""
    adam, tess = await administrator(world), await administrator(world, "tess")
    await adam.does(
        "add", username="zoe", name="Zoe Zander", email=MAIL, phone=PHONE, give=["teller"]
    )
    await adam.does("add", username="zac", name="Zac Zander", give=["teller"])
    await adam.does("roles", "zoe", give=["admin"])
    assert len(await tess.waiting()) == 1
    assert "Zoe" in _asked_for(world)
    await Users(world.core, world.hashing).erase(BANK, "zoe", "zoe")
    assert await tess.waiting() == []
    leave(world)
    await housekeeping_of(world.core).round()
    left = _asked_for(world)
    assert "Zac" in left
    assert not any(word in left for word in ("zoe", "Zoe", MAIL, PHONE))


def _asked_for(world: World) -> str:
    return world.core.database.run_here(
        lambda store: " ".join(
            row.payload_sealed.decode() for row in store.scalars(select(AdminActionRow))
        ),
        across="a test looks on",
    )


@pytest.mark.parametrize(("days", "done"), [(6.99, 0), (7, 1)])
async def test_a_write_that_nobody_can_settle_keeps_nobody_for_ever(
    alice: Visitor, days: float, done: int
) -> None:
    """GDPR 17: without undue delay; an API that was taken away never says how it ended."""
    await alice.ask()
    world = alice.world
    world.sql(
        "INSERT INTO pending_operations (id, conversation_id, session_id, turn_id, kind, operation,"
        " action, digest, arguments_sealed, reason, state, created_at, expires_at, person_id, tell)"
        " SELECT 'x', conversation_id, session_id, id, 'write', 'banking.make_transfer', 'a', 'd',"
        " x'00', 'r', 'in_doubt', 0, 0, ?, FALSE FROM turns LIMIT 1",
        id_of(world, "alice"),
    )
    await erase(alice)
    leave(world)
    world.clock.advance(seconds=600 + days * 86_400)
    await housekeeping_of(world.core).round()
    assert len(world.trail("data:person:forget")) == done
