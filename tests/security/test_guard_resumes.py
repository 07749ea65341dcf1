"""What the guard does with what a proof has released, was done before, or is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from security.errors import Refused
from security.operations.confirmation import Limit
from security.pending import State
from security.ports import Waiting
from tests.security.guard_bench import DENY, HERE, READ, TRANSFER, Bench, approved
from tests.security.payments import TO_ANNA
from tests.security.pins import CARD
from tests.security.test_checks import CARL, NOW
from tests.security.test_writes import DOCUMENT

PAYMENT = {**TO_ANNA, "amount": "30.00"}
RELEASED = Waiting("key-1", READ, {}, "action", words="as asked")
COMING_BACK = replace(HERE, resume=True)


async def resumed(bench: Bench) -> Any:
    return await bench.guard().resume("ticket")


async def test_what_was_released_runs_with_every_check_again() -> None:
    bench = Bench(case=COMING_BACK, claimed=RELEASED)
    told = await resumed(bench)
    assert (told.action, told.operation, told.arguments) == ("action", READ, {})
    assert (told.result, told.words, told.sensitive) == ("result", "as asked", None)
    assert bench.log == [
        ("token", READ, "key-1"),
        ("call", READ, "1-1", RELEASED),
        ("with", None, None),
    ]
    assert bench.rated == [("alice", READ)]
    assert bench.cases == [None, COMING_BACK], "whose it is, is known by then"


async def test_a_payment_runs_by_its_approval_under_its_key() -> None:
    """PSD2 RTS 5: what SMS codes approved today counts, this very one left out."""
    waiting = approved(TRANSFER, PAYMENT, "sms")
    bench = Bench(case=COMING_BACK, claimed=waiting)
    assert (await resumed(bench)).result == "result"
    assert bench.log == [
        ("limit", "key-1"),
        ("token", TRANSFER, "key-1"),
        ("call", TRANSFER, "1-1", waiting),
        ("with", None, None),
    ]


async def test_attack_several_small_payments_make_no_large_one() -> None:
    """PSD2 RTS 5: the limit of the day is used up by parts."""
    spent = Limit(Decimal("29.99"), "EUR")
    bench = Bench(case=COMING_BACK, claimed=approved(TRANSFER, PAYMENT, "sms"), left=spent)
    with pytest.raises(Refused, match="confirmation_required"):
        await resumed(bench)
    settled = ("settle", State.FAILED, None, NOW, "confirmation_required")
    assert [one for one in bench.log if one[0] == "settle"] == [settled]
    assert bench.said() == [(DENY, "method_too_weak")]


async def test_what_was_typed_in_the_panel_goes_with_it_once() -> None:
    waiting = approved("banking.change_pin", CARD, "totp")
    typed = {"new_pin": "1928", "salt": "s"}
    bench = Bench(case=COMING_BACK, claimed=waiting)
    bench.entries.keep("key-1", typed, NOW)
    await resumed(bench)
    assert bench.log[-1] == ("with", typed, None)
    with pytest.raises(Refused, match="entry_lost"):
        await resumed(bench)


async def test_one_that_may_have_been_done_does_not_run() -> None:
    """ASVS 15.4.2."""
    waiting = approved(TRANSFER, PAYMENT, "totp")
    assert waiting.approval is not None
    bench = Bench(case=COMING_BACK, claimed=waiting, doubts=(waiting.approval.digest,))
    with pytest.raises(Refused, match="in_doubt"):
        await resumed(bench)
    assert bench.log[-1] == ("settle", State.FAILED, None, NOW, "in_doubt")


@pytest.mark.parametrize(
    ("case", "claimed", "doubts", "code"),
    [
        (COMING_BACK, None, (), "nothing_pending"),
        (COMING_BACK, None, (None,), "in_doubt"),
        (HERE, RELEASED, (), "nothing_pending"),
    ],
)
async def test_where_nothing_was_released_nothing_runs(
    case: Any, claimed: Any, doubts: Any, code: str
) -> None:
    """Only in a turn that was opened for it."""
    bench = Bench(case=case, claimed=claimed, doubts=doubts)
    with pytest.raises(Refused, match=code):
        await resumed(bench)
    assert (bench.said(), bench.log) == ([(DENY, code)], [])
    assert bench.events[0].turn == "turn"


async def test_a_document_that_was_released_leaves_its_link() -> None:
    person = replace(CARL, roles=("employee",))
    waiting = Waiting("key-1", DOCUMENT.name, {"document": f"doc_{'A' * 22}"}, "action")
    bench = Bench(case=replace(COMING_BACK, person=person), claimed=waiting)
    assert (await resumed(bench)).result == {}
    assert bench.log == [("link", DOCUMENT.name), ("settle", State.DONE, {}, NOW)]
    again = replace(waiting, stored_result={}, has_result=True)
    bench = Bench(case=replace(COMING_BACK, person=person), claimed=again)
    assert (await resumed(bench)).result == {}
    assert bench.log == [("link", DOCUMENT.name)]
    assert bench.said()[-1] == ("operation:result:redeliver", None)


async def test_a_result_that_reached_nobody_is_given_out_and_nothing_is_called() -> None:
    """ASVS 15.4.2: its approval was used in time, and is as old as it is."""
    long_ago = NOW - timedelta(minutes=9)
    done = replace(
        approved(TRANSFER, PAYMENT, "totp", long_ago), stored_result="r", has_result=True
    )
    bench = Bench(case=COMING_BACK, claimed=done)
    assert (await resumed(bench)).result == "r"
    assert bench.said() == [("operation:result:redeliver", None)]
    assert bench.log == [("limit", "key-1")]
    assert bench.cases == [None, COMING_BACK]
    read = replace(RELEASED, stored_result="r", has_result=True)
    old = replace(COMING_BACK, proved_at=NOW - timedelta(hours=1))
    bench = Bench(case=old, claimed=read)
    with pytest.raises(Refused, match="step_up_required"):
        await resumed(bench)
    assert bench.log == [], "nothing is kept: the result waits already"


@pytest.mark.parametrize(
    ("cancels", "doubts", "voided"),
    [(True, (), True), (True, (None,), True), (False, (), False)],
)
async def test_what_waits_is_taken_back(cancels: bool, doubts: Any, voided: bool) -> None:
    bench = Bench(cancels=cancels, doubts=doubts)
    assert await bench.guard().cancel("ticket") is voided
    assert bench.events == []


async def test_what_may_have_been_done_cannot_be_taken_back() -> None:
    bench = Bench(doubts=(None,))
    with pytest.raises(Refused, match="in_doubt"):
        await bench.guard().cancel("ticket")
    assert bench.said() == [(DENY, "in_doubt")]
    [event] = bench.events
    assert (event.turn, event.tenant) == ("turn", "bank")
