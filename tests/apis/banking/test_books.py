"""Any order of payments, copies, settlements and bills, beside a model of a dozen lines."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from apis.banking.bookings import MOST_MINOR
from apis.banking.payment_model import BillOrder, TransferOrder
from apis.banking.writer import Writer
from apis.common.caller import Caller
from apis.common.database import database_path
from apis.common.model import Owner
from apis.common.problems import ProblemError
from tests.support.opened import writing

from .books import ALICE, BOB, BOBS, CURRENT, SAVINGS, Books, caller
from .conftest import NOW, RELATIONS

KEYS = st.sampled_from([f"key-number-{number:05d}" for number in range(4)])
PAIRS = st.sampled_from(
    [
        (CURRENT, "Anna Berg"),
        (CURRENT, "Bob Lindqvist"),
        (CURRENT, "My savings"),
        (CURRENT, "Myself"),
        (SAVINGS, "Myself"),
        (SAVINGS, "My savings"),
        (SAVINGS, "Anna Berg"),
        (BOBS, "Alice Moreau"),
    ]
)
AMOUNTS = st.sampled_from([1, 4, 5, 6, 7_00, 7_01, 500_00, 1400_05, 1400_06, 10_000_00, 10_000_01])
BILLS = {"Tidewater Energy": 72_30, "Lindenhof Homes": 1045_00, "Grand Piano House": 10_000_01}
WHERE = {"My savings": SAVINGS, "Bob Lindqvist": BOBS, "Myself": CURRENT, "Alice Moreau": CURRENT}
HELD = {CURRENT: 80_10}


class Payments(RuleBasedStateMachine):
    """The bank beside a model: balances, how each key ended, which bills are paid."""

    template: Path
    place: Callable[[Path], None]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        home = shutil.copytree(self.template, self.folder / "home")
        self.place(home)
        self.books = Books(database_path(home, "banking"))
        self.writer = Writer(writing(self.books.path), lambda: NOW, RELATIONS)
        self.runner = asyncio.Runner()
        self.balances = {CURRENT: 1480_15, SAVINGS: -5, BOBS: 7_00, "outside": 0}
        self.ended: dict[tuple[Owner, str], tuple[Any, str]] = {}
        self.paid: set[str] = set()
        self.spent: list[Caller] = []

    @rule(key=KEYS, pair=PAIRS, minor=AMOUNTS)
    def transfer(self, key: str, pair: tuple[str, str], minor: int) -> None:
        number, payee = pair
        body = self.books.transfer(payee, f"{minor // 100}.{minor % 100:02d}", number)
        target = WHERE.get(payee, "outside")
        # An amount that is too high is refused before anybody looks where it is to go.
        refusal = "invalid_request" if target == number and minor <= MOST_MINOR else ""
        who = BOB if number == BOBS else ALICE
        order = TransferOrder(**body)
        self._pay(who, key, body, refusal, self.writer.transfer, order, (number, target, minor))

    @rule(key=KEYS, biller=st.sampled_from(sorted(BILLS)), number=st.sampled_from([CURRENT]))
    def pay_bill(self, key: str, biller: str, number: str) -> None:
        body = self.books.bill(biller, number)
        refusal = "details_changed" if biller in self.paid else ""
        order, moved = BillOrder(**body), (number, "outside", BILLS[biller])
        if self._pay(ALICE, key, body, refusal, self.writer.pay_bill, order, moved):
            self.paid.add(biller)

    @rule(key=KEYS, who=st.sampled_from([ALICE, BOB]))
    def settle(self, key: str, who: Owner) -> None:
        _body, outcome = self.ended.setdefault((who, key), (None, "idempotency_key_void"))
        settled = self.runner.run(self.writer.settle(self._caller(who), key))
        assert settled.state == ("done" if outcome == "done" else "void")

    @rule(key=KEYS)
    def replay_a_token(self, key: str) -> None:
        for used in self.spent[-1:]:
            with pytest.raises(ProblemError) as refused:
                self.runner.run(self.writer.settle(used, key))
            assert refused.value.code == "invalid_token"

    @invariant()
    def the_books_are_in_order(self) -> None:
        self.books.check()
        found = {name: self.books.balance(name) for name in (CURRENT, SAVINGS, BOBS)}
        outside = self.books.rows("SELECT balance_minor FROM accounts WHERE tenant = ''")
        assert {**found, "outside": sum(minor for [minor] in outside)} == self.balances

    def teardown(self) -> None:
        self.runner.close()
        self.writer.close()
        shutil.rmtree(self.folder)

    def _caller(self, who: Owner) -> Caller:
        self.spent.append(caller(who))
        return self.spent[-1]

    def _pay(
        self,
        who: Owner,
        key: str,
        body: Any,
        refusal: str,
        write: Any,
        order: Any,
        moved: tuple[str, str, int],
    ) -> bool:
        """Pay in the bank and in the model; return whether the model says that it was booked."""
        source, target, minor = moved
        before = self.ended.get((who, key))
        if before is None:
            expected = refusal or self._refusal(source, minor) or "done"
            self.ended[who, key] = (body, expected)
        elif before[1] == "idempotency_key_void" or before[0] == body:
            expected = before[1]
        else:
            expected = "idempotency_key_reused"
        booked = before is None and expected == "done"
        if booked:
            self.balances[source] -= minor
            self.balances[target] += minor
        call = write(self._caller(who), key, order)
        if expected == "done":
            assert self.runner.run(call).again is not booked
        else:
            with pytest.raises(ProblemError) as refused:
                self.runner.run(call)
            assert refused.value.code == expected
        return booked

    def _refusal(self, source: str, minor: int) -> str:
        if minor > 10_000_00:
            return "limit_exceeded"
        covered = self.balances[source] - HELD.get(source, 0) - minor >= 0
        return "" if covered else "insufficient_funds"


def test_the_books_agree_with_the_model_in_any_order(
    seeded_home: Path, place: Callable[[Path], None]
) -> None:
    """ASVS 15.4.2."""
    machine = type(
        "SeededPayments", (Payments,), {"template": seeded_home, "place": staticmethod(place)}
    )
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
