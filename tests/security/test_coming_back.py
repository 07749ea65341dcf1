"""Step-up and resumption: what waits for a proof runs once, for its person, for its proof."""

from __future__ import annotations

import asyncio

import pytest

from security.errors import Refused
from security.model import BotMessage, ChallengeView
from security.server import recover
from tests.security.conftest import MakeWorld
from tests.security.fakes import ACCOUNTS
from tests.security.visitor import BALANCE, TRANSACTIONS, Visitor
from tests.security.world import World

FIFTEEN_MINUTES = 900


def states(world: World) -> list[str]:
    """Return the states of all pending operations, oldest first."""
    return [state for (state,) in world.sql("SELECT state FROM pending_operations ORDER BY rowid")]


async def grow_old(visitor: Visitor, seconds: int) -> None:
    """Let the proof grow old while the session is used."""
    while seconds > 0:
        step = min(seconds, 240)
        visitor.world.clock.advance(seconds=step)
        await visitor.extend()
        seconds -= step


async def asked_before_sign_in(visitor: Visitor, operation: str = BALANCE) -> None:
    await visitor.is_refused("authentication_required", operation)


async def asked_for_a_proof(visitor: Visitor, operation: str = BALANCE) -> ChallengeView:
    """Ask when the proof is too old; return the challenge that comes with the answer."""
    turn = await visitor.say()
    with pytest.raises(Refused, match="step_up_required"):
        await visitor.bot_invokes(turn, operation)
    *_, last = await visitor.hear(turn, BotMessage(text="one"), BotMessage(text="two"))
    assert last.text == "two"
    assert last.challenge is not None
    return last.challenge


# After sign-in


async def test_the_question_before_sign_in_is_answered_after_it(visitor: Visitor) -> None:
    """The bot comes back by itself, with the same operation, arguments and action."""
    turn = await visitor.say()
    with pytest.raises(Refused, match="authentication_required"):
        await visitor.bot_invokes(turn, TRANSACTIONS, {"limit": 3})
    await visitor.hear(turn)
    passed = await visitor.sign_in("alice")
    assert passed.resume is True
    resumed = await visitor.resume()
    assert (resumed.operation, resumed.arguments) == (TRANSACTIONS, {"limit": 3})
    assert resumed.action == "action_check_balance"
    assert resumed.result == ACCOUNTS
    assert dict(visitor.world.api.calls[0].arguments) == {"limit": 3}
    assert states(visitor.world) == ["done"]


async def test_the_resumed_operation_is_done_by_who_signed_in(visitor: Visitor) -> None:
    """ASVS 8.2.2."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("bob")
    await visitor.resume()
    [intended] = visitor.world.trail("operation:guard:allow")
    [(person,)] = visitor.world.sql("SELECT id FROM people WHERE username = 'bob'")
    assert intended["person"] == visitor.world.core.keys.pseudonym(person)


async def test_without_a_question_there_is_nothing_to_resume(visitor: Visitor) -> None:
    passed = await visitor.sign_in("alice")
    assert passed.resume is False
    with pytest.raises(Refused, match="nothing_pending"):
        await visitor.come_back()


async def test_only_the_last_read_resumes(visitor: Visitor) -> None:
    """The one before is void, and both are on the trail."""
    await asked_before_sign_in(visitor, BALANCE)
    await asked_before_sign_in(visitor, TRANSACTIONS)
    assert states(visitor.world) == ["void", "waiting"]
    await visitor.sign_in("alice")
    assert (await visitor.resume()).operation == TRANSACTIONS
    assert [call.operation for call in visitor.world.api.calls] == [TRANSACTIONS]


async def test_a_displaced_read_is_on_the_trail(visitor: Visitor) -> None:
    """The design: each move is committed together with its record."""
    await asked_before_sign_in(visitor, BALANCE)
    await asked_before_sign_in(visitor, TRANSACTIONS)
    assert len(visitor.world.trail("pending:operation:void")) == 1


async def test_what_the_role_does_not_allow_is_refused_when_it_resumes(visitor: Visitor) -> None:
    """ASVS 8.2.2: every resume runs the whole guard again."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("tess")
    with pytest.raises(Refused, match="forbidden"):
        await visitor.resume()
    assert states(visitor.world) == ["failed"]
    assert visitor.world.api.calls == []


