"""Challenges of others, made up, expired, cancelled, or asked for another way."""

from __future__ import annotations

import pytest

from security.errors import Refused
from tests.security.services.proofs import at_the_code, guess, lock
from tests.security.visitor import Visitor
from tests.security.world import World


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


@pytest.mark.both_databases
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
