"""The same code twice: in one challenge, another one, another session, or at once."""

from __future__ import annotations

import asyncio

import pytest

from security.errors import Refused
from tests.security.services.proofs import at_the_code
from tests.security.world import World


async def test_the_same_code_twice_in_one_challenge(world: World) -> None:
    """ASVS 6.5.1: a challenge that has passed is closed."""
    alice = await at_the_code(world)
    code = world.code_of("alice")
    await alice.answer(code)
    with pytest.raises(Refused, match="expired"):
        await alice.answer(code)


async def test_the_same_code_in_another_challenge_of_the_session(world: World) -> None:
    """ASVS 6.5.1."""
    alice = await at_the_code(world)
    code = world.code_of("alice")
    await alice.answer(code)
    await alice.give_password("alice")
    with pytest.raises(Refused, match="wrong_code"):
        await alice.answer(code)


async def test_the_same_code_in_another_session(world: World) -> None:
    """ASVS 6.5.1: a code read over the shoulder is spent."""
    alice, thief = await at_the_code(world), await at_the_code(world)
    code = world.code_of("alice")
    await alice.answer(code)
    with pytest.raises(Refused, match="wrong_code"):
        await thief.answer(code)


async def test_the_code_before_a_used_one_is_dead_as_well(world: World) -> None:
    """ASVS 6.5.1: even though it is within the allowed delay."""
    alice, thief = await at_the_code(world), await at_the_code(world)
    earlier = world.code_of("alice", -1)
    await alice.answer(world.code_of("alice"))
    with pytest.raises(Refused, match="wrong_code"):
        await thief.answer(earlier)


async def test_a_clock_set_back_does_not_revive_a_used_code(world: World) -> None:
    """ASVS 6.5.1."""
    alice = await at_the_code(world)
    code = world.code_of("alice")
    await alice.answer(code)
    world.clock.advance(seconds=-10)
    thief = await at_the_code(world)
    with pytest.raises(Refused, match="wrong_code"):
        await thief.answer(code)


@pytest.mark.both_databases
async def test_fifty_right_answers_at_once_pass_exactly_once(world: World) -> None:
    """ASVS 6.5.1, 15.4.2: in one challenge."""
    alice = await at_the_code(world)
    code, held = world.code_of("alice"), (alice.cookie, alice.csrf, alice.challenge_id)
    attempts = [world.gateway.answer_challenge(*held, code) for _ in range(50)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert len([one for one in outcomes if not isinstance(one, Exception)]) == 1
    assert len([one for one in outcomes if isinstance(one, Refused)]) == 49
    assert len(world.trail("challenge:person:pass")) == 1


@pytest.mark.both_databases
async def test_one_code_in_ten_sessions_at_once_passes_exactly_once(world: World) -> None:
    """ASVS 6.5.1, 15.4.2: across challenges."""
    people = [await at_the_code(world) for _ in range(10)]
    code = world.code_of("alice")
    attempts = [person.answer(code) for person in people]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert len([one for one in outcomes if not isinstance(one, Exception)]) == 1
    assert len(world.trail("challenge:person:pass")) == 1