async def test_a_customer_of_a_shop_gets_nothing_of_the_bank(visitor: Visitor) -> None:
    """ASVS 8.4.1."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("carl")
    with pytest.raises(Refused, match="forbidden"):
        await visitor.resume()
    assert visitor.world.api.calls == []


async def test_the_question_of_another_session_does_not_resume(world: World) -> None:
    """ASVS 8.2.2: not even for the same person."""
    kiosk, home = Visitor(world), Visitor(world)
    await kiosk.arrive()
    await home.arrive()
    await asked_before_sign_in(kiosk)
    assert (await home.sign_in("alice")).resume is False
    with pytest.raises(Refused, match="nothing_pending"):
        await home.come_back()
    assert states(world) == ["waiting"]


async def test_arguments_that_do_not_fit_are_refused_when_they_resume(visitor: Visitor) -> None:
    turn = await visitor.say()
    with pytest.raises(Refused, match="authentication_required"):
        await visitor.bot_invokes(turn, TRANSACTIONS, {"limit": 100_000})
    await visitor.hear(turn)
    await visitor.sign_in("alice")
    with pytest.raises(Refused, match="invalid_arguments"):
        await visitor.resume()
    assert visitor.world.api.calls == []


# Another person at the same browser


async def test_what_alice_asked_does_not_resume_for_bob(alice: Visitor) -> None:
    """ASVS 8.2.2: bob signs in over alice's conversation; it is another one for him."""
    await grow_old(alice, FIFTEEN_MINUTES)
    await asked_for_a_proof(alice)
    passed = await alice.sign_in("bob")
    assert passed.resume is False
    with pytest.raises(Refused, match="nothing_pending"):
        await alice.come_back()
    assert alice.world.api.calls == []
    assert await alice.world.gateway.past_messages(alice.cookie) == []


async def test_what_alice_released_does_not_run_for_bob(visitor: Visitor) -> None:
    """ASVS 8.2.2: between her proof and the resumption."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("alice")
    await visitor.sign_in("bob")
    with pytest.raises(Refused, match="nothing_pending"):
        await visitor.come_back()
    assert visitor.world.api.calls == []


async def test_a_turn_opened_to_resume_for_alice_is_dead_for_bob(visitor: Visitor) -> None:
    """ASVS 8.2.2."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("alice")
    turn = await visitor.come_back()
    await visitor.sign_in("bob")
    with pytest.raises(Refused, match="turn_over"):
        await visitor.world.actions.resume(turn.ticket)
    assert visitor.world.api.calls == []


# Step-up


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


async def test_arguments_changed_in_the_database_are_noticed(alice: Visitor) -> None:
    """ASVS 11.3.3: whoever can write to the disk cannot change what is released."""
    await grow_old(alice, FIFTEEN_MINUTES)
    await asked_for_a_proof(alice, BALANCE)
    await alice.prove("alice")
    world = alice.world
    world.sql("UPDATE pending_operations SET operation = ?", TRANSACTIONS)
    with pytest.raises(Refused):
        await alice.resume()
    sealed = "SELECT arguments_sealed FROM pending_operations"
    [(before,)] = world.sql(sealed)
    world.sql("UPDATE pending_operations SET arguments_sealed = ?", before[:-1] + b"\x00")
    with pytest.raises(Refused):
        await alice.resume()
    assert world.api.calls == []


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


# Once, and whole


async def test_resuming_twice_calls_the_api_once(visitor: Visitor) -> None:
    """ASVS 15.4.2: the second time in the turn brings the stored result."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("alice")
    turn = await visitor.come_back()
    first = await visitor.world.actions.resume(turn.ticket)
    assert await visitor.world.actions.resume(turn.ticket) == first
    assert len(visitor.world.api.calls) == 1


async def test_resuming_twenty_times_at_once_calls_the_api_once(visitor: Visitor) -> None:
    """ASVS 15.4.2: from several turns."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("alice")
    turns = [await visitor.come_back() for _ in range(5)]
    attempts = [visitor.world.actions.resume(turn.ticket) for turn in turns for _ in range(4)]
    await asyncio.gather(*attempts, return_exceptions=True)
    assert len(visitor.world.api.calls) == 1


async def test_a_result_that_was_delivered_is_not_delivered_again(visitor: Visitor) -> None:
    """It is erased when its turn is closed."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("alice")
    await visitor.resume()
    with pytest.raises(Refused, match="nothing_pending"):
        await visitor.come_back()
    assert visitor.world.sql("SELECT result_sealed FROM pending_operations") == [(None,)]


async def undelivered(visitor: Visitor) -> None:
    """Run what waited, and lose the answer: the turn that resumed is never closed."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("alice")
    turn = await visitor.come_back()
    await visitor.world.actions.resume(turn.ticket)


