"""Timed rotation: a stolen id is worth a quarter of an hour, and then an alarm."""

from __future__ import annotations

import pytest

from security.errors import Refused
from security.services.own_sessions import OwnSessions
from tests.security.conftest import MakeWorld
from tests.security.decisions import signed_in
from tests.security.services.contacts import NUMBER, give, notices_to, reasons
from tests.security.visitor import Visitor
from tests.security.world import World

DUE = 900


@pytest.fixture
async def carl(world: World) -> Visitor:
    """Somebody who has just signed in where one may be idle for an hour."""
    return await signed_in(world, "carl")


def thief_of(visitor: Visitor) -> Visitor:
    """Return somebody with a copy of what the browser holds."""
    thief = Visitor(visitor.world)
    thief.cookie, thief.csrf = visitor.cookie, visitor.csrf
    return thief


async def rotate(visitor: Visitor) -> str | None:
    """Let the gateway ask when a turn is over; return the new id."""
    grant = await OwnSessions(visitor.world.core).rotate(visitor.cookie, visitor.csrf)
    assert grant.csrf_token == visitor.csrf
    visitor.cookie = grant.session_id or visitor.cookie
    return grant.session_id


async def rotated(visitor: Visitor) -> Visitor:
    """Rotate when it is due; return whoever has copied the id before."""
    visitor.world.clock.advance(seconds=DUE)
    thief = thief_of(visitor)
    assert await rotate(visitor) is not None
    return thief


@pytest.mark.parametrize(("late", "due"), [(-1, None), (0, True), (1, True)])
async def test_a_turn_says_that_the_id_is_due_and_changes_nothing(
    carl: Visitor, late: int, due: bool | None
) -> None:
    """ASVS 7.2.4: every fifteen minutes; the id stays until the gateway asks for another."""
    carl.world.clock.advance(seconds=DUE + late)
    before = carl.world.sql("SELECT id_hash, rotated_at FROM sessions")
    assert (await carl.open(text="hello")).rotate is due
    assert carl.world.sql("SELECT id_hash, rotated_at FROM sessions") == before
    assert (await rotate(carl) is not None) is bool(due)


async def test_an_answer_given_again_says_so_as_well(carl: Visitor) -> None:
    turn = (await carl.open(text="hello", client_id="one")).turn
    assert turn is not None
    await carl.hear(turn)
    carl.world.clock.advance(seconds=DUE)
    again = await carl.open(text="hello", client_id="one")
    assert again.answered is not None
    assert again.rotate is True


async def test_the_next_rotation_is_counted_from_the_last(carl: Visitor) -> None:
    await rotated(carl)
    carl.world.clock.advance(seconds=DUE - 1)
    assert await rotate(carl) is None
    carl.world.clock.advance(seconds=1)
    assert await rotate(carl) is not None


async def test_only_hashes_are_kept_and_the_change_is_on_the_trail(carl: Visitor) -> None:
    """ASVS 7.2.3, 16.3.2."""
    thief = await rotated(carl)
    kept = str(
        carl.world.sql("SELECT id_hash FROM sessions UNION SELECT id_hash FROM retired_session_ids")
    )
    assert carl.cookie not in kept
    assert thief.cookie not in kept
    assert len(carl.world.trail("session:person:rotate")) == 1


async def test_a_rotation_is_no_use_of_the_session(carl: Visitor) -> None:
    """ASVS 7.3.1: it extends nothing."""
    before = (await carl.look()).session.idle_seconds_left
    await rotated(carl)
    assert (await carl.look()).session.idle_seconds_left == before - DUE


@pytest.mark.parametrize("call", ["look", "extend", "open", "past", "end"])
@pytest.mark.parametrize("seconds", [0, 9])
async def test_the_old_id_is_good_for_ten_seconds(carl: Visitor, call: str, seconds: int) -> None:
    """ASVS 7.2.4: requests that were on their way; every way in."""
    slow = await rotated(carl)
    carl.world.clock.advance(seconds=seconds)
    gateway = carl.world.gateway
    calls = {
        "look": slow.look,
        "extend": slow.extend,
        "open": slow.say,
        "past": lambda: gateway.past_messages(slow.cookie),
        "end": slow.sign_out,
    }
    await calls[call]()
    assert carl.world.trail("session:caller:reuse") == []


@pytest.mark.parametrize("call", ["look", "extend", "open", "past", "end"])
@pytest.mark.parametrize("seconds", [10, 11, 600])
async def test_used_later_it_ends_the_session_and_raises_the_alarm(
    carl: Visitor, call: str, seconds: int
) -> None:
    """ASVS 7.2.4: one of the two has copied it, and nobody knows which."""
    give(carl.world, "carl", "sms", NUMBER)
    thief = await rotated(carl)
    carl.world.clock.advance(seconds=seconds)
    gateway = carl.world.gateway
    calls = {
        "look": thief.look,
        "extend": thief.extend,
        "open": thief.say,
        "past": lambda: gateway.past_messages(thief.cookie),
        "end": thief.sign_out,
    }
    for _ in range(2):
        with pytest.raises(Refused, match="session_expired"):
            await calls[call]()
    with pytest.raises(Refused, match="session_expired"):
        await carl.look()
    [alarm] = carl.world.trail("session:caller:reuse")
    assert alarm["reason"] == "retired_id"
    assert notices_to(carl.world, NUMBER) == 1


