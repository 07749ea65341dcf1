"""Whom an answer names is told or put on the trail, and gets no further."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from security import execution
from security.execution import parted
from security.guard_records import Intent
from security.ports import Done, Settled
from tests.security.policies import DECLARED
from tests.security.test_checks import ALICE, CANCEL, CARL, CASE, NOW, OWN, PERSONAL
from tests.security.test_execution import DECIDE, DONE, NAME, OTHER, TEAM, WAITING, Bench

ERASE = DECLARED["account.erase"]


async def test_whose_data_it_was_is_on_the_trail_and_not_in_the_answer() -> None:
    """HIPAA 164.312(b): the trail's names are beginnings of those that the API knows."""
    assert TEAM.about is not None
    rows = [{TEAM.about: name, "days": 2} for name in (NAME, OTHER)]
    bench = Bench(answer=rows)
    assert await bench.carry_out(TEAM) == [{"days": 2}] * 2
    assert bench.outcome() == (DONE, None, (NAME[:24], OTHER[:24]))


def test_a_result_without_names_is_what_it_was() -> None:
    for operation in (PERSONAL, CANCEL):
        result = {"about": "x", "employee": NAME}
        assert parted(operation, result).result is result
        assert (parted(operation, result).whom, parted(operation, result).about) == (None, ())


async def test_whom_it_was_about_is_told_by_a_name_that_nobody_else_gets() -> None:
    """ASVS 6.3.7: the field of the answer goes no further than security."""
    bench = Bench(answer={"employee": NAME, "state": "approved"})
    waiting = replace(WAITING, operation=DECIDE.name)
    assert await bench.carry_out(DECIDE, waiting) == {"state": "approved"}
    assert bench.ended[0][3] == {"state": "approved"}
    assert bench.informed == [(ALICE, Done(DECIDE, {"number": "AC-1"}, NAME, "why"), NOW)]
    assert bench.told == []
    silent = Bench(answer={"state": "approved"})
    await silent.carry_out(DECIDE, waiting)
    assert silent.informed == []


class Own:
    """Security's own answers."""

    async def call(self, intent: Intent) -> Any:
        return {"own": intent.operation.name}

    async def settle(self, operation: Any, holder: Any) -> Settled:
        return Settled(True, {"settled": operation.name, "of": holder.person.id})


async def test_what_security_answers_itself_leaves_with_no_token() -> None:
    bench = Bench(own=Own(), settled=Settled(True))
    assert await bench.carry_out(OWN) == {"own": OWN.name}
    held = replace(CASE, person=CARL)
    asked = await bench.made().ask_after(ERASE, "key-1", held, {})
    assert asked.result == {"settled": ERASE.name, "of": "carl"}
    assert (bench.calls, bench.asked) == ([], [])
    assert (await bench.made().ask_after(CANCEL, "key-1", held, {"a": 1})).done
    assert bench.asked == [
        (CANCEL.name, "key-1", "of carl for orders.cancel_order key-1", {"a": 1})
    ]


async def test_how_long_a_call_took_is_in_microseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounded down."""
    monkeypatch.setattr(execution, "perf_counter_ns", iter((5_000_000, 7_000_999)).__next__)
    bench = Bench(answer={})
    await bench.carry_out(PERSONAL)
    assert bench.took == [2_000]
