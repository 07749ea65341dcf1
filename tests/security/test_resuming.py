"""Resuming: once, with the whole guard, for its person, session and conversation alone."""

from __future__ import annotations

import asyncio

import pytest

from security.errors import Refused
from security.server import recover
from tests.security.conftest import MakeWorld
from tests.security.fakes import ACCOUNTS
from tests.security.questions import (
    FIFTEEN_MINUTES,
    asked_before_sign_in,
    asked_for_a_proof,
    grow_old,
    states,
)
from tests.security.visitor import BALANCE, TRANSACTIONS, Visitor


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


@pytest.mark.parametrize(("late", "runs"), [(-1, True), (0, False), (1, False)])
async def test_what_expires_in_mid_turn_does_not_run(
    visitor: Visitor, late: int, runs: bool
) -> None:
    """The limit holds when it runs, not only when the turn to resume is opened."""
    await asked_before_sign_in(visitor)
    visitor.world.clock.advance(seconds=590)
    await visitor.sign_in("alice")
    turn = await visitor.come_back()
    visitor.world.clock.advance(seconds=10 + late)
    if runs:
        assert (await visitor.world.actions.resume(turn.ticket)).result == ACCOUNTS
        return
    with pytest.raises(Refused, match="nothing_pending"):
        await visitor.world.actions.resume(turn.ticket)
    assert visitor.world.api.calls == []


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


OF_ANOTHER = {
    "person": "person_id = (SELECT id FROM people WHERE username_hash = hashed(tenant_id, 'bob'))",
    "session": "session_id = (SELECT id FROM sessions WHERE id != pending_operations.session_id)",
    "conversation": (
        "conversation_id = (SELECT id FROM conversations"
        " WHERE id != pending_operations.conversation_id)"
    ),
}


@pytest.mark.parametrize("change", OF_ANOTHER.values(), ids=OF_ANOTHER)
async def test_what_was_released_for_another_is_not_claimed(visitor: Visitor, change: str) -> None:
    """ASVS 8.2.2: person, session and conversation have to be those of the turn, each of them."""
    await Visitor(visitor.world).arrive()
    await asked_before_sign_in(visitor)
    await visitor.sign_in("alice")
    turn = await visitor.come_back()
    visitor.world.sql(f"UPDATE pending_operations SET {change}")
    with pytest.raises(Refused, match="nothing_pending"):
        await visitor.world.actions.resume(turn.ticket)
    assert visitor.world.api.calls == []


async def test_what_waits_for_another_session_is_not_released(visitor: Visitor) -> None:
    """ASVS 8.2.2: even if it stood in the same conversation."""
    await Visitor(visitor.world).arrive()
    await asked_before_sign_in(visitor)
    visitor.world.sql(f"UPDATE pending_operations SET {OF_ANOTHER['session']}")
    assert (await visitor.sign_in("alice")).resume is False
    assert states(visitor.world) == ["waiting"]