async def test_the_alarm_needs_no_csrf_token(carl: Visitor) -> None:
    """A thief of the cookie alone is heard as well."""
    thief = await rotated(carl)
    carl.world.clock.advance(seconds=10)
    with pytest.raises(Refused, match="session_expired"):
        await carl.world.gateway.extend_session(thief.cookie, "forged")
    assert len(carl.world.trail("session:caller:reuse")) == 1


async def test_within_the_grace_the_csrf_token_is_needed_still(carl: Visitor) -> None:
    """ASVS 3.5.1."""
    slow = await rotated(carl)
    with pytest.raises(Refused, match="csrf_failed"):
        await carl.world.gateway.extend_session(slow.cookie, "forged")
    assert (await carl.look()).session.authenticated


async def test_what_was_open_ends_with_the_session(make_world: MakeWorld) -> None:
    """The ticket of an open turn, a challenge, and what waits for it."""
    world = make_world(rotation_seconds=60)
    alice = await signed_in(world, "alice")
    for _ in range(4):  # The proof is too old for a balance by then.
        world.clock.advance(seconds=225)
        await alice.extend()
    await alice.is_refused("step_up_required")
    world.clock.advance(seconds=60)
    thief = thief_of(alice)
    await rotate(alice)
    turn = await alice.say()
    world.clock.advance(seconds=10)
    with pytest.raises(Refused, match="session_expired"):
        await thief.look()
    with pytest.raises(Refused, match="session_expired"):
        await alice.bot_invokes(turn)
    assert world.api.calls == []
    states = world.sql("SELECT DISTINCT state FROM challenges WHERE purpose = 'step_up'")
    assert states == [("void",)]
    assert world.sql("SELECT state FROM pending_operations") == [("void",)]


async def test_a_session_without_a_person_is_ended_and_nobody_is_told(visitor: Visitor) -> None:
    thief = await rotated(visitor)
    visitor.world.clock.advance(seconds=10)
    with pytest.raises(Refused, match="session_expired"):
        await thief.look()
    assert len(visitor.world.trail("session:caller:reuse")) == 1
    assert visitor.world.sql("SELECT count(*) FROM messages") == [(0,)]


async def test_an_old_id_of_a_session_that_is_over_is_no_alarm(carl: Visitor) -> None:
    """There is nothing left to be stolen."""
    thief = await rotated(carl)
    carl.world.clock.advance(hours=1)
    with pytest.raises(Refused, match="session_expired"):
        await thief.look()
    assert carl.world.trail("session:caller:reuse") == []
    assert reasons(carl.world, "session:caller:refuse") == ["limit_reached"]


async def test_two_turns_at_once_do_not_lock_the_browser_out(carl: Visitor) -> None:
    """Both were told that the id is due: the second one gets none, and loses nothing."""
    carl.world.clock.advance(seconds=DUE)
    other = thief_of(carl)
    assert (await carl.open(text="one")).rotate is True
    assert (await other.open(text="two")).rotate is True
    assert await rotate(carl) is not None
    assert await rotate(other) is None
    assert (await carl.look()).session.authenticated


@pytest.mark.parametrize(("seconds", "alarms"), [(10, 0), (39, 0), (40, 1), (41, 1)])
async def test_a_turn_that_lasts_longer_than_the_grace_is_no_alarm(
    carl: Visitor, seconds: int, alarms: int
) -> None:
    """Its id was good when it began, and a turn lives thirty seconds; it gets no new id."""
    carl.world.clock.advance(seconds=DUE)
    slow = thief_of(carl)
    await rotate(carl)
    carl.world.clock.advance(seconds=seconds)
    if alarms:
        with pytest.raises(Refused, match="session_expired"):
            await rotate(slow)
    else:
        assert await rotate(slow) is None
        assert (await carl.look()).session.authenticated
    assert len(carl.world.trail("session:caller:reuse")) == alarms


async def test_asking_for_more_time_rotates_where_it_is_due(carl: Visitor) -> None:
    """ASVS 7.2.4: a page that only asks for more time gets a new id as well."""
    before = (carl.cookie, carl.csrf)
    carl.world.clock.advance(seconds=DUE - 1)
    await carl.extend()
    assert carl.cookie == before[0]
    carl.world.clock.advance(seconds=1)
    grant = await carl.extend()
    assert grant.session_id == carl.cookie != before[0]
    assert carl.csrf == before[1]


async def test_at_sign_in_the_old_id_is_dead_at_once_and_no_alarm(visitor: Visitor) -> None:
    """ASVS 7.2.4: it is not among the replaced ones."""
    planted = thief_of(visitor)
    await visitor.sign_in("carl")
    for seconds in (0, 11):
        visitor.world.clock.advance(seconds=seconds)
        with pytest.raises(Refused, match="session_expired"):
            await planted.look()
    assert visitor.world.sql("SELECT count(*) FROM retired_session_ids") == [(0,)]
    assert (await visitor.look()).session.authenticated


@pytest.mark.parametrize("seconds", [0, 5])
async def test_a_proof_within_the_grace_ends_the_grace(visitor: Visitor, seconds: int) -> None:
    """ASVS 7.2.4: at sign-in every older id is dead at once."""
    slow = await rotated(visitor)
    visitor.world.clock.advance(seconds=seconds)
    await visitor.sign_in("carl")
    with pytest.raises(Refused, match="session_expired"):
        await slow.look()
    assert (await visitor.look()).session.authenticated
    assert visitor.world.trail("session:caller:reuse") == []
