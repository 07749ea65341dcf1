"""Attacks on the second factor: guessing, repeating, borrowing and racing codes."""

from __future__ import annotations

import asyncio

import pytest

from security.errors import Refused
from tests.security.visitor import Visitor
from tests.security.world import World


async def at_the_code(world: World, username: str = "alice") -> Visitor:
    """Return somebody who has given the right password and is asked for a code."""
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password(username)
    return visitor


@pytest.fixture
async def thief(world: World) -> Visitor:
    """A thief with alice's password."""
    return await at_the_code(world)


async def guess(visitor: Visitor, times: int, username: str = "alice") -> list[str]:
    """Guess wrongly; return how each guess was refused."""
    codes = []
    for _ in range(times):
        with pytest.raises(Refused) as refused:
            await visitor.answer(visitor.world.wrong_code_for(username))
        codes.append(refused.value.code)
    return codes


async def lock(world: World, username: str = "alice") -> Visitor:
    """Let a thief use up all guesses; return them."""
    thief = await at_the_code(world, username)
    assert (await guess(thief, 5, username))[-1] == "locked"
    return thief


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


# The same code, twice


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


async def test_fifty_right_answers_at_once_pass_exactly_once(world: World) -> None:
    """ASVS 6.5.1, 15.4.2: in one challenge."""
    alice = await at_the_code(world)
    code, held = world.code_of("alice"), (alice.cookie, alice.csrf, alice.challenge_id)
    attempts = [world.gateway.answer_challenge(*held, code) for _ in range(50)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert len([one for one in outcomes if not isinstance(one, Exception)]) == 1
    assert len([one for one in outcomes if isinstance(one, Refused)]) == 49
    assert len(world.trail("challenge:person:pass")) == 1


async def test_one_code_in_ten_sessions_at_once_passes_exactly_once(world: World) -> None:
    """ASVS 6.5.1, 15.4.2: across challenges."""
    people = [await at_the_code(world) for _ in range(10)]
    code = world.code_of("alice")
    attempts = [person.answer(code) for person in people]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert len([one for one in outcomes if not isinstance(one, Exception)]) == 1
    assert len(world.trail("challenge:person:pass")) == 1


# Challenges of others, and their ends


async def test_a_challenge_of_another_session_is_unknown(world: World, thief: Visitor) -> None:
    """ASVS 6.6.2: it is not even there, it is not harmed, and the attempt is on the trail."""
    alice = await at_the_code(world)
    with pytest.raises(Refused, match="unknown_challenge"):
        await thief.answer(world.code_of("alice"), alice.challenge_id)
    for call in (thief.look_at_challenge, thief.cancel):
        thief.challenge = alice.challenge
        with pytest.raises(Refused, match="unknown_challenge"):
            await call()
    reasons = [record["reason"] for record in world.trail("challenge:caller:refuse")]
    assert reasons == ["foreign_session"] * 3
    assert (await alice.look_at_challenge()).attempts_left == 5
    await alice.answer(world.code_of("alice"))


@pytest.mark.parametrize("made_up", ["x", "é", "\x00", "A" * 32, "' OR 1=1 --", "9" * 128])
async def test_a_made_up_challenge_is_unknown(thief: Visitor, made_up: str) -> None:
    with pytest.raises(Refused, match="unknown_challenge"):
        await thief.answer("123456", made_up)


@pytest.mark.parametrize(("late", "passes"), [(-1, True), (0, False), (1, False)])
async def test_a_challenge_ends_when_it_says(world: World, late: int, passes: bool) -> None:
    """ASVS 6.5.5: five minutes; the limit itself is too late, and the right code is not used up."""
    alice = await at_the_code(world)
    world.clock.advance(seconds=300 + late)
    code = world.code_of("alice")
    if passes:
        await alice.answer(code)
        return
    with pytest.raises(Refused, match="expired"):
        await alice.answer(code)
    with pytest.raises(Refused, match="expired"):
        await alice.look_at_challenge()
    await alice.give_password("alice")
    await alice.answer(code)


async def test_a_cancelled_challenge_is_closed(world: World) -> None:
    alice = await at_the_code(world)
    await alice.cancel()
    for call in (alice.look_at_challenge, alice.cancel):
        with pytest.raises(Refused, match="expired"):
            await call()
    with pytest.raises(Refused, match="expired"):
        await alice.answer(world.code_of("alice"))
    assert len(world.trail("challenge:person:cancel")) == 1


async def test_a_new_challenge_closes_the_one_before(world: World) -> None:
    """ASVS 6.6.2: a session has one open challenge at most."""
    alice = await at_the_code(world)
    first = alice.challenge_id
    await alice.give_password("alice")
    with pytest.raises(Refused, match="expired"):
        await alice.answer(world.code_of("alice"), first)
    await alice.answer(world.code_of("alice"))


async def test_the_challenge_for_bob_does_not_let_alice_in(world: World, visitor: Visitor) -> None:
    """ASVS 6.6.2: whose password was given last is who may prove themselves."""
    await visitor.give_password("alice")
    await visitor.give_password("bob")
    with pytest.raises(Refused, match="wrong_code"):
        await visitor.answer(world.code_of("alice"))
    passed = await visitor.answer(world.code_of("bob"))
    assert passed.grant.session.user is not None
    assert passed.grant.session.user.name == "Bob"


@pytest.mark.parametrize("method", ["sms", "email", "push", "passkey", "recovery"])
async def test_a_method_that_is_not_enrolled_is_unknown(thief: Visitor, method: str) -> None:
    """ASVS 6.3.4: a weaker way in cannot be asked for; the challenge stays what it was."""
    with pytest.raises(Refused, match="unknown_method"):
        await thief.choose(method)
    assert (await thief.look_at_challenge()).method == "totp"


async def test_choosing_the_method_again_brings_no_new_guesses(thief: Visitor) -> None:
    """ASVS 6.6.3."""
    await guess(thief, 2)
    thief.world.clock.advance(seconds=100)
    chosen = await thief.choose("totp")
    assert chosen.id == thief.challenge_id
    assert chosen.attempts_left == 3
    assert chosen.expires_in == 200


async def test_a_person_disabled_before_the_code_is_not_let_in(world: World) -> None:
    """ASVS 7.4.2."""
    alice = await at_the_code(world)
    world.disable("alice")
    with pytest.raises(Refused):
        await alice.answer(world.code_of("alice"))
    seen = await world.gateway.look_at_session(alice.cookie)
    assert not seen.session.authenticated
    assert seen.session.assurance == "none"


async def test_password_and_code_are_aal2(world: World) -> None:
    """The contract: TOTP counts for aal2 with a password."""
    alice = await at_the_code(world)
    granted = (await alice.answer(world.code_of("alice"))).grant.session
    assert granted.assurance == "aal2"
    assert granted.user is not None
    assert (granted.user.tenant, granted.user.roles) == ("northwind-bank", ["customer"])


async def test_every_outcome_of_a_challenge_is_on_the_trail(world: World) -> None:
    """ASVS 16.3.2."""
    thief = await lock(world)
    with pytest.raises(Refused, match="locked"):
        await thief.answer(world.code_of("alice"))
    tags = [tag for tag in world.tags() if tag.startswith("challenge:")]
    assert tags == [
        "challenge:person:open",
        *["challenge:person:fail"] * 4,
        "challenge:authenticator:pause",
        "challenge:caller:refuse",
    ]