async def test_a_result_that_was_not_delivered_is_given_out_again(visitor: Visitor) -> None:
    """A failure of rasa during the resumption loses nothing; nothing is called twice."""
    await undelivered(visitor)
    resumed = await visitor.resume()
    assert resumed.result == ACCOUNTS
    assert len(visitor.world.api.calls) == 1
    assert len(visitor.world.trail("operation:result:redeliver")) == 1


async def test_a_stored_result_is_guarded_like_the_operation(visitor: Visitor) -> None:
    """ASVS 8.3.2: a role removed in between."""
    await undelivered(visitor)
    visitor.world.give_roles("alice", "teller")
    with pytest.raises(Refused, match="forbidden"):
        await visitor.resume()


async def test_a_stored_result_needs_a_fresh_proof_as_well(make_world: MakeWorld) -> None:
    """RFC 9470."""
    visitor = Visitor(make_world())
    await visitor.arrive()
    await undelivered(visitor)
    visitor.world.sql("UPDATE sessions SET proved_at = 0")
    with pytest.raises(Refused, match="step_up_required"):
        await visitor.resume()


async def test_a_stored_result_is_not_kept_for_ever(visitor: Visitor) -> None:
    """Ten minutes after the question it is gone."""
    await undelivered(visitor)
    await grow_old(visitor, 600)
    with pytest.raises(Refused, match="nothing_pending"):
        await visitor.come_back()


async def test_a_stored_result_of_alice_is_not_given_to_bob(visitor: Visitor) -> None:
    """ASVS 8.2.2."""
    await undelivered(visitor)
    await visitor.sign_in("bob")
    with pytest.raises(Refused, match="nothing_pending"):
        await visitor.come_back()


async def test_a_ticket_of_an_ordinary_turn_resumes_nothing(visitor: Visitor) -> None:
    """An action cannot resume of its own accord."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("alice")
    turn = await visitor.say("something else")
    with pytest.raises(Refused, match="nothing_pending"):
        await visitor.world.actions.resume(turn.ticket)
    assert states(visitor.world) == ["approved"]
    assert visitor.world.api.calls == []


async def test_what_was_released_is_displaced_by_a_new_question(visitor: Visitor) -> None:
    """Only the last read resumes, also when the one before was released already."""
    await asked_before_sign_in(visitor, BALANCE)
    await visitor.sign_in("alice")
    visitor.world.sql("UPDATE sessions SET proved_at = 0")
    await asked_for_a_proof(visitor, TRANSACTIONS)
    assert states(visitor.world) == ["void", "waiting"]


async def test_a_resumption_whose_proof_has_grown_old_asks_again(visitor: Visitor) -> None:
    """RFC 9470: every resume runs the whole guard again; the question is not lost."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("alice")
    visitor.world.sql("UPDATE sessions SET proved_at = 0")
    turn = await visitor.come_back()
    with pytest.raises(Refused, match="step_up_required"):
        await visitor.world.actions.resume(turn.ticket)
    [heard] = await visitor.hear(turn)
    assert heard.challenge is not None
    assert states(visitor.world) == ["failed", "waiting"]
    assert (await visitor.prove("alice")).resume is True
    assert (await visitor.resume()).result == ACCOUNTS


async def test_a_person_disabled_after_the_proof_resumes_nothing(visitor: Visitor) -> None:
    """ASVS 7.4.2."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("alice")
    turn = await visitor.come_back()
    visitor.world.disable("alice")
    with pytest.raises(Refused, match="session_expired"):
        await visitor.world.actions.resume(turn.ticket)
    assert visitor.world.api.calls == []


async def test_a_resumption_that_fails_at_the_api_is_over(visitor: Visitor) -> None:
    """The person asks again; nothing is tried behind their back."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("alice")
    visitor.world.api.error = Refused("api_unavailable")
    with pytest.raises(Refused, match="api_unavailable"):
        await visitor.resume()
    assert states(visitor.world) == ["failed"]
    with pytest.raises(Refused, match="nothing_pending"):
        await visitor.come_back()
    assert len(visitor.world.api.calls) == 1


async def test_a_read_interrupted_by_a_crash_has_failed(visitor: Visitor) -> None:
    """At the next start it is ended, and that is on the trail; it never runs again."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("alice")
    visitor.world.sql("UPDATE pending_operations SET state = 'executing'")
    recover(visitor.world.core)
    assert states(visitor.world) == ["failed"]
    assert [r["reason"] for r in visitor.world.trail("pending:operation:fail")] == ["interrupted"]
    assert len(visitor.world.trail("security:process:start")) == 1
    with pytest.raises(Refused, match="nothing_pending"):
        await visitor.come_back()
