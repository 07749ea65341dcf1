"""Two requests at once on a database with many writers: what is locked, and in which order.

SQLite has one writer, so these races cannot be run here. What carries them on PostgreSQL is
looked for where it is asked of the database: in the statements themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import ClauseElement, Connection, Engine, event, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from security.adapters.tables import ChallengeRow
from security.services.challenges import close_once
from security.services.tenants import Tenants
from security.services.users import Users
from tests.security.letters import enrol, recovery_codes
from tests.security.services.changing import (
    NEW_NUMBER,
    OLD_NUMBER,
    begin,
    code_sent_to,
    confirm,
    go_on,
    proved,
    signed_in,
    type_password,
)
from tests.security.services.proofs import at_the_code
from tests.security.services.pushed import DONE, confirms, number_of, with_device
from tests.security.services.recovering import asked, finish, with_addresses
from tests.security.services.showing import at_the_door, shows
from tests.security.visitor import Visitor
from tests.security.world import World
from tests.support.authenticator import SoftAuthenticator

PERSON = "people FOR NO KEY UPDATE"
"""It lets rows be added that refer to the person: a proof that is under way is no deadlock."""
CHALLENGE, FACTOR = "challenges FOR UPDATE", "authenticators FOR UPDATE"
CHANGE, LINK = "changes FOR UPDATE", "recoveries FOR UPDATE"

_TABLE = re.compile(r"(?:^UPDATE|^INSERT INTO|\bFROM)\s+(\w+)")


@contextmanager
def said() -> Iterator[list[str]]:
    """Note what is locked, and what is changed or looked for, in its order."""
    heard: list[str] = []

    def note(_connection: Connection, statement: ClauseElement, *_: Any) -> None:
        dialect: Any = postgresql.dialect()
        sql = str(statement.compile(dialect=dialect))
        verb, table = sql.split(maxsplit=1)[0], _TABLE.search(sql)
        lock = sql.partition(" FOR ")[2].partition(" OF ")[0].strip()
        name = table[1] if table else ""
        heard.append(f"{name} FOR {lock}" if lock else f"{verb} {name}")

    event.listen(Engine, "before_execute", note)
    try:
        yield heard
    finally:
        event.remove(Engine, "before_execute", note)


def in_order(heard: list[str], *wanted: str) -> bool:
    """Tell whether these were said in this order, whatever stands between them."""
    rest = iter(heard)
    return all(one in rest for one in wanted)


async def test_an_answer_locks_its_challenge_and_then_its_factor(world: World) -> None:
    """ASVS 6.5.1, 6.6.3: guesses at once are counted one by one, whatever the method."""
    thief = await at_the_code(world)
    with said() as heard:
        await thief.answer(world.code_of("alice"))
    assert in_order(heard, CHALLENGE, FACTOR, "SELECT people")


@pytest.mark.parametrize("step", ["choose", "cancel"])
async def test_what_may_end_a_challenge_locks_it(world: World, step: str) -> None:
    """ASVS 6.6.3: two sends at once are two, and a challenge that passed is not cancelled."""
    enrol(world, "alice", "sms", OLD_NUMBER)
    visitor = await at_the_code(world)
    with said() as heard:
        await (visitor.choose("sms") if step == "choose" else visitor.cancel())
    assert CHALLENGE in heard


async def test_attack_many_sessions_ring_a_device_up_at_once(world: World) -> None:
    """NIST SP 800-63B-4 3.2.2: pushes of one person are counted one by one, and end in order."""
    device = await with_device(world)
    visitor = await at_the_code(world)
    with said() as heard:
        visitor.challenge = await visitor.choose("push")
    assert in_order(heard, PERSON, CHALLENGE, "SELECT pushes")
    await confirms(world, device, number_of(visitor))
    with said() as heard:
        await visitor.answer(DONE)
    assert in_order(heard, PERSON, CHALLENGE, "SELECT pushes")


async def test_looking_at_a_challenge_locks_nothing(world: World) -> None:
    visitor = await at_the_code(world)
    with said() as heard:
        await visitor.look_at_challenge()
    assert not [one for one in heard if " FOR " in one]


async def test_a_password_is_taken_while_its_person_is_held(world: World) -> None:
    """ASVS 7.4.3: no challenge is opened for a password that is being replaced."""
    visitor = Visitor(world)
    await visitor.arrive()
    with said() as heard:
        await visitor.give_password("alice")
    assert in_order(heard, PERSON, "UPDATE challenges")


WAYS_OUT = ["disable", "reset", "recover", "password"]


@pytest.mark.parametrize("way", WAYS_OUT)
async def test_what_ends_sessions_holds_the_person_and_voids_proofs_first(
    world: World, way: str
) -> None:
    """ASVS 7.4.2-3: a sign-in that passes at this moment is among the sessions that end."""
    with_addresses(world)
    codes = recovery_codes(world, "alice")
    users = Users(world.core, world.hashing)
    alice = await signed_in(world)
    if way == "password":
        await type_password(alice, "alice")
        change = await begin(alice, "password", "violet-harbour-quartz-71")
        await alice.prove("alice")
    token = await asked(world)
    with said() as heard:
        if way == "disable":
            await users.disable("northwind-bank", "alice")
        elif way == "reset":
            await users.reset("northwind-bank", "alice")
        elif way == "recover":
            await finish(world, token, code=codes[0])
        else:
            await go_on(alice, change.ref)
    assert in_order(heard, PERSON, "UPDATE challenges", "SELECT sessions")
    if way == "recover":
        assert in_order(heard, PERSON, LINK)


async def test_ending_a_session_voids_its_challenges_before_itself(
    world: World, alice: Visitor
) -> None:
    """ASVS 7.4.1: the order in which an answer locks them, so that neither waits for the other."""
    other = await signed_in(world)
    await type_password(other, "alice")
    await begin(other, "phone", NEW_NUMBER)
    [ref] = [one.ref for one in await world.gateway.own_sessions(alice.cookie) if not one.current]
    with said() as heard:
        await world.gateway.end_own_session(alice.cookie, alice.csrf, ref)
    assert in_order(heard, "UPDATE challenges", "UPDATE changes", "UPDATE sessions")


async def test_a_new_factor_is_added_while_its_person_is_held(world: World, alice: Visitor) -> None:
    """One of each method at most, and never the last strong one less: one change at a time."""
    change = await proved(alice, "alice", "phone", NEW_NUMBER)
    with said() as heard:
        await confirm(alice, change.ref, code_sent_to(world, NEW_NUMBER))
    assert in_order(heard, PERSON, CHANGE)


async def test_a_challenge_that_was_answered_meanwhile_does_not_pass_again(world: World) -> None:
    """ASVS 6.5.1: compare-and-set, whatever this transaction has read before."""
    thief = await at_the_code(world)

    def work(store: Session) -> list[bool]:
        row = store.get_one(ChallengeRow, thief.challenge_id)
        same = ChallengeRow.__table__.c.id == row.id
        store.connection().execute(update(ChallengeRow.__table__).where(same).values(state="void"))
        return [row.state == "open", close_once(store, row)]

    assert world.core.database.run_here(work, across="a test looks on") == [True, False]


async def test_a_sign_in_by_passkey_holds_its_person_first(
    world: World, laptop: SoftAuthenticator
) -> None:
    """ASVS 7.4.2: a reset at the same moment ends it, or comes after it; person, then challenge."""
    visitor = await at_the_door(world)
    with said() as heard:
        await shows(visitor, laptop)
    assert in_order(heard, PERSON, CHALLENGE, FACTOR)


async def test_an_organisation_is_disabled_while_an_administrator_adds_somebody(
    world: World,
) -> None:
    """ASVS 7.4.2: what is being done is waited for, so that nobody new is missed."""
    with said() as heard:
        await Tenants(world.core).disable("northwind-bank")
    assert in_order(heard, "tenants FOR NO KEY UPDATE", "UPDATE admin_actions", "UPDATE people")
