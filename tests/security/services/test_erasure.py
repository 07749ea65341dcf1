"""GDPR 17: who asks for it is gone, is told so, and hears what has to be kept, why and how long."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from security.adapters.erasing import OF_NOBODY, belonging_to
from security.adapters.tables import Base
from security.adapters.tenancy import across_tenants
from security.audit.chain import Whole, verify_chain
from security.errors import Refused
from security.retention import read_retention
from security.services.erasure import FORGET_AFTER
from security.services.retention import Housekeeping
from security.services.users import Users
from tests.security.services.contacts import ADDRESS, NUMBER, give
from tests.security.visitor import Visitor
from tests.security.world import World

BANK = "northwind-bank"


class Keys:
    """Remembers whose keys were destroyed."""

    def __init__(self) -> None:
        self.destroyed: list[str] = []

    def __call__(self, person_id: str, until: datetime) -> None:
        self.destroyed.append(person_id)
        self.until = until


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def housekeeping(world: World, keys: Keys) -> Housekeeping:
    return Housekeeping(world.core, world.core.retention, keys)


async def ask(alice: Visitor) -> Any:
    """Ask for it as the page does: the password once more, then a challenge."""
    gateway = alice.world.gateway
    password = alice.world.password_of("alice")
    alice._keep(await gateway.reauthenticate(alice.cookie, alice.csrf, password, alice.address))
    change = await gateway.begin_change(alice.cookie, alice.csrf, "erase", alice.address)
    alice.challenge = change.challenge
    return change


async def erase(alice: Visitor) -> None:
    """Ask, prove it, and let it be done."""
    change = await ask(alice)
    await alice.prove("alice")
    done = await alice.world.gateway.go_on_with_change(
        alice.cookie, alice.csrf, change.ref, alice.address
    )
    assert done.state == "done"


def rows_of(world: World, person: str) -> dict[str, int]:
    """Return how many rows of each table are still this person's."""
    found = {}
    engine = world.core.database._engine
    with engine.begin() as connection, across_tenants(connection, "a test looks on"):
        for table in Base.metadata.sorted_tables:
            which = belonging_to(table, person)
            if which is not None:
                counted = select(func.count()).select_from(table).where(which)
                found[table.name] = connection.execute(counted).scalar_one()
    return {name: count for name, count in found.items() if count}


def id_of(world: World, username: str) -> str:
    [(person,)] = world.sql(
        "SELECT id FROM people WHERE username_hash = hashed(tenant_id, ?)", username
    )
    return str(person)


def leave(world: World) -> None:
    """Let every message have left."""
    world.sql("UPDATE messages SET state = 'sent'")


async def test_what_is_kept_is_told_with_its_date_before_anything_is_done(alice: Visitor) -> None:
    """GDPR 17(3): which class, until when, and why, in what the person approves."""
    change = await ask(alice)
    assert change.challenge is not None
    assert change.challenge.binding == "Delete your account and your data for good"
    told = {each.label: each.value for each in change.challenge.details}
    assert told["Kept: payments, accounts and their ledger"].startswith("until 2036-")
    assert "law" in told["Kept: payments, accounts and their ledger"]
    assert any("number that stands for nobody" in label for label in told)


async def test_nothing_goes_without_the_password_and_a_proof(alice: Visitor) -> None:
    """ASVS 7.5.1: also in a fresh session."""
    gateway = alice.world.gateway
    with pytest.raises(Refused, match="reauthentication_required"):
        await gateway.begin_change(alice.cookie, alice.csrf, "erase", alice.address)
    change = await ask(alice)
    with pytest.raises(Refused):
        await alice.answer(alice.world.wrong_code_for("alice"))
    waiting = await gateway.go_on_with_change(alice.cookie, alice.csrf, change.ref, "192.0.2.1")
    assert waiting.state == "prove"
    assert (await alice.look()).session.authenticated


async def test_who_is_erased_is_out_at_once_everywhere(alice: Visitor) -> None:
    """ASVS 7.4.1-2: this session, every other one, and every way in."""
    other = Visitor(alice.world)
    await other.arrive(BANK)
    alice.world.clock.advance(seconds=31)
    await other.sign_in("alice")
    alice.world.clock.advance(seconds=31)
    await erase(alice)
    for visitor in (alice, other):
        with pytest.raises(Refused, match="session_expired"):
            await visitor.look()
    stranger = Visitor(alice.world)
    await stranger.arrive(BANK)
    with pytest.raises(Refused, match="invalid_credentials"):
        await stranger.give_password("alice")


async def test_an_administrator_lets_nobody_in_again_who_is_being_erased(alice: Visitor) -> None:
    await erase(alice)
    with pytest.raises(Refused, match="unknown_person"):
        await Users(alice.world.core, alice.world.hashing).enable(BANK, "alice")


