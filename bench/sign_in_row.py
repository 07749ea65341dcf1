"""Sign-ins and step-ups, in this process: how many one core does, and what the hash costs of it.

The core's clock is moved on by one TOTP step before each proof, so that one customer has a code
that was not used before as often as the machine can ask for one.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp

from bench.customers import TENANT, Customer
from bench.guard_row import Stub
from bench.ours import set_up_people
from bench.rows import Row
from bench.work import Work
from security.core import Core
from security.errors import Refused
from security.guard import Guard
from security.guard_parts import build_guard
from security.guard_records import Ask
from security.model import BotMessage
from security.passwords import Passwords
from security.server import build_core
from security.services.proving import Challenges
from security.services.sessions import Sessions
from security.services.sign_in import Credentials, SignIn
from security.services.turns import Opening, Turns
from security.settings import SecuritySettings

_WARM_UP = 5
_STEP = timedelta(seconds=30)
_ADDRESS = "127.0.0.1"
PAY: dict[str, Any] = {
    "account": "acc_" + "A" * 22,
    "account_number": "•••• 4021",
    "payee": "pay_" + "A" * 22,
    "payee_name": "Anna Berg",
    "payee_number": "•••• 7788",
    "amount": "50.00",
    "currency": "EUR",
}


@dataclass
class _Costs:
    """Seconds of processor time and of waiting, one entry a try."""

    processor: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)

    def per_core(self) -> float:
        """Return how many one core does in a second."""
        return 1 / statistics.median(self.processor[_WARM_UP:])

    def answer_ms(self) -> float:
        """Return the median of the answers, in milliseconds."""
        return statistics.median(self.answers[_WARM_UP:]) * 1_000


@dataclass
class _Bank:
    """One customer at a core whose clock moves when it is told to."""

    core: Core
    customer: Customer
    hashing: ThreadPoolExecutor
    guard: Guard
    now: datetime

    def code(self) -> str:
        """Return a code of a step that was not used before."""
        self.now += _STEP
        return str(pyotp.TOTP(self.customer.totp_secret).at(self.now))

    async def sign_in(self, costs: _Costs) -> tuple[str, str]:
        """Sign in by password and code; return the session's id and CSRF token."""
        arrived = await Sessions(self.core).create(None)
        began = time.process_time()
        given = Credentials(TENANT, self.customer.username, self.customer.password, _ADDRESS)
        sign_in = SignIn(self.core, self.hashing, lambda _name, _address, _browser: True)
        holder = str(arrived.session_id), arrived.csrf_token
        passed = await sign_in.password(*holder, given)
        if passed.challenge is None:
            raise RuntimeError("the customer has no second factor")
        holder = await self._answer(holder, passed.challenge.id, costs)
        costs.processor.append(time.process_time() - began)
        return holder

    async def step_up(self, holder: tuple[str, str], costs: _Costs) -> tuple[str, str]:
        """Ask for a payment and approve it with a code; nothing is paid."""
        turns = Turns(self.core)
        began = time.process_time()
        opened = await turns.open(*holder, Opening(text="send Anna fifty euros"))
        if opened.turn is None:
            raise RuntimeError("the turn was answered without the guard")
        with contextlib.suppress(Refused):
            await self.guard.invoke(
                opened.turn.ticket, Ask("banking.make_transfer", PAY, "action_transfer_money")
            )
        *_, last = await turns.close(opened.turn.turn_id, [BotMessage(text="Please confirm.")])
        if last.challenge is None:
            raise RuntimeError("the payment asked for no approval")
        holder = await self._answer(holder, last.challenge.id, costs)
        costs.processor.append(time.process_time() - began)
        return holder

    async def _answer(
        self, holder: tuple[str, str], challenge: str, costs: _Costs
    ) -> tuple[str, str]:
        code = self.code()
        began = time.perf_counter()
        proved = await Challenges(self.core).answer(*holder, challenge, code)
        costs.answers.append(time.perf_counter() - began)
        return str(proved.grant.session_id), proved.grant.csrf_token


async def measure(work: Work, seed: Path, customer: Customer, count: int) -> list[Row]:
    """Return the rows of `count` sign-ins and step-ups, one after the other."""
    home = work.folder / "sign-ins"
    await set_up_people(work, home, seed)
    settings = SecuritySettings(
        home=home, run_dir=work.sockets, limit_operations_per_minute=1_000_000
    )
    sign_ins, step_ups = _Costs(), _Costs()
    with ThreadPoolExecutor(1) as hashing:
        core = build_core(settings, lambda: bank.now)
        bank = _Bank(core, customer, hashing, build_guard(core, Stub()), datetime.now(UTC))
        try:
            for _ in range(_WARM_UP + count):
                holder = await bank.sign_in(sign_ins)
                await bank.step_up(holder, step_ups)
        finally:
            core.database.close()
    return [
        Row("password_hash_p50", "ms", None, _hash_ms(core.passwords, count)),
        Row("sign_ins_per_second_core", "1/s", None, sign_ins.per_core()),
        Row("step_ups_per_second_core", "1/s", None, step_ups.per_core()),
        Row("challenge_answer_p50", "ms", None, step_ups.answer_ms()),
    ]


def _hash_ms(passwords: Passwords, count: int) -> float:
    """Return the median processor time of one password check, in milliseconds."""
    stored = passwords.hash("a password of no account")
    taken = []
    for _ in range(count):
        began = time.process_time()
        passwords.matches(stored, "another password of no account")
        taken.append(time.process_time() - began)
    return statistics.median(taken) * 1_000
