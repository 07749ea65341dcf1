"""Passkeys, in this process: how long the server takes for a sign-in and for an approval.

The browser is one that its person has signed in with before.
What the authenticator does, in software here, is not counted. Alone: `python -m bench.passkey_row`.
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
from rich.console import Console

from bench import rows
from bench.customers import TENANT, Customer, new_customers, write_seed
from bench.guard_row import Stub
from bench.ours import set_up_people
from bench.rows import Row
from bench.running import measured
from bench.sign_in_row import PAY
from bench.work import Work
from runtime.heap import settle_heap
from security.core import Core
from security.errors import Refused
from security.guard import Guard
from security.guard_parts import build_guard
from security.guard_records import Ask
from security.model import BotMessage
from security.server import build_core
from security.services.by_passkey import PasskeySignIn
from security.services.changes import Changes
from security.services.proving import Challenges
from security.services.sessions import Sessions
from security.services.sign_in import Credentials, SignIn
from security.services.turns import Opening, Turns
from security.settings import SecuritySettings
from tests.support.authenticator import SoftAuthenticator

_WARM_UP = 5
_ADDRESS = "127.0.0.1"
Holder = tuple[str, str]


@dataclass
class _Owner:
    """One customer with a passkey, at a core whose clock moves when it is told to."""

    core: Core
    customer: Customer
    hashing: ThreadPoolExecutor
    guard: Guard
    now: datetime
    device: SoftAuthenticator
    sign_ins: list[float] = field(default_factory=list)
    approvals: list[float] = field(default_factory=list)
    browser: str | None = None
    """What the person's browser was given to keep at its first sign-in."""

    async def add(self) -> None:
        """Add the passkey, with password and code."""
        arrived = await Sessions(self.core).create(None)
        given = Credentials(TENANT, self.customer.username, self.customer.password, _ADDRESS)
        sign_in = SignIn(self.core, self.hashing, lambda _name, _address, _browser: True)
        holder = str(arrived.session_id), arrived.csrf_token
        passed = await sign_in.password(*holder, given)
        holder = await self._coded(holder, passed.challenge)
        changes = Changes(self.core, self.hashing, lambda _name, _address: True)
        proved = await changes.reauthenticate(*holder, self.customer.password, _ADDRESS)
        holder = str(proved.session_id), proved.csrf_token
        change = await changes.begin(*holder, "passkey", "Bench", _ADDRESS)
        holder = await self._coded(holder, change.challenge)
        change = await changes.go_on(*holder, change.ref, _ADDRESS)
        await changes.confirm(*holder, change.ref, self.device.make(change.passkey or {}))

    async def sign_in(self) -> Holder:
        """Sign in without a name and without a password."""
        arrived = await Sessions(self.core).create(None, device=self.browser)
        holder = str(arrived.session_id), arrived.csrf_token
        began = time.perf_counter()
        challenge = await PasskeySignIn(self.core).begin(*holder)
        taken = time.perf_counter() - began
        holder, answered = await self._shown(holder, challenge)
        self.sign_ins.append(taken + answered)
        return holder

    async def approve(self, holder: Holder) -> None:
        """Ask for a payment and approve it; nothing is paid, and the answer alone is timed."""
        turns = Turns(self.core)
        opened = await turns.open(*holder, Opening(text="send Anna fifty euros"))
        if opened.turn is None:
            raise RuntimeError("the turn was answered without the guard")
        ask = Ask("banking.make_transfer", PAY, "action_transfer_money")
        with contextlib.suppress(Refused):
            await self.guard.invoke(opened.turn.ticket, ask)
        *_, last = await turns.close(opened.turn.turn_id, [BotMessage(text="Please confirm.")])
        _, answered = await self._shown(holder, last.challenge)
        self.approvals.append(answered)

    async def _coded(self, holder: Holder, challenge: Any) -> Holder:
        self.now += timedelta(seconds=30)
        code = str(pyotp.TOTP(self.customer.totp_secret).at(self.now))
        proved = await Challenges(self.core).answer(*holder, challenge.id, code)
        return str(proved.grant.session_id), proved.grant.csrf_token

    async def _shown(self, holder: Holder, challenge: Any) -> tuple[Holder, float]:
        shown = self.device.show(challenge.passkey)
        began = time.perf_counter()
        proved = await Challenges(self.core).answer(*holder, challenge.id, shown)
        taken = time.perf_counter() - began
        self.browser = proved.grant.device or self.browser
        return (str(proved.grant.session_id), proved.grant.csrf_token), taken


async def measure(work: Work, seed: Path, customer: Customer, count: int) -> list[Row]:
    """Return the rows of `count` sign-ins and approvals, one after the other."""
    home = work.folder / "passkeys"
    await set_up_people(work, home, seed)
    settings = SecuritySettings(
        home=home, run_dir=work.sockets, limit_operations_per_minute=1_000_000
    )
    with ThreadPoolExecutor(1) as hashing:
        core = build_core(settings, lambda: owner.now)
        device = SoftAuthenticator(core.settings.public_url)
        guard = build_guard(core, Stub())
        owner = _Owner(core, customer, hashing, guard, datetime.now(UTC), device)
        try:
            await owner.add()
            settle_heap()  # As every process does before it serves.
            for _ in range(_WARM_UP + count):
                await owner.approve(await owner.sign_in())
        finally:
            core.database.close()
    return [
        Row("passkey_sign_in_p50", "ms", None, _median_ms(owner.sign_ins)),
        Row("passkey_approval_p50", "ms", None, _median_ms(owner.approvals)),
    ]


def _median_ms(seconds: list[float]) -> float:
    return statistics.median(seconds[_WARM_UP:]) * 1_000


async def _alone(work: Work) -> list[Row]:
    seed = work.folder / "seed.json"
    customers = new_customers(1)
    write_seed(seed, customers)
    return await measure(work, seed, customers[0], 200)


if __name__ == "__main__":
    rows.show(Console(), measured(_alone))
