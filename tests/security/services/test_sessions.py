"""Attacks on sessions: fixation, copied cookies, waiting people out, forged requests."""

from __future__ import annotations

import pytest

from security.errors import Refused
from tests.security.conftest import MakeWorld
from tests.security.visitor import Visitor
from tests.security.world import World

MINUTES = 60
HOURS = 3_600


async def test_a_session_id_has_256_bits_and_only_its_hash_is_kept(visitor: Visitor) -> None:
    """ASVS 7.2.3."""
    assert len(visitor.cookie) == 43
    [(kept,)] = visitor.world.sql("SELECT id_hash FROM sessions")
    assert len(kept) == 64
    assert visitor.cookie not in kept


async def test_the_id_fixed_before_sign_in_is_worth_nothing_after_it(visitor: Visitor) -> None:
    """ASVS 7.2.4: session fixation; the old id is dead at once, the new one is another."""
    planted = visitor.cookie
    passed = await visitor.sign_in("alice")
    assert visitor.cookie != planted
    assert passed.grant.session.authenticated
    with pytest.raises(Refused, match="session_expired"):
        await visitor.world.gateway.look_at_session(planted)


async def test_the_id_and_the_csrf_token_change_at_step_up(alice: Visitor) -> None:
    """ASVS 7.2.4."""
    before = (alice.cookie, alice.csrf)
    await grow_old_without_idling(alice, 15 * MINUTES)
    await alice.is_refused("step_up_required")
    await alice.prove("alice")
    assert alice.cookie != before[0]
    assert alice.csrf != before[1]
    with pytest.raises(Refused, match="session_expired"):
        await alice.world.gateway.look_at_session(before[0])


async def test_the_csrf_token_changes_at_sign_in(visitor: Visitor) -> None:
    """ASVS 7.2.4: a token read by whoever prepared the browser is of no use later."""
    planted = visitor.csrf
    await visitor.sign_in("alice")
    with pytest.raises(Refused, match="csrf_failed"):
        await visitor.world.gateway.extend_session(visitor.cookie, planted)


async def test_the_password_alone_changes_nothing_about_the_session(visitor: Visitor) -> None:
    """ASVS 6.3.4: between password and code nobody is signed in yet."""
    await visitor.give_password("alice")
    seen = (await visitor.look()).session
    assert not seen.authenticated
    assert seen.assurance == "none"
    assert seen.user is None


async def test_a_copied_cookie_is_dead_after_sign_out(alice: Visitor) -> None:
    """ASVS 7.4.1."""
    thief = Visitor(alice.world)
    thief.cookie, thief.csrf = alice.cookie, alice.csrf
    await alice.sign_out()
    for attempt in (thief.look, thief.extend, thief.say, thief.sign_out):
        with pytest.raises(Refused, match="session_expired"):
            await attempt()


async def test_signing_out_needs_the_csrf_token(alice: Visitor) -> None:
    """ASVS 3.5.1: a page elsewhere cannot sign somebody out."""
    with pytest.raises(Refused, match="csrf_failed"):
        await alice.world.gateway.end_session(alice.cookie, "")
    assert (await alice.look()).session.authenticated


@pytest.mark.parametrize("call", ["extend", "sign_out", "say", "give_password", "answer", "cancel"])
async def test_the_csrf_token_of_another_session_opens_nothing(world: World, call: str) -> None:
    """ASVS 3.5.1."""
    mallory, victim = Visitor(world), Visitor(world)
    await mallory.arrive()
    await victim.arrive()
    await victim.give_password("alice")
    victim.csrf = mallory.csrf
    arguments = {"give_password": ["bob"], "answer": [world.code_of("alice")]}
    with pytest.raises(Refused, match="csrf_failed"):
        await getattr(victim, call)(*arguments.get(call, []))
    [refusal] = world.trail("session:caller:refuse")
    assert refusal["reason"] == "csrf"


