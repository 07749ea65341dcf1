"""Attacks on writes that nobody approves: repeated, raced, crashed, they happen once."""

from __future__ import annotations

import asyncio

import pytest

from security.errors import Refused
from security.model import BotMessage
from security.ports import Settled
from security.server import build_doubts, recover
from tests.security.conftest import MakeWorld
from tests.security.direct import (
    BOOK,
    BOOKED,
    NOON,
    book,
    booked,
    booking_refused,
    keys,
    personal_write,
    writes,
)
from tests.security.payments import asked_to_approve
from tests.security.questions import FIFTEEN_MINUTES, grow_old
from tests.security.visitor import Visitor
from tests.security.world import Origin


@pytest.fixture
async def pat(make_world: MakeWorld, origin: Origin) -> Visitor:
    """Somebody signed in, at a place that books what it is sent."""
    visitor = Visitor(make_world(operations=personal_write(origin)))
    visitor.world.api.answer = BOOKED
    await visitor.arrive()
    await visitor.sign_in("alice")
    return visitor


async def test_it_runs_without_approval_under_a_key_that_is_on_record_first(pat: Visitor) -> None:
    """ASVS 15.4.2, 16.3.2, GH-4: row and record are durable before the API is called."""
    found: list[tuple[str, str]] = []
    pat.world.api.before = lambda: found.extend(writes(pat))
    assert await booked(pat) == BOOKED
    [(key, state)] = found
    assert state == "executing"
    assert keys(pat) == [key]
    assert 16 <= len(key) <= 64
    assert writes(pat) == [(key, "done")]
    assert pat.world.trail("operation:guard:allow")[-1]["operation"] == BOOK


@pytest.mark.parametrize("kind", ["personal", "protective"])
async def test_classes_without_approval_may_write(
    make_world: MakeWorld, origin: Origin, kind: str
) -> None:
    visitor = Visitor(make_world(operations=personal_write(origin, kind)))
    visitor.world.api.answer = BOOKED
    await visitor.arrive()
    await visitor.sign_in("alice")
    assert await booked(visitor) == BOOKED
    assert len(keys(visitor)) == 1


async def test_a_call_repeated_in_its_turn_happens_once(pat: Visitor) -> None:
    """ASVS 15.4.2: the same turn, operation and arguments have the same key."""
    turn = await pat.say()
    assert [await book(pat, turn) for _ in range(3)] == [BOOKED] * 3
    assert len(keys(pat)) == 1
    assert pat.world.tags().count("operation:result:redeliver") == 2


async def test_calls_at_once_in_one_turn_happen_once(pat: Visitor) -> None:
    """ASVS 15.4.2."""
    turn = await pat.say()
    await asyncio.gather(*(book(pat, turn) for _ in range(5)), return_exceptions=True)
    assert len(keys(pat)) == 1
    assert [state for _, state in writes(pat)] == ["done"]


async def test_other_arguments_are_another_write(pat: Visitor) -> None:
    turn = await pat.say()
    await book(pat, turn)
    await book(pat, turn, name="Dr Dana at one")
    assert len(set(keys(pat))) == 2


async def test_what_was_told_may_be_asked_for_again(pat: Visitor) -> None:
    """Two equal requests of a person are two: whether that may be is for the API to say."""
    await booked(pat)
    await booked(pat)
    assert len(set(keys(pat))) == 2


async def test_what_was_never_told_is_not_done_again(pat: Visitor) -> None:
    """ASVS 15.4.2: rasa died with the answer, and the person asks again."""
    await book(pat, await pat.say())
    assert await booked(pat) == BOOKED
    assert len(keys(pat)) == 1
    assert pat.world.sql("SELECT result_sealed FROM pending_operations") == [(None,)]
    await booked(pat)
    assert len(keys(pat)) == 2


async def test_what_was_never_told_is_told_in_the_next_turn(pat: Visitor) -> None:
    await book(pat, await pat.say())
    said = await pat.hear(await pat.say("hello"))
    assert [m.text for m in said if "It was done once" in (m.text or "")] == [
        "For your information: Booked Dr Dana at noon. It was done once."
    ]


