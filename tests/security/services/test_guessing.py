"""Guessing codes: five, then a pause that doubles, however the guesses are spread."""

from __future__ import annotations

import asyncio

import pytest

from security.errors import Refused
from tests.security.services.proofs import at_the_code, guess, lock
from tests.security.visitor import Visitor
from tests.security.world import World


async def test_guesses_count_down_and_the_fifth_pauses_the_factor(thief: Visitor) -> None:
    """ASVS 6.6.3."""
    left = []
    for _ in range(4):
        with pytest.raises(Refused, match="wrong_code") as refused:
            await thief.answer(thief.world.wrong_code_for("alice"))
        left.append(refused.value.details["attempts_left"])
    assert left == [4, 3, 2, 1]
    with pytest.raises(Refused, match="locked") as refused:
        await thief.answer(thief.world.wrong_code_for("alice"))
    assert refused.value.details == {"retry_after_seconds": 900}


async def test_after_the_fifth_guess_the_right_code_fails_too(world: World) -> None:
    """ASVS 6.6.3."""
    thief = await lock(world)
    with pytest.raises(Refused, match="locked"):
        await thief.answer(world.code_of("alice"))
    assert not (await thief.look()).session.authenticated


async def test_a_new_challenge_of_a_paused_factor_does_not_help(world: World) -> None:
    """ASVS 6.6.3: and the right password still looks like it did before."""
    await lock(world)
    again = await at_the_code(world)
    assert again.challenge is not None
    assert again.challenge.attempts_left == 0
    with pytest.raises(Refused, match="locked") as refused:
        await again.answer(world.code_of("alice"))
    assert refused.value.details["retry_after_seconds"] == 900


async def test_guesses_spread_over_challenges_are_counted_together(thief: Visitor) -> None:
    """ASVS 6.6.3."""
    assert await guess(thief, 3) == ["wrong_code"] * 3
    passed = await thief.give_password("alice")
    assert passed.challenge is not None
    assert passed.challenge.attempts_left == 2
    assert await guess(thief, 2) == ["wrong_code", "locked"]


async def test_guesses_spread_over_sessions_are_counted_together(world: World) -> None:
    """ASVS 6.6.3."""
    outcomes = [await guess(await at_the_code(world), 1) for _ in range(6)]
    assert outcomes == [["wrong_code"]] * 4 + [["locked"]] * 2


async def test_fifty_wrong_codes_at_once_are_five_guesses(world: World) -> None:
    """ASVS 15.4.2: what is counted is counted before the next one is looked at."""
    thieves = [await at_the_code(world) for _ in range(5)]
    attempts = [thief.answer(world.wrong_code_for("alice")) for thief in thieves for _ in range(10)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    codes = [outcome.code for outcome in outcomes if isinstance(outcome, Refused)]
    assert len(codes) == 50
    assert codes.count("wrong_code") == 4
    [(failures, pauses)] = world.sql("SELECT failures, pauses FROM authenticators WHERE pauses > 0")
    assert (failures, pauses) == (0, 1)


@pytest.mark.parametrize(("early", "passes"), [(1, False), (0, True), (-1, True)])
async def test_at_the_end_of_the_pause_the_right_code_passes(
    world: World, early: int, passes: bool
) -> None:
    """ASVS 6.6.3: fifteen minutes, and not a second less."""
    await lock(world)
    world.clock.advance(seconds=900 - early)
    alice = await at_the_code(world)
    if passes:
        assert (await alice.answer(world.code_of("alice"))).grant.session.authenticated
        return
    with pytest.raises(Refused, match="locked") as refused:
        await alice.answer(world.code_of("alice"))
    assert refused.value.details["retry_after_seconds"] == 1


async def test_each_pause_is_twice_as_long(world: World) -> None:
    """ASVS 6.6.3."""
    pauses = []
    for _ in range(4):
        thief = await at_the_code(world)
        await guess(thief, 4)
        with pytest.raises(Refused, match="locked") as refused:
            await thief.answer(world.wrong_code_for("alice"))
        pauses.append(refused.value.details["retry_after_seconds"])
        world.clock.advance(seconds=pauses[-1])
    assert pauses == [900, 1_800, 3_600, 7_200]


async def test_a_challenge_that_was_locked_stays_closed_after_the_pause(world: World) -> None:
    """It says that it has expired, not that it opens in a second."""
    thief = await lock(world)
    world.clock.advance(minutes=15)
    with pytest.raises(Refused, match="expired"):
        await thief.answer(world.code_of("alice"))


async def test_a_right_code_forgets_the_wrong_ones(world: World) -> None:
    alice = await at_the_code(world)
    await guess(alice, 4)
    await alice.answer(world.code_of("alice"))
    again = await at_the_code(world)
    assert again.challenge is not None
    assert again.challenge.attempts_left == 5


async def test_the_pause_of_one_person_leaves_others_alone(world: World) -> None:
    await lock(world)
    bob = await at_the_code(world, "bob")
    assert (await bob.prove("bob")).grant.session.authenticated


async def test_wrong_passwords_never_pause_the_factor(visitor: Visitor) -> None:
    """ASVS 6.3.4: whoever has not given the password cannot touch the factor."""
    for _ in range(9):
        with pytest.raises(Refused, match="invalid_credentials"):
            await visitor.give_password("alice", "wrong")
    await visitor.sign_in("alice")


ODD_CODES = [
    "",
    " ",
    "12345",
    "1234567",
    "abcdef",
    "\u0661" * 6,
    "\uff11" * 6,
    "123456\n",
    "é" * 64,
]


@pytest.mark.parametrize("code", ODD_CODES)
async def test_what_is_no_code_is_a_wrong_code(thief: Visitor, code: str) -> None:
    """ASVS 2.2.1: it counts as a guess, and it is no error."""
    with pytest.raises(Refused, match="wrong_code") as refused:
        await thief.answer(code)
    assert refused.value.details == {"attempts_left": 4}


async def test_a_wrong_code_changes_nothing_about_the_session(thief: Visitor) -> None:
    """ASVS 7.2.4: neither its id, nor its token, nor its age."""
    thief.world.clock.advance(seconds=60)
    before = await thief.look()
    await guess(thief, 1)
    assert await thief.look() == before


async def test_the_code_of_another_person_is_wrong(world: World, thief: Visitor) -> None:
    """ASVS 6.6.2."""
    with pytest.raises(Refused, match="wrong_code"):
        await thief.answer(world.code_of("bob"))


async def test_a_code_one_step_late_passes_and_two_steps_late_does_not(world: World) -> None:
    """ASVS 6.5.5."""
    alice = await at_the_code(world)
    for steps in (-2, 1):
        with pytest.raises(Refused, match="wrong_code"):
            await alice.answer(world.code_of("alice", steps))
    await alice.answer(world.code_of("alice", -1))
