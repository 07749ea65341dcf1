"""A person's own sessions and sign-ins: listed, limited, ended by them and by nobody else."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.tables import SessionRow
from security.errors import Refused
from security.services.own_sessions import OTHERS, OwnSessions, note_sign_in
from tests.security.conftest import MakeWorld
from tests.security.decisions import signed_in
from tests.security.questions import FIFTEEN_MINUTES, asked_for_a_proof, grow_old, states
from tests.security.services.proofs import guess
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
def own(world: World) -> OwnSessions:
    return OwnSessions(world.core)


async def refs(own: OwnSessions, visitor: Visitor) -> list[tuple[str, bool]]:
    """Return the references that this person sees, and which of them is their own."""
    return [(one.ref, one.current) for one in await own.live(visitor.cookie)]


async def lives(visitor: Visitor) -> bool:
    """Tell whether a session lives."""
    try:
        await visitor.look()
    except Refused:
        return False
    return True


async def test_a_person_sees_their_own_sessions_alone(world: World, own: OwnSessions) -> None:
    """ASVS 7.5.2: the one used last at the top, each with its browser and its times."""
    first = await signed_in(world, "alice")
    await signed_in(world, "bob")
    world.clock.advance(seconds=30)
    second = await signed_in(world, "alice")
    [newer, older] = await own.live(second.cookie)
    assert (newer.current, older.current) == (True, False)
    assert newer.device == "Firefox on Linux"
    assert older.signed_in_at.endswith("+00:00")
    assert older.last_seen_at < newer.last_seen_at
    assert await refs(own, first) == [(newer.ref, False), (older.ref, True)]


async def test_a_reference_is_a_name_for_its_person_alone(world: World, own: OwnSessions) -> None:
    """Neither the id nor its hash nor what the trail calls the session."""
    alice = await signed_in(world, "alice")
    [(ref, _)] = await refs(own, alice)
    [row] = world.sql("SELECT id, id_hash, conversation_id FROM sessions")
    assert ref not in {*row, alice.cookie}
    assert ref.encode() not in b"".join(world.records())


async def test_one_session_can_be_ended_from_another(world: World, own: OwnSessions) -> None:
    """ASVS 7.4.1, 7.5.2: at once, with what was open in it."""
    here, there = await signed_in(world, "alice"), await signed_in(world, "alice")
    turn = await there.say()
    [ref] = [ref for ref, current in await refs(own, here) if not current]
    await own.end(here.cookie, here.csrf, ref)
    with pytest.raises(Refused, match="session_expired"):
        await there.bot_invokes(turn)
    assert (await lives(here), await lives(there)) == (True, False)
    [ended] = world.trail("session:person:revoke")
    assert ended["reason"] == "by_person"


async def test_all_others_can_be_ended_at_once(world: World, own: OwnSessions) -> None:
    """ASVS 7.4.3: and nobody else's."""
    here, there, bob = [await signed_in(world, who) for who in ("alice", "alice", "bob")]
    await own.end(here.cookie, here.csrf, OTHERS)
    assert [await lives(one) for one in (here, there, bob)] == [True, False, True]
    await own.end(here.cookie, here.csrf, OTHERS)


async def test_ones_own_session_can_be_ended_like_any(world: World, own: OwnSessions) -> None:
    here = await signed_in(world, "alice")
    [(ref, _)] = await refs(own, here)
    await own.end(here.cookie, here.csrf, ref)
    assert not await lives(here)


async def test_the_session_of_another_person_is_unknown(world: World, own: OwnSessions) -> None:
    """ASVS 8.2.2: nor is one known by what it is called inside."""
    alice, bob = await signed_in(world, "alice"), await signed_in(world, "bob")
    [(his, _)] = await refs(own, bob)
    inside = [name for row in world.sql("SELECT id, id_hash FROM sessions") for name in row]
    for ref in (his, "", "é", "no-such", bob.cookie, *inside):
        with pytest.raises(Refused, match="unknown_session"):
            await own.end(alice.cookie, alice.csrf, ref)
    assert await lives(bob)
    assert {one["reason"] for one in world.trail("session:caller:refuse")} == {"unknown_session"}


async def test_an_ended_session_is_unknown_the_second_time(world: World, own: OwnSessions) -> None:
    here = await signed_in(world, "alice")
    await signed_in(world, "alice")
    [ref] = [ref for ref, current in await refs(own, here) if not current]
    await own.end(here.cookie, here.csrf, ref)
    with pytest.raises(Refused, match="unknown_session"):
        await own.end(here.cookie, here.csrf, ref)


async def test_ending_needs_the_csrf_token(world: World, own: OwnSessions) -> None:
    """ASVS 3.5.1."""
    here, there = await signed_in(world, "alice"), await signed_in(world, "alice")
    with pytest.raises(Refused, match="csrf_failed"):
        await own.end(here.cookie, "forged", OTHERS)
    assert await lives(there)


async def test_a_stranger_has_no_sessions_to_look_at(visitor: Visitor, own: OwnSessions) -> None:
    for asked in (
        own.live(visitor.cookie),
        own.sign_ins(visitor.cookie),
        own.end(visitor.cookie, visitor.csrf, OTHERS),
    ):
        with pytest.raises(Refused, match="authentication_required"):
            await asked


