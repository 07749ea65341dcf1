"""A payment whose answer is lost: asked after, never repeated, and the person is told."""

from __future__ import annotations

from contextlib import suppress

import pytest

from security.errors import Refused
from security.model import BotMessage, Message
from security.ports import Settled
from security.server import build_doubts, recover
from security.services.doubts import ABANDONED
from tests.security.payments import RECEIPT, asked, asked_to_approve, rows
from tests.security.visitor import Visitor


@pytest.fixture
async def payer(alice: Visitor) -> Visitor:
    """Alice, at a bank that books what it is sent."""
    alice.world.api.answer = RECEIPT
    return alice


async def test_an_approval_that_nobody_used_is_void_and_told(payer: Visitor) -> None:
    await asked_to_approve(payer)
    await payer.prove("alice")
    payer.world.clock.advance(seconds=80)
    doubts = build_doubts(payer.world.core, payer.world.api)
    await payer.world.core.database.run_core(doubts.void_unused)
    assert rows(payer) == [("write", "void")]
    said = await payer.hear(await payer.say("hello"))
    assert any("was not done" in (message.text or "") for message in said)


async def test_what_the_bank_refuses_is_not_done_and_not_in_doubt(payer: Visitor) -> None:
    payer.world.api.error = Refused("insufficient_funds")
    await asked_to_approve(payer)
    await payer.prove("alice")
    turn = await payer.come_back()
    with pytest.raises(Refused, match="insufficient_funds"):
        await payer.world.actions.resume(turn.ticket)
    assert rows(payer) == [("write", "failed")]
    assert payer.world.api.settlings == []


async def lost_answer(payer: Visitor) -> None:
    payer.world.api.error = Refused("api_unavailable")
    await asked_to_approve(payer)
    await payer.prove("alice")


@pytest.mark.parametrize(
    ("settled", "code", "state"),
    [
        (Settled(done=True, result=RECEIPT), None, "done"),
        (Settled(done=False), "api_unavailable", "failed"),
        (None, "in_doubt", "in_doubt"),
    ],
)
async def test_a_lost_answer_is_asked_after_under_the_same_key(
    payer: Visitor, settled: Settled | None, code: str | None, state: str
) -> None:
    """ASVS 15.4.2: never retried under a new key."""
    await lost_answer(payer)
    payer.world.api.settled = settled
    turn = await payer.come_back()
    if code is None:
        assert (await payer.world.actions.resume(turn.ticket)).result == RECEIPT
    else:
        with pytest.raises(Refused, match=f"^{code}$"):
            await payer.world.actions.resume(turn.ticket)
    assert rows(payer) == [("write", state)]
    [call], [question] = payer.world.api.calls, payer.world.api.settlings
    assert call.key == question.key


async def in_doubt(payer: Visitor) -> None:
    await lost_answer(payer)
    turn = await payer.come_back()
    with pytest.raises(Refused, match="in_doubt"):
        await payer.world.actions.resume(turn.ticket)
    await payer.hear(turn)


async def test_a_doubtful_payment_is_not_asked_for_twice(payer: Visitor) -> None:
    await in_doubt(payer)
    await asked(payer, "in_doubt")
    await asked_to_approve(payer, amount="51.00")
    assert rows(payer) == [("write", "in_doubt"), ("write", "waiting")]


@pytest.mark.parametrize(
    ("settled", "state", "words"),
    [
        (Settled(done=True, result=RECEIPT), "done", "Paid 50.00 EUR to Anna Berg"),
        (Settled(done=False), "failed", "was not done"),
    ],
)
async def test_a_doubt_is_settled_later_and_the_person_told_once(
    payer: Visitor, settled: Settled, state: str, words: str
) -> None:
    await in_doubt(payer)
    doubts = build_doubts(payer.world.core, payer.world.api)
    assert await doubts.settle_all() == 1
    payer.world.api.settled = settled
    assert await doubts.settle_all() == 0
    assert rows(payer) == [("write", state)]
    assert len(payer.world.api.calls) == 1
    said = await payer.hear(await payer.say("hello"))
    assert any(words in (message.text or "") for message in said)
    assert all(words not in (m.text or "") for m in await payer.hear(await payer.say("hello")))


async def test_a_write_interrupted_by_the_death_of_security_is_in_doubt(payer: Visitor) -> None:
    """GH-4: the intent is durable before the call; at start nobody knows, so the bank is asked."""
    await asked_to_approve(payer)
    await payer.prove("alice")
    payer.world.sql("UPDATE pending_operations SET state = 'executing'")
    recover(payer.world.core)
    assert rows(payer) == [("write", "in_doubt")]
    payer.world.api.settled = Settled(done=False)
    assert await build_doubts(payer.world.core, payer.world.api).settle_all() == 0
    assert rows(payer) == [("write", "failed")]
    assert "pending:operation:settle" in payer.world.tags()


async def test_news_reaches_the_person_in_another_conversation(payer: Visitor) -> None:
    """Whoever lost their session is told after the next sign-in, and nobody else is."""
    await in_doubt(payer)
    payer.world.api.settled = Settled(done=True, result=RECEIPT)
    await build_doubts(payer.world.core, payer.world.api).settle_all()
    bob, again = Visitor(payer.world), Visitor(payer.world)
    for somebody, name in ((bob, "bob"), (again, "alice")):
        await somebody.arrive()
        await somebody.sign_in(name)
    heard = [await one.hear(await one.say("hello")) for one in (bob, again)]
    told = ["It was done once" in " ".join(m.text or "" for m in said) for said in heard]
    assert told == [False, True]