async def test_what_was_told_is_not_told_again(pat: Visitor) -> None:
    await booked(pat)
    said = await pat.hear(await pat.say("hello"))
    assert "done once" not in " ".join(m.text or "" for m in said)


async def test_an_answer_that_got_lost_on_the_way_is_told_at_once(pat: Visitor) -> None:
    """The action could not read it: nothing is lost."""
    turn = await pat.say()
    await book(pat, turn)
    said = await pat.hear(turn, BotMessage(text="Sorry.", refused="api_invalid"))
    assert "It was done once" in " ".join(m.text or "" for m in said)


async def test_what_the_api_refused_is_refused_alike_in_the_same_turn(pat: Visitor) -> None:
    pat.world.api.error = Refused("limit_exceeded")
    turn = await pat.say()
    for _ in range(3):
        with pytest.raises(Refused, match=r"^limit_exceeded$"):
            await book(pat, turn)
    assert len(keys(pat)) == 1
    pat.world.api.error = None
    assert await booked(pat) == BOOKED


async def lost_answer(pat: Visitor) -> None:
    pat.world.api.error = Refused("api_unavailable")
    await booking_refused(pat, "in_doubt")


async def test_a_lost_answer_is_asked_after_under_the_same_key(pat: Visitor) -> None:
    """ASVS 15.4.2: and not repeated while nobody knows, in this turn or another."""
    await lost_answer(pat)
    pat.world.api.error = None
    await booking_refused(pat, "in_doubt")
    [(key, state)] = writes(pat)
    assert state == "in_doubt"
    assert keys(pat) == [key]
    assert {asked.key for asked in pat.world.api.settlings} == {key}


@pytest.mark.parametrize(
    ("settled", "state", "words"),
    [
        (Settled(done=True, result=BOOKED), "done", "Booked Dr Dana at noon"),
        (Settled(done=False), "failed", "was not done"),
    ],
)
async def test_a_doubt_is_settled_later_and_told(
    pat: Visitor, settled: Settled, state: str, words: str
) -> None:
    await lost_answer(pat)
    pat.world.api.settled = settled
    assert await build_doubts(pat.world.core, pat.world.api).settle_all() == 0
    assert [state for _, state in writes(pat)] == [state]
    said = await pat.hear(await pat.say("hello"))
    assert words in " ".join(m.text or "" for m in said)
    pat.world.api.error = None
    assert await booked(pat) == BOOKED


async def test_one_interrupted_by_the_death_of_security_is_in_doubt(pat: Visitor) -> None:
    """ASVS 15.4.2: the row is durable before the call, so a start finds it."""
    await book(pat, await pat.say())
    pat.world.sql("UPDATE pending_operations SET state = 'executing', result_sealed = NULL")
    recover(pat.world.core)
    assert [state for _, state in writes(pat)] == ["in_doubt"]
    await booking_refused(pat, "in_doubt")
    pat.world.api.settled = Settled(done=False)
    assert await build_doubts(pat.world.core, pat.world.api).settle_all() == 0
    assert [state for _, state in writes(pat)] == ["failed"]


async def test_a_stranger_has_to_sign_in_and_to_ask_again(
    make_world: MakeWorld, origin: Origin
) -> None:
    """Signing in never sets a write going: somebody else may have asked for it."""
    visitor = Visitor(make_world(operations=personal_write(origin)))
    await visitor.arrive()
    await booking_refused(visitor, "authentication_required")
    await visitor.sign_in("alice")
    with pytest.raises(Refused, match="nothing_pending"):
        await visitor.come_back()
    assert writes(visitor) == []
    assert keys(visitor) == []


async def asked_for_a_proof(pat: Visitor) -> None:
    """Wait until the last proof is too old, and ask."""
    await grow_old(pat, FIFTEEN_MINUTES)
    await booking_refused(pat, "step_up_required")