@pytest.mark.both_databases
async def test_all_rows_go_and_the_keys_before_them(
    alice: Visitor, housekeeping: Housekeeping, keys: Keys
) -> None:
    """GDPR 17: and nobody else's."""
    await alice.hear(await alice.say("remember the purple armadillo"))
    world, person, bob = alice.world, id_of(alice.world, "alice"), id_of(alice.world, "bob")
    bobs = rows_of(world, bob)
    await erase(alice)
    leave(world)
    await housekeeping.round()
    assert keys.destroyed == [person]
    assert keys.until.date().isoformat() == "2036-11-23"
    assert rows_of(world, person) == {}
    assert rows_of(world, bob) == bobs
    assert world.sql("SELECT count(*) FROM people WHERE id = ?", person) == [(0,)]
    dump = "".join(str(row) for row in world.sql("SELECT * FROM erasures"))
    assert person not in dump


async def test_the_trail_still_verifies_and_says_that_it_was_done(
    alice: Visitor, housekeeping: Housekeeping
) -> None:
    await erase(alice)
    leave(alice.world)
    await housekeeping.round()
    assert isinstance(verify_chain(alice.world.records()), Whole)
    assert len(alice.world.trail("data:person:erase")) == 1
    assert len(alice.world.trail("data:person:forget")) == 1


async def test_the_person_is_told_over_their_channels_before_these_are_forgotten(
    alice: Visitor, housekeeping: Housekeeping, keys: Keys
) -> None:
    """ASVS 6.3.7: it waits for the messages, and at most ten minutes."""
    world = alice.world
    give(world, "alice", "sms", NUMBER)
    give(world, "alice", "email", ADDRESS)
    await erase(alice)
    asked = world.clock.now
    queued = world.sql("SELECT channel FROM messages WHERE state = 'queued' AND kind = 'notice'")
    assert {channel for (channel,) in queued} == {"sms", "email"}
    await housekeeping.round()
    assert keys.destroyed == []
    world.clock.now = asked + FORGET_AFTER
    world.clock.advance(seconds=-1)
    await housekeeping.round()
    assert keys.destroyed == []
    world.clock.advance(seconds=1)
    await housekeeping.round()
    assert len(keys.destroyed) == 1


async def test_a_payment_of_which_nobody_knows_the_end_is_settled_first(
    alice: Visitor, housekeeping: Housekeeping, keys: Keys
) -> None:
    """ASVS 15.4.2: who is erased may still be owed an answer by their bank."""
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
    await housekeeping.round()
    assert keys.destroyed == []
    world.sql("UPDATE pending_operations SET state = 'done'")
    await housekeeping.round()
    assert len(keys.destroyed) == 1


@pytest.mark.both_databases
async def test_a_crash_between_the_steps_loses_nothing(alice: Visitor, keys: Keys) -> None:
    """Another process, or the same one after a start, goes on."""
    await erase(alice)
    leave(alice.world)

    def fail(*_: object) -> None:
        raise OSError("the ring is away")

    broken = Housekeeping(alice.world.core, alice.world.core.retention, fail)
    with pytest.raises(OSError, match="ring"):
        await broken.round()
    assert rows_of(alice.world, id_of(alice.world, "alice")) != {}
    alice.world.clock.advance(seconds=121)
    await Housekeeping(alice.world.core, alice.world.core.retention, keys).round()
    assert len(keys.destroyed) == 1


async def test_a_number_that_said_stop_is_remembered_without_its_person(
    alice: Visitor, housekeeping: Housekeeping
) -> None:
    world, person = alice.world, id_of(alice.world, "alice")
    for number, stopped in (("a", 1), ("b", None)):
        world.sql(
            "INSERT INTO sms_threads (id, tenant_id, number_hash, number_sealed, person_id,"
            " opted_out_at, wrong_codes) VALUES (?, ?, ?, x'00', ?, ?, 0)",
            number,
            BANK,
            number,
            person,
            stopped,
        )
    await erase(alice)
    leave(world)
    await housekeeping.round()
    assert world.sql("SELECT id, person_id FROM sms_threads") == [("a", None)]


async def test_an_administrator_types_the_name_twice(world: World) -> None:
    """A slip erases nobody."""
    users = Users(world.core, world.hashing)
    for again in ("bob", "ALICE", ""):
        with pytest.raises(Refused, match="invalid_arguments"):
            await users.erase(BANK, "alice", again)
    assert world.sql("SELECT count(*) FROM erasures") == [(0,)]
    kept = await users.erase(BANK, "alice", "alice")
    assert [one.until.year for one in kept] == [2036, 2036, 2036]
    [erased] = world.trail("data:person:erase")
    assert erased["reason"] == "administrator"


def test_every_table_is_somebodys_or_declared_to_be_nobodys() -> None:
    """A table that is added later is erased too, or somebody has said why not."""
    for table in Base.metadata.sorted_tables:
        somebodys = belonging_to(table, "x") is not None
        assert somebodys is not (table.name in OF_NOBODY), table.name


def test_every_period_has_its_reason() -> None:
    held = read_retention()
    assert len(held.purged) >= 15
    assert {"banking", "healthcare", "hr", "orders", "it"} == set(held.kept)
    assert json.dumps([one.why for one in held.purged])