async def test_looking_at_sessions_and_sign_ins_extends_nothing(
    alice: Visitor, own: OwnSessions
) -> None:
    """ASVS 7.3.1."""
    alice.world.clock.advance(seconds=200)
    await own.live(alice.cookie)
    await own.sign_ins(alice.cookie)
    assert (await alice.look()).session.idle_seconds_left == 100


async def test_one_session_too_many_ends_the_one_used_least_recently(
    make_world: MakeWorld,
) -> None:
    """ASVS 7.1.2: here two a person; whoever signs in stays in."""
    world = make_world(sessions_per_person=2)
    first, second = await signed_in(world, "carl"), await signed_in(world, "carl")
    world.clock.advance(seconds=60)
    await first.extend()
    third = await signed_in(world, "carl")
    assert [await lives(one) for one in (first, second, third)] == [True, False, True]
    [ended] = world.trail("session:person:revoke")
    assert ended["reason"] == "too_many"


async def test_as_many_as_allowed_all_live_and_others_do_not_count(make_world: MakeWorld) -> None:
    world = make_world(sessions_per_person=2)
    bob = await signed_in(world, "bob")
    mine = [await signed_in(world, "carl") for _ in range(2)]
    assert all([await lives(one) for one in (bob, *mine)])
    assert world.trail("session:person:revoke") == []


async def test_the_latest_ten_sign_ins_are_shown(world: World, own: OwnSessions) -> None:
    """Also the ones that failed at the last step; nobody else's."""
    await signed_in(world, "bob")
    carl = Visitor(world)
    await carl.arrive()
    await carl.give_password("carl")
    await guess(carl, 2, "carl")
    for _ in range(9):
        world.clock.advance(seconds=60)
        carl = await signed_in(world, "carl")
    shown = await own.sign_ins(carl.cookie)
    assert [one.outcome for one in shown] == ["passed"] * 9 + ["failed"]
    assert [one.at for one in shown] == sorted((one.at for one in shown), reverse=True)
    assert {one.method for one in shown} == {"totp"}
    assert {one.device for one in shown} == {"Firefox on Linux"}


@pytest.mark.parametrize("how", ["sign_out", "others", "alarm"])
async def test_what_waits_in_a_session_ends_with_it(alice: Visitor, how: str) -> None:
    """ASVS 7.4.1: the question, its challenge, and on the trail why."""
    world = alice.world
    await grow_old(alice, FIFTEEN_MINUTES - 1)
    retired = alice.cookie
    alice.world.clock.advance(seconds=1)
    await alice.extend()
    await asked_for_a_proof(alice)
    assert states(world) == ["waiting"]
    if how == "sign_out":
        await alice.sign_out()
    elif how == "others":
        elsewhere = Visitor(world)
        await elsewhere.arrive()
        await elsewhere.sign_in("alice")
        await world.gateway.end_own_session(elsewhere.cookie, elsewhere.csrf, "others")
    else:
        world.clock.advance(seconds=60)
        with pytest.raises(Refused, match="session_expired"):
            await world.gateway.look_at_session(retired)
    assert states(world) == ["void"]
    asked = world.sql("SELECT state FROM challenges WHERE purpose = 'step_up'")
    assert asked == [("void",)]
    [voided] = world.trail("pending:operation:void")
    assert voided["reason"] == "session_over"


async def test_attack_failing_often_fills_no_disk_and_hides_nothing(world: World) -> None:
    """ASVS 6.3.5: fifty that failed are kept, at 50 and at 51; every one that passed stays."""
    carl = await signed_in(world, "carl")

    def fail(store: Session) -> None:
        row = store.scalars(select(SessionRow).where(SessionRow.person_id.is_not(None))).one()
        assert row.person_id is not None
        world.clock.advance(seconds=1)
        now = world.core.clock()
        note_sign_in(world.core, store, row, row.person_id, "failed", "totp", now)

    def count(outcome: str) -> int:
        asked = f"SELECT count(*) FROM sign_ins WHERE outcome = '{outcome}'"
        return int(world.sql(asked)[0][0])

    for _ in range(50):
        world.core.database.run_here(fail, across="a test looks on")
    assert count("failed") == 50
    [(oldest,)] = world.sql("SELECT min(at) FROM sign_ins WHERE outcome = 'failed'")
    world.core.database.run_here(fail, across="a test looks on")
    assert (count("failed"), count("passed")) == (50, 1)
    assert world.sql("SELECT min(at) FROM sign_ins WHERE outcome = 'failed'") > [(oldest,)]
    assert await lives(carl)


async def test_a_known_browser_is_not_written_anew_at_each_sign_in(world: World) -> None:
    """Its name is sealed: a new envelope of the same words would be a write for nothing."""
    browser = Visitor(world)
    for _ in range(2):
        await browser.arrive()
        await browser.sign_in("carl")
        world.clock.advance(seconds=30)
    asked = "SELECT label_sealed FROM devices"
    before = world.sql(asked)
    await browser.arrive()
    await browser.sign_in("carl")
    assert world.sql(asked) == before
