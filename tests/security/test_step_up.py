"""An old proof is asked for again; the new one releases what it was asked for, and no more."""

from __future__ import annotations

import pytest

from security.errors import Refused
from tests.security.fakes import ACCOUNTS
from tests.security.questions import (
    FIFTEEN_MINUTES,
    asked_before_sign_in,
    asked_for_a_proof,
    grow_old,
    states,
)
from tests.security.visitor import BALANCE, TRANSACTIONS, Visitor
from tests.security.world import World


@pytest.mark.parametrize(("late", "fresh"), [(-1, True), (0, False), (1, False)])
async def test_a_proof_is_good_for_less_than_fifteen_minutes(
    alice: Visitor, late: int, fresh: bool
) -> None:
    """RFC 9470, the contract: the class `personal`."""
    await grow_old(alice, FIFTEEN_MINUTES + late)
    if fresh:
        assert await alice.ask() == ACCOUNTS
        return
    await alice.is_refused("step_up_required")
    [denied] = alice.world.trail("operation:guard:deny")
    assert denied["reason"] == "proof_too_old"
    assert alice.world.api.calls == []


async def test_an_old_proof_is_asked_for_again_and_the_question_answered(alice: Visitor) -> None:
    """RFC 9470: challenge on the last message, answer, resumption."""
    await grow_old(alice, FIFTEEN_MINUTES)
    challenge = await asked_for_a_proof(alice)
    assert (challenge.purpose, challenge.binding) == ("step_up", "See your account balances")
    passed = await alice.prove("alice")
    assert passed.resume is True
    assert (await alice.resume()).result == ACCOUNTS
    assert len(alice.world.api.calls) == 1
    assert await alice.ask() == ACCOUNTS


async def test_a_wrong_code_releases_nothing(alice: Visitor) -> None:
    await grow_old(alice, FIFTEEN_MINUTES)
    await asked_for_a_proof(alice)
    with pytest.raises(Refused, match="wrong_code"):
        await alice.answer(alice.world.wrong_code_for("alice"))
    with pytest.raises(Refused, match="nothing_pending"):
        await alice.come_back()
    assert states(alice.world) == ["waiting"]


async def test_the_code_that_signed_in_does_not_step_up(world: World) -> None:
    """ASVS 6.5.1: each code once, also for another purpose."""
    alice = Visitor(world)
    await alice.arrive()
    await alice.give_password("alice")
    code = world.code_of("alice")
    await alice.answer(code)
    world.sql("UPDATE sessions SET proved_at = 0")
    await asked_for_a_proof(alice)
    with pytest.raises(Refused, match="wrong_code"):
        await alice.answer(code)


async def test_the_challenge_of_one_question_does_not_release_another(alice: Visitor) -> None:
    """ASVS 6.6.2, RFC 9396: bound to the digest of operation and arguments."""
    await grow_old(alice, FIFTEEN_MINUTES)
    first = await asked_for_a_proof(alice, BALANCE)
    turn = await alice.say()
    with pytest.raises(Refused, match="step_up_required"):
        await alice.bot_invokes(turn, TRANSACTIONS)
    passed = await alice.answer(alice.world.code_of("alice"), first.id)
    assert passed.resume is False
    assert states(alice.world) == ["void", "waiting"]
    with pytest.raises(Refused, match="nothing_pending"):
        await alice.come_back()
    assert alice.world.api.calls == []


async def test_the_next_question_closes_the_challenge_of_the_one_before(alice: Visitor) -> None:
    """ASVS 6.6.2."""
    await grow_old(alice, FIFTEEN_MINUTES)
    first = await asked_for_a_proof(alice, BALANCE)
    await asked_for_a_proof(alice, TRANSACTIONS)
    with pytest.raises(Refused, match="expired"):
        await alice.answer(alice.world.code_of("alice"), first.id)
    await alice.prove("alice")
    assert (await alice.resume()).operation == TRANSACTIONS


async def test_other_arguments_make_another_question(alice: Visitor) -> None:
    """RFC 9396: the proof for three rows does not release a hundred."""
    await grow_old(alice, FIFTEEN_MINUTES)
    turn = await alice.say()
    with pytest.raises(Refused, match="step_up_required"):
        await alice.bot_invokes(turn, TRANSACTIONS, {"limit": 3})
    [heard] = await alice.hear(turn)
    assert heard.challenge is not None
    turn = await alice.say()
    with pytest.raises(Refused, match="step_up_required"):
        await alice.bot_invokes(turn, TRANSACTIONS, {"limit": 100})
    assert (await alice.answer(alice.world.code_of("alice"), heard.challenge.id)).resume is False


async def test_a_cancelled_challenge_voids_what_waits(alice: Visitor) -> None:
    """The contract: not me, or not now; a later proof does not bring it back."""
    await grow_old(alice, FIFTEEN_MINUTES)
    await asked_for_a_proof(alice)
    await alice.cancel()
    assert states(alice.world) == ["void"]
    assert len(alice.world.trail("pending:operation:void")) == 1
    assert (await alice.sign_in("alice")).resume is False
    assert alice.world.api.calls == []


async def test_a_cancelled_sign_in_voids_what_waits(visitor: Visitor) -> None:
    await asked_before_sign_in(visitor)
    await visitor.give_password("alice")
    await visitor.cancel()
    assert (await visitor.sign_in("alice")).resume is False


@pytest.mark.parametrize(("late", "resumes"), [(-1, True), (0, False), (1, False)])
async def test_a_question_waits_for_ten_minutes(visitor: Visitor, late: int, resumes: bool) -> None:
    """The limit itself is too late."""
    await asked_before_sign_in(visitor)
    visitor.world.clock.advance(seconds=600 + late)
    assert (await visitor.sign_in("alice")).resume is resumes