async def booked_but_not_recorded(payer: Visitor) -> None:
    """Pay, and let the trail fail between the bank's answer and its record."""
    sql = payer.world.sql
    payer.world.api.before = lambda: sql("ALTER TABLE audit RENAME TO audit_gone")
    await asked_to_approve(payer)
    await payer.prove("alice")
    turn = await payer.come_back()
    with pytest.raises(Refused, match=r"^in_doubt$"):
        await payer.world.actions.resume(turn.ticket)
    sql("ALTER TABLE audit_gone RENAME TO audit")
    payer.world.api.before = None
    await payer.hear(turn, BotMessage(text="I do not know yet.", refused="in_doubt"))


async def test_nobody_hears_not_done_of_what_was_booked_but_not_recorded(payer: Visitor) -> None:
    """ASVS 15.4.2: else the person pays again."""
    await booked_but_not_recorded(payer)
    assert rows(payer) == [("write", "executing")]
    await asked(payer, "in_doubt")
    assert len(payer.world.api.calls) == 1


@pytest.mark.parametrize(("late", "state"), [(-1, "executing"), (0, "executing"), (1, "in_doubt")])
async def test_a_write_whose_outcome_was_not_recorded_is_doubted_without_a_restart(
    payer: Visitor, late: int, state: str
) -> None:
    await booked_but_not_recorded(payer)
    payer.world.clock.advance(seconds=ABANDONED.total_seconds() + late)
    doubts = build_doubts(payer.world.core, payer.world.api)
    await payer.world.core.database.run_core(doubts.doubt_abandoned)
    assert rows(payer) == [("write", state)]
    if state == "in_doubt":
        assert "pending:operation:doubt" in payer.world.tags()
        payer.world.api.settled = Settled(done=True, result=RECEIPT)
        assert await doubts.settle_all() == 0
        said = await payer.hear(await payer.say("hello"))
        assert any("It was done once" in (message.text or "") for message in said)


async def test_one_doubt_that_cannot_be_settled_keeps_no_other_from_it(payer: Visitor) -> None:
    """ASVS 16.5.3: a damaged row is one row."""
    await in_doubt(payer)
    payer.world.sql("UPDATE pending_operations SET arguments_sealed = x'00'")
    payer.world.clock.advance(seconds=30)
    await asked_to_approve(payer, amount="51.00")
    await payer.prove("alice")
    turn = await payer.come_back()
    with pytest.raises(Refused, match="in_doubt"):
        await payer.world.actions.resume(turn.ticket)
    payer.world.sql("UPDATE pending_operations SET operation = 'banking.add_payee' WHERE rowid = 1")
    payer.world.api.settled = Settled(done=True, result=RECEIPT)
    assert await build_doubts(payer.world.core, payer.world.api).settle_all() == 1
    assert rows(payer) == [("write", "in_doubt"), ("write", "done")]


async def test_attack_the_same_payment_in_two_sessions_while_one_is_in_doubt(
    payer: Visitor,
) -> None:
    """ASVS 15.4.2: asked for before the doubt, approved after it: it may have been done."""
    other = Visitor(payer.world)
    await other.arrive()
    await other.sign_in("alice")
    await asked_to_approve(other)
    await in_doubt(payer)
    payer.world.api.error = None
    await other.prove("alice")
    turn = await other.come_back()
    with pytest.raises(Refused, match="in_doubt"):
        await payer.world.actions.resume(turn.ticket)
    assert rows(payer) == [("write", "failed"), ("write", "in_doubt")]
    assert len(payer.world.api.calls) == 1


APOLOGY = BotMessage(text="No answer.", refused="api_unavailable")


def news(said: list[Message]) -> list[str]:
    return [message.text for message in said if (message.text or "").startswith("For your info")]


@pytest.mark.parametrize(
    ("error", "words"), [(None, "It was done once"), ("insufficient_funds", "was not done")]
)
async def test_what_became_of_a_payment_is_told_after_two_turns_were_lost(
    payer: Visitor, error: str | None, words: str
) -> None:
    """The gateway resumes a lost turn once more and drops what the first one said."""
    payer.world.api.error = Refused(error) if error else None
    await asked_to_approve(payer)
    await payer.prove("alice")
    turn = await payer.come_back()
    with suppress(Refused):
        await payer.world.actions.resume(turn.ticket)
    assert news(await payer.hear(turn, APOLOGY)) == []
    if error is None:
        assert news(await payer.hear(await payer.come_back(), APOLOGY)) == []
    [told] = news(await payer.hear(await payer.say("hello")))
    assert words in told
    assert news(await payer.hear(await payer.say("hello"))) == []


async def test_a_refusal_that_was_delivered_is_not_told_again(payer: Visitor) -> None:
    payer.world.api.error = Refused("insufficient_funds")
    await asked_to_approve(payer)
    await payer.prove("alice")
    turn = await payer.come_back()
    with pytest.raises(Refused, match="insufficient_funds"):
        await payer.world.actions.resume(turn.ticket)
    refusal = BotMessage(text="There is not enough.", refused="insufficient_funds")
    assert news(await payer.hear(turn, refusal)) == []
    assert news(await payer.hear(await payer.say("hello"))) == []


@pytest.mark.parametrize("state", ["executing", "in_doubt"])
async def test_no_is_not_answered_with_nothing_was_done_while_it_may_have_been(
    payer: Visitor, state: str
) -> None:
    """A cancel that comes too late says so; what else waits is void all the same."""
    await in_doubt(payer)
    payer.world.sql("UPDATE pending_operations SET state = ?", state)
    turn = await payer.say("no")
    with pytest.raises(Refused, match="in_doubt"):
        await payer.world.actions.cancel(turn.ticket)
    await payer.hear(turn)
    await asked_to_approve(payer, amount="51.00")
    turn = await payer.say("no")
    assert await payer.world.actions.cancel(turn.ticket) is True
    assert rows(payer) == [("write", state), ("write", "void")]
