"""Attacks with tickets: kept, counted, made up, of others, grown."""

from __future__ import annotations

import asyncio

import pytest

from security.adapters.trail_reader import TrailReader
from security.errors import Refused
from security.monitor.rules import read_rules
from security.services.watching import Watch
from tests.security.conftest import MakeWorld
from tests.security.decisions import claims_of, denied, signed_in
from tests.security.fakes import ACCOUNTS
from tests.security.services.test_watching import Noted
from tests.security.visitor import BALANCE, Visitor
from tests.security.world import World


async def test_a_ticket_is_dead_when_its_turn_is_over(alice: Visitor) -> None:
    """An action that keeps its ticket keeps nothing."""
    turn = await alice.say()
    await alice.hear(turn)
    with pytest.raises(Refused, match="turn_over"):
        await alice.bot_invokes(turn)
    with pytest.raises(Refused, match="turn_over"):
        await alice.world.actions.resume(turn.ticket)
    assert alice.world.api.calls == []


async def test_a_ticket_is_good_for_five_operations(alice: Visitor) -> None:
    """The sixth is refused, whatever it is."""
    turn = await alice.say()
    for _ in range(5):
        await alice.bot_invokes(turn)
    with pytest.raises(Refused, match="turn_over"):
        await alice.bot_invokes(turn)
    assert len(alice.world.api.calls) == 5


async def test_refused_operations_count_as_well(alice: Visitor) -> None:
    """A hostile action cannot try names for nothing."""
    turn = await alice.say()
    for _ in range(5):
        with pytest.raises(Refused, match="forbidden"):
            await alice.bot_invokes(turn, "banking.delete_accounts")
    with pytest.raises(Refused, match="turn_over"):
        await alice.bot_invokes(turn)


async def test_twenty_operations_at_once_are_five(alice: Visitor) -> None:
    """ASVS 15.4.2."""
    turn = await alice.say()
    attempts = [alice.bot_invokes(turn) for _ in range(20)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert [one for one in outcomes if not isinstance(one, Exception)] == [ACCOUNTS] * 5
    assert len(alice.world.api.calls) == 5


@pytest.mark.parametrize(("late", "alive"), [(-1, True), (0, False), (1, False)])
async def test_a_ticket_lives_thirty_seconds(alice: Visitor, late: int, alive: bool) -> None:
    """The limit itself is too late."""
    turn = await alice.say()
    alice.world.clock.advance(seconds=30 + late)
    if alive:
        assert await alice.bot_invokes(turn) == ACCOUNTS
        return
    with pytest.raises(Refused, match="turn_over"):
        await alice.bot_invokes(turn)


@pytest.mark.parametrize("made_up", ["", "x", "é", "\x00", "A" * 43, "' OR 1=1 --", "🦉" * 60])
async def test_a_made_up_ticket_opens_nothing(alice: Visitor, made_up: str) -> None:
    await alice.say()
    for call in (
        alice.world.actions.invoke(made_up, BALANCE, {}, "action_x"),
        alice.world.actions.resume(made_up),
    ):
        with pytest.raises(Refused, match="turn_over"):
            await call
    assert alice.world.api.calls == []


async def test_a_hash_or_an_id_from_the_database_is_no_ticket(alice: Visitor) -> None:
    """ASVS 7.2.3: a thief with the disk gets nothing."""
    turn = await alice.say()
    [(stored,)] = alice.world.sql("SELECT ticket_hash FROM turns")
    for stolen in (stored, turn.turn_id, turn.conversation_id, alice.cookie):
        with pytest.raises(Refused, match="turn_over"):
            await alice.world.actions.invoke(stolen, BALANCE, {}, "action_x")


async def test_a_ticket_acts_for_its_own_session_alone(world: World) -> None:
    """ASVS 8.2.2: bob's turn reads bob's accounts, whoever else is signed in."""
    alice, bob = await signed_in(world, "alice"), await signed_in(world, "bob")
    turns = [await alice.say(), await bob.say()]
    await alice.bot_invokes(turns[0])
    await bob.bot_invokes(turns[1])
    first, second = (claims_of(call.token)["sub"] for call in world.api.calls)
    assert first != second


async def test_a_ticket_is_dead_after_sign_out(alice: Visitor) -> None:
    """ASVS 7.4.1."""
    turn = await alice.say()
    await alice.sign_out()
    with pytest.raises(Refused, match="session_expired"):
        await alice.bot_invokes(turn)
    assert denied(alice.world) == [("deny", "session_over")]


async def test_a_ticket_does_not_act_for_whoever_signs_in_next(alice: Visitor) -> None:
    """ASVS 8.2.2: alice's turn is still open when bob signs in at her browser."""
    turn = await alice.say()
    await alice.sign_in("bob")
    with pytest.raises(Refused, match="turn_over"):
        await alice.bot_invokes(turn)
    assert alice.world.api.calls == []


async def test_a_ticket_does_not_grow_with_the_session(visitor: Visitor) -> None:
    """ASVS 7.2.4: an action that waited for the sign-in has an anonymous ticket still."""
    await visitor.give_password("alice")
    turn = await visitor.say()
    await visitor.answer(visitor.world.code_of("alice"))
    with pytest.raises(Refused, match="turn_over"):
        await visitor.bot_invokes(turn)
    assert visitor.world.api.calls == []


async def test_a_ticket_does_not_outlive_the_session(make_world: MakeWorld) -> None:
    """ASVS 7.3.2: the absolute limit holds in the middle of a turn."""
    world = make_world(session_absolute_hours=1)
    carl = await signed_in(world, "carl")
    world.clock.advance(minutes=59, seconds=59)
    turn = await carl.say()
    world.clock.advance(seconds=1)
    with pytest.raises(Refused, match="session_expired"):
        await carl.bot_invokes(turn)


async def test_attack_tickets_that_were_kept_or_made_up_are_seen(alice: Visitor) -> None:
    """T1550: whose turn it was is on the trail; four of one session, or three of none, alert."""
    world, noted = alice.world, Noted()
    watch = Watch(read_rules(), TrailReader(world.core.database), noted, world.clock)
    await watch.round()
    turn = await alice.say()
    await alice.hear(turn)
    for tries, rules in ((3, []), (1, ["kept_ticket"])):
        for _ in range(tries):
            with pytest.raises(Refused, match="turn_over"):
                await alice.bot_invokes(turn)
        await watch.round()
        assert [alert.rule for alert in noted.alerts] == rules
    [kept] = noted.alerts
    over = world.trail("operation:guard:deny")[-1]
    assert (over["reason"], over["tenant"], over["turn"]) == (
        "ticket_over",
        "northwind-bank",
        turn.turn_id,
    )
    assert (kept.tenant, kept.sessions) == ("northwind-bank", (over["session"],))
    for tries, count in ((2, 1), (1, 2)):
        for _ in range(tries):
            with pytest.raises(Refused, match="turn_over"):
                await world.actions.invoke("x" * 43, BALANCE, {}, "action_x")
        await watch.round()
        assert len(noted.alerts) == count
    assert noted.alerts[-1].rule == "made_up_ticket"