async def test_after_a_proof_it_runs_once(pat: Visitor) -> None:
    """RFC 9470: the proof releases what was asked, as it was asked."""
    await asked_for_a_proof(pat)
    await pat.prove("alice")
    turn = await pat.come_back()
    resumed = await pat.world.actions.resume(turn.ticket)
    assert (resumed.result, resumed.arguments) == (BOOKED, NOON)
    [(key, state)] = writes(pat)
    assert (keys(pat), state) == ([key], "done")
    assert await book(pat, turn) == BOOKED
    assert await pat.world.actions.resume(turn.ticket) == resumed
    assert keys(pat) == [key]


async def test_what_a_proof_released_is_void_once_it_was_asked_for_again(pat: Visitor) -> None:
    """ASVS 15.4.2: the person was quicker than the resumption."""
    await asked_for_a_proof(pat)
    await pat.prove("alice")
    coming = await pat.come_back()
    assert await booked(pat) == BOOKED
    with pytest.raises(Refused, match=r"^nothing_pending$"):
        await pat.world.actions.resume(coming.ticket)
    assert len(keys(pat)) == 1
    assert sorted(state for _, state in writes(pat)) == ["done", "void"]
    assert "pending:operation:void" in pat.world.tags()


async def test_what_a_proof_released_does_not_run_beside_a_doubtful_one(pat: Visitor) -> None:
    """ASVS 15.4.2."""
    await lost_answer(pat)
    await grow_old(pat, FIFTEEN_MINUTES)
    pat.world.sql("UPDATE pending_operations SET state = 'failed'")
    await booking_refused(pat, "step_up_required")
    pat.world.sql("UPDATE pending_operations SET state = 'in_doubt' WHERE state = 'failed'")
    await pat.prove("alice")
    turn = await pat.come_back()
    with pytest.raises(Refused, match=r"^in_doubt$"):
        await pat.world.actions.resume(turn.ticket)
    assert len(keys(pat)) == 1


async def test_a_proof_that_nobody_came_back_for_does_nothing(pat: Visitor) -> None:
    await asked_for_a_proof(pat)
    await pat.prove("alice")
    pat.world.clock.advance(seconds=80)
    doubts = build_doubts(pat.world.core, pat.world.api)
    await pat.world.core.database.run_core(doubts.void_unused)
    assert [state for _, state in writes(pat)] == ["void"]
    said = await pat.hear(await pat.say("hello"))
    assert "was not done" in " ".join(m.text or "" for m in said)


async def test_a_proof_of_who_it_is_approves_no_payment(pat: Visitor) -> None:
    """PSD2 RTS 5: two challenges are open, each is worth what it was opened for."""
    pat.world.clock.advance(minutes=1)
    payment = await asked_to_approve(pat)
    await grow_old(pat, FIFTEEN_MINUTES)
    await pat.is_refused("step_up_required")
    proof = pat.challenge_id
    assert proof != payment.id
    await pat.prove("alice")
    states = dict(pat.world.sql("SELECT kind, state FROM pending_operations"))
    assert states == {"write": "waiting", "read": "approved"}


async def test_saying_no_voids_what_waits_for_a_proof(pat: Visitor) -> None:
    await asked_for_a_proof(pat)
    turn = await pat.say("no")
    assert await pat.world.actions.cancel(turn.ticket)
    assert [state for _, state in writes(pat)] == ["void"]


async def test_another_persons_equal_write_is_their_own(pat: Visitor) -> None:
    """One key a person: digest and doubt of one stop nobody else."""
    await lost_answer(pat)
    pat.world.api.error = None
    bob = Visitor(pat.world)
    await bob.arrive()
    await bob.sign_in("bob")
    assert await booked(bob) == BOOKED
    assert len(set(keys(pat))) == 2


async def test_arguments_are_sealed_and_the_key_says_nothing_of_them(pat: Visitor) -> None:
    await booked(pat)
    [(sealed, key)] = pat.world.sql("SELECT arguments_sealed, id FROM pending_operations")
    assert b"Dana" not in sealed
    assert set(key) <= set("0123456789abcdef")