@pytest.mark.both_databases
@pytest.mark.parametrize("token", ["", "0", "é", "\x00", "a" * 64, "🦉" * 40])
async def test_an_odd_csrf_token_is_refused_and_nothing_else(visitor: Visitor, token: str) -> None:
    """ASVS 3.5.1."""
    with pytest.raises(Refused, match="csrf_failed"):
        await visitor.world.gateway.extend_session(visitor.cookie, token)


@pytest.mark.both_databases
@pytest.mark.parametrize("made_up", ["", "x", "é", "\x00", "A" * 43, "' OR 1=1 --", "🦉" * 9])
async def test_a_made_up_cookie_is_no_session(world: World, made_up: str) -> None:
    """ASVS 7.2.3."""
    with pytest.raises(Refused, match="session_expired"):
        await world.gateway.look_at_session(made_up)


IDLE = {"anonymous": 60 * MINUTES, "alice": 5 * MINUTES, "pat": 15 * MINUTES, "carl": 60 * MINUTES}


async def resting(world: World, who: str) -> Visitor:
    """Return somebody who has just been seen."""
    visitor = Visitor(world)
    await visitor.arrive()
    if who != "anonymous":
        await visitor.sign_in(who)
    return visitor


@pytest.mark.parametrize("who", IDLE)
async def test_one_second_before_the_idle_limit_a_session_lives(world: World, who: str) -> None:
    """ASVS 7.3.1: five minutes at the bank, fifteen at the clinic, sixty elsewhere."""
    visitor = await resting(world, who)
    world.clock.advance(seconds=IDLE[who] - 1)
    assert (await visitor.look()).session.idle_seconds_left == 1


@pytest.mark.parametrize("late", [0, 1])
@pytest.mark.parametrize("who", IDLE)
async def test_at_the_idle_limit_a_session_is_over(world: World, who: str, late: int) -> None:
    """ASVS 7.3.1: the limit itself is too late."""
    visitor = await resting(world, who)
    world.clock.advance(seconds=IDLE[who] + late)
    with pytest.raises(Refused, match="session_expired"):
        await visitor.say()
    world.clock.advance(seconds=-60)
    with pytest.raises(Refused, match="session_expired"):
        await visitor.look()


async def test_looking_does_not_keep_a_session_alive(alice: Visitor) -> None:
    """ASVS 7.3.1: neither looking at the session, nor at its history, nor at a challenge."""
    await alice.give_password("alice")
    for _ in range(5):
        alice.world.clock.advance(seconds=59)
        await alice.look()
        await alice.world.gateway.past_messages(alice.cookie)
        await alice.look_at_challenge()
    assert (await alice.look()).session.idle_seconds_left == 5
    alice.world.clock.advance(seconds=5)
    with pytest.raises(Refused, match="session_expired"):
        await alice.look()


async def test_a_refused_request_does_not_keep_a_session_alive(alice: Visitor) -> None:
    """ASVS 7.3.1: whoever has the cookie but not the token cannot prolong it."""
    alice.world.clock.advance(seconds=299)
    with pytest.raises(Refused, match="csrf_failed"):
        await alice.world.gateway.extend_session(alice.cookie, "forged")
    assert (await alice.look()).session.idle_seconds_left == 1


async def grow_old_without_idling(visitor: Visitor, seconds: int) -> None:
    """Let time pass for somebody who asks for more time before each idle limit."""
    while seconds > 0:
        visitor.world.clock.advance(seconds=min(seconds, 240))
        seconds -= 240
        if seconds > 0:
            await visitor.extend()


async def test_saying_something_keeps_a_session_alive(alice: Visitor) -> None:
    """ASVS 7.3.1: use is what extends it, up to the absolute limit."""
    alice.world.clock.advance(seconds=299)
    await alice.say()
    seen = (await alice.look()).session
    assert seen.idle_seconds_left == 5 * MINUTES
    assert seen.absolute_seconds_left == 12 * HOURS - 299


