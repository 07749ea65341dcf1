"""Sign in, rotate, ask, approve, change the amount, crash, in any order: a small model agrees.

The model knows no database and no digest: one session, one payment that waits, one approval,
and the payments that reached the bank.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from security.errors import Refused
from security.ports import Settled
from security.server import build_doubts, recover
from tests.security.payment_model import Model
from tests.security.payments import RECEIPT, asking, saying_no
from tests.security.visitor import Visitor
from tests.security.world import Origin, World

IDLE, CHALLENGE, APPROVAL = timedelta(minutes=5), timedelta(minutes=5), timedelta(minutes=1)
AMOUNTS = ("10.00", "20.00", "30.00")


class Machine(RuleBasedStateMachine):
    """Alice at her browser, a thief with copies of her cookies and codes, and a bank."""

    origin: Origin
    folder: Path
    made = 0

    @initialize()
    def begin(self) -> None:
        Machine.made += 1
        home = self.folder / str(Machine.made)
        shutil.copytree(self.origin.home, home)
        self.runner = asyncio.Runner()
        self.world = World(home, self.origin, limit_passwords_per_minute=1_000_000)
        self.world.api.answer = RECEIPT
        self.alice = Visitor(self.world)
        self.run(self.alice.arrive())
        self.model = Model(self.world.clock.now)
        self.stolen: list[tuple[str, str]] = []
        self.used: list[tuple[str, str]] = []
        self.sign_in()

    def run(self, doing: Coroutine[Any, Any, Any]) -> str | None:
        """Do it; return the code of a refusal."""
        try:
            self.runner.run(doing)
        except Refused as refused:
            return refused.code
        return None

    @property
    def now(self) -> datetime:
        return self.world.clock.now

    def is_live(self) -> bool:
        """Whether the model's session may be used now."""
        idle = IDLE if self.model.signed_in else timedelta(hours=1)
        return self.model.live and self.now - self.model.seen_at < idle

    def used_now(self) -> None:
        self.model.seen_at = self.now

    # The person

    @rule()
    def sign_in(self) -> None:
        """A password and a fresh code; the old id is dead at once."""
        if not self.is_live():
            self.alice = Visitor(self.world)
            self.run(self.alice.arrive())
            self.model = Model(self.now, doubtful=self.model.doubtful, paid=self.model.paid)
        old = (self.alice.cookie, self.alice.csrf)
        assert self.run(self.alice.sign_in("alice")) is None
        self.stolen.append(old)
        self.model.signed_in = True
        # Only one challenge stays open: what waited for its approval has to be asked for again.
        self.model.waiting = None
        self.used_now()

    @rule()
    def sign_out(self) -> None:
        code = self.run(self.alice.sign_out())
        assert code == (None if self.is_live() else "session_expired")
        self.stolen.append((self.alice.cookie, self.alice.csrf))
        self.model.live = False
        self.model.forget()

    @rule(seconds=st.sampled_from([1, 29, 59, 60, 61, 150, 299, 300, 301]))
    def time_passes(self, seconds: int) -> None:
        self.world.clock.advance(seconds=seconds)
        if not self.is_live():
            self.model.live = False
            self.model.forget()

    @rule()
    def extend(self) -> None:
        """Also rotates the id where a quarter of an hour is over."""
        before = (self.alice.cookie, self.alice.csrf)
        code = self.run(self.alice.extend())
        assert code == (None if self.is_live() else "session_expired")
        if code is None:
            self.used_now()
            assert self.alice.csrf == before[1]

    @rule(amount=st.sampled_from(AMOUNTS))
    def ask(self, amount: str) -> None:
        """Asking for another payment, or the same again, voids the one that waits."""
        code = self.run(asking(self.alice, amount))
        if not self.is_live():
            assert code == "session_expired"
            return
        self.used_now()
        if not self.model.signed_in:
            assert code == "authentication_required"
        elif amount in self.model.doubtful:
            assert code == "in_doubt"
        else:
            assert code == "confirmation_required"
            self.model.forget()
            self.model.waiting, self.model.asked_at = amount, self.now

    @rule(right=st.booleans())
    def approve(self, right: bool) -> None:
        """A right code approves exactly what waits; a wrong one nothing."""
        if self.alice.challenge is None:
            return
        if right:
            code = self.run(self.alice.prove("alice"))
        else:
            code = self.run(self.alice.answer(self.world.wrong_code_for("alice")))
        challenge = self.alice.challenge_id
        model = self.model
        open_ = (
            self.is_live()
            and model.waiting is not None
            and model.asked_at is not None
            and self.now - model.asked_at < CHALLENGE
        )
        if not open_:
            assert code in {"expired", "session_expired", "unknown_challenge", "locked"}
            return
        if not right:
            assert code in {"wrong_code", "locked"}
            if code == "locked":
                model.forget()
            return
        if code == "locked":
            return  # Wrong codes before have paused the app: nothing passes, right or not.
        assert code is None
        self.used.append((challenge, self.world.code_of("alice")))
        model.approved, model.approved_at, model.waiting = model.waiting, self.now, None
        self.used_now()

    @rule()
    def cancel(self) -> None:
        """ "No": what waits is void, approved or not."""
        if not self.is_live():
            return
        self.run(saying_no(self.alice))
        self.used_now()
        self.model.forget()

    @rule(bank=st.sampled_from(["books", "books_and_is_lost", "is_lost", "is_silent", "refuses"]))
    def come_back(self, bank: str) -> None:
        """The approved payment runs once; its answer may be lost."""
        api, model = self.world.api, self.model
        errors = {"books": None, "refuses": Refused("insufficient_funds")}
        api.error = errors.get(bank, Refused("api_unavailable"))
        api.settled = {
            "books_and_is_lost": Settled(done=True, result=RECEIPT),
            "is_lost": Settled(done=False),
        }.get(bank)
        code = self.run(self.alice.resume())
        fresh = model.approved_at is not None and self.now - model.approved_at < APPROVAL
        if not self.is_live():
            assert code == "session_expired"
        elif model.approved is None or not model.signed_in:
            # What a doubt became is told once, by whatever resumes next.
            assert code in {"nothing_pending", "in_doubt"} or (code is None and model.settled)
            model.settled = model.settled and code is not None
            self.used_now()
        elif not fresh:
            assert code in {"confirmation_required", "in_doubt"}
            model.waiting = model.approved if code == "confirmation_required" else None
            model.asked_at, model.approved = self.now, None
            self.used_now()
        else:
            amount, model.approved = model.approved, None
            expected = {"refuses": "insufficient_funds", "is_silent": "in_doubt"}
            expected |= {"is_lost": "api_unavailable"}
            assert code == expected.get(bank)
            if bank == "is_silent":
                model.doubtful.add(amount)
            elif code is None:
                model.paid.append(amount)
            self.used_now()

    @rule(
        amount=st.sampled_from(AMOUNTS),
        before=st.sampled_from([0, 59, 269, 270, 271, 299, 300]),
        between=st.sampled_from([0, 59, 60, 61]),
        bank=st.sampled_from(["books", "books_and_is_lost", "is_silent"]),
    )
    def pay(self, amount: str, before: int, between: int, bank: str) -> None:
        """The whole way at once, so that its boundaries are met often."""
        self.ask(amount)
        self.time_passes(before)
        self.approve(right=True)
        self.time_passes(between)
        self.come_back(bank)

    # The world

    @rule(done=st.booleans())
    def security_dies_and_starts(self, done: bool) -> None:
        """A new process on the same database; the bank now answers about every doubt."""
        self.world.core.database.close()
        self.world.wire(self.world.core_again())
        recover(self.world.core)
        self.world.api.settled = Settled(done=done, result=RECEIPT if done else None)
        self.runner.run(build_doubts(self.world.core, self.world.api).settle_all())
        self.model.doubts_settle(done)

    # The thief

    @precondition(lambda self: self.stolen)
    @rule(data=st.data())
    def a_thief_uses_an_old_cookie(self, data: st.DataObject) -> None:
        """ASVS 7.4.1: an id that was replaced or signed out opens nothing."""
        thief = Visitor(self.world)
        thief.cookie, thief.csrf = data.draw(st.sampled_from(self.stolen))
        assert self.run(thief.look()) == "session_expired"

    @precondition(lambda self: self.used)
    @rule(data=st.data())
    def a_thief_replays_a_code(self, data: st.DataObject) -> None:
        """ASVS 6.5.1: an answer that was right once is worth nothing, not even in her session."""
        challenge, code = data.draw(st.sampled_from(self.used))
        assert self.run(self.alice.answer(code, challenge)) is not None

    # What always holds

    @invariant()
    def the_bank_got_what_was_approved(self) -> None:
        """ASVS 15.4.2: as often as the model says, each under a key of its own."""
        if not hasattr(self, "world"):
            return
        calls = self.world.api.calls
        assert len({call.key for call in calls}) == len(calls)
        done = self.world.sql("SELECT COUNT(*) FROM pending_operations WHERE state = 'done'")
        assert done == [(len(self.model.paid),)]

    @invariant()
    def one_write_waits_at_most(self) -> None:
        if not hasattr(self, "world"):
            return
        # In each conversation: what a session left that idled out can be approved by no other.
        query = "SELECT conversation_id FROM pending_operations WHERE state IN (?, ?)"
        assert len(found := self.world.sql(query, "waiting", "approved")) == len(set(found))

    def teardown(self) -> None:
        """Let go of everything."""
        if hasattr(self, "world"):
            self.world.close()
            self.runner.close()
            shutil.rmtree(self.world.home)


@pytest.mark.slow
def test_a_session_and_its_payments_do_what_the_model_says(origin: Origin, tmp_path: Path) -> None:
    """Any order of signing in, asking, approving, crashing and stealing."""
    Machine.origin, Machine.folder = origin, tmp_path
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