async def test_another_person_begins_a_session_of_full_length(make_world: MakeWorld) -> None:
    """ASVS 7.3.2: the absolute limit is counted from the sign-in, not from the page's opening."""
    visitor = Visitor(make_world(session_absolute_hours=1))
    await visitor.arrive()
    visitor.world.clock.advance(minutes=50)
    passed = await visitor.sign_in("carl")
    assert passed.grant.session.absolute_seconds_left == 1 * HOURS


async def test_extending_resets_the_idle_limit_alone(alice: Visitor) -> None:
    """ASVS 7.3.2."""
    alice.world.clock.advance(seconds=200)
    seen = (await alice.extend()).session
    assert seen.idle_seconds_left == 5 * MINUTES
    assert seen.absolute_seconds_left == 12 * HOURS - 200


@pytest.mark.parametrize(("late", "lives"), [(-1, True), (0, False), (1, False)])
async def test_nothing_extends_the_absolute_limit(
    make_world: MakeWorld, late: int, lives: bool
) -> None:
    """ASVS 7.3.2: twelve hours at most, here one; the limit itself is too late."""
    world = make_world(session_absolute_hours=1)
    carl = await resting(world, "carl")
    world.clock.advance(minutes=59)
    await carl.extend()
    world.clock.advance(seconds=60 + late)
    if lives:
        assert (await carl.look()).session.absolute_seconds_left == 1
        return
    with pytest.raises(Refused, match="session_expired"):
        await carl.extend()


async def test_proving_oneself_again_does_not_extend_the_absolute_limit(
    make_world: MakeWorld,
) -> None:
    """ASVS 7.3.2: neither a step-up nor the same person's second sign-in."""
    world = make_world(session_absolute_hours=1)
    carl = await resting(world, "carl")
    world.clock.advance(minutes=50)
    await carl.sign_in("carl")
    assert (await carl.look()).session.absolute_seconds_left <= 10 * MINUTES


async def test_a_clock_that_jumps_back_gives_no_session_more_than_its_limits(
    alice: Visitor,
) -> None:
    """ASVS 7.3.2: a session from the future is not trusted."""
    alice.world.clock.advance(minutes=-10)
    with pytest.raises(Refused, match="session_expired"):
        await alice.say()


async def test_the_end_of_a_session_and_each_later_try_are_recorded(alice: Visitor) -> None:
    """ASVS 16.3.2."""
    alice.world.clock.advance(minutes=5)
    for _ in range(3):
        with pytest.raises(Refused, match="session_expired"):
            await alice.say()
    reasons = [record["reason"] for record in alice.world.trail("session:caller:refuse")]
    assert reasons == ["limit_reached", "ended", "ended"]


async def test_disabling_a_person_ends_their_session(alice: Visitor) -> None:
    """ASVS 7.4.2: the session does not come back when the person does."""
    alice.world.disable("alice")
    with pytest.raises(Refused, match="session_expired"):
        await alice.say()
    alice.world.sql("UPDATE people SET disabled_at = NULL")
    with pytest.raises(Refused, match="session_expired"):
        await alice.look()
    reasons = [record["reason"] for record in alice.world.trail("session:caller:refuse")]
    assert reasons == ["person_disabled", "ended"]


async def test_a_session_for_an_unknown_organisation_is_refused_and_recorded(world: World) -> None:
    """ASVS 16.3.2: the name that was asked for is not kept."""
    with pytest.raises(Refused, match="unknown_tenant"):
        await Visitor(world).arrive("no-such-bank")
    [refusal] = world.trail("session:tenant:unknown")
    assert b"no-such-bank" not in world.records()[-1]
    assert "session" not in refusal
    assert world.sql("SELECT count(*) FROM sessions") == [(0,)]


async def test_in_production_a_stranger_sees_public_organisations_only(
    make_world: MakeWorld,
) -> None:
    """The contract: all in demo mode, in production those marked public."""
    named = {tenant.id for tenant in await make_world(mode="production").gateway.tenants()}
    assert named == {"northwind-bank", "harbor-clinic", "acme-shop"}
    assert len(await make_world(mode="demo").gateway.tenants()) == 4
