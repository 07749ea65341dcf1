"""The guard alone: in this process, with a real database and a durable trail; the API is a stub."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.customers import TENANT, Customer
from bench.ours import set_up_people
from bench.work import Work
from security.core import Core
from security.guard import Guard
from security.guard_parts import build_guard
from security.guard_records import Ask
from security.model import BotMessage
from security.operations.manifest import Operation
from security.ports import ApiCaller, Settled
from security.server import build_core
from security.services.proving import Challenges
from security.services.sessions import Sessions
from security.services.sign_in import Credentials, SignIn
from security.services.turns import Opening, Turns
from security.settings import SecuritySettings

_WARM_UP = 50
_ASK = Ask("banking.list_accounts", {}, "action_check_balance")


class Stub:
    """An API that answers at once."""

    async def call(
        self,
        operation: Operation,
        arguments: Mapping[str, Any],
        token: str,
        key: str | None = None,
    ) -> Any:
        """Return no accounts."""
        return {"accounts": []}

    async def settle(
        self, operation: Operation, key: str, token: str, arguments: Mapping[str, Any]
    ) -> Settled:
        """Know of nothing."""
        return Settled(done=False)


@dataclass(frozen=True)
class Holder:
    """A signed-in session."""

    session_id: str
    csrf_token: str


@asynccontextmanager
async def _stub(_core: Core) -> AsyncIterator[ApiCaller]:
    yield Stub()


async def measure(
    work: Work,
    seed: Path,
    customer: Customer,
    calls: int,
    api_of: Callable[[Core], AbstractAsyncContextManager[ApiCaller]] = _stub,
    name: str = "guard",
) -> list[float]:
    """Return the milliseconds of `calls` allowed operations, each in a turn of its own."""
    home = work.folder / name
    await set_up_people(work, home, seed)
    settings = SecuritySettings(
        home=home, run_dir=work.sockets, limit_operations_per_minute=1_000_000
    )
    core = build_core(settings)
    try:
        holder = await sign_in(core, customer)
        async with api_of(core) as api:
            guard, turns = build_guard(core, api), Turns(core)
            times = [await _call(guard, turns, holder) for _ in range(_WARM_UP + calls)]
        return times[_WARM_UP:]
    finally:
        core.database.close()


async def _call(guard: Guard, turns: Turns, holder: Holder) -> float:
    opened = await turns.open(holder.session_id, holder.csrf_token, Opening(text="balance"))
    if opened.turn is None:
        raise RuntimeError("the turn was answered without the guard")
    began = time.perf_counter()
    await guard.invoke(opened.turn.ticket, _ASK)
    took = time.perf_counter() - began
    await turns.close(opened.turn.turn_id, [BotMessage(text="done")])
    return took * 1_000


async def sign_in(core: Core, customer: Customer) -> Holder:
    """Sign a customer in by password and code."""
    arrived = await Sessions(core).create(None)
    session_id, csrf_token = str(arrived.session_id), arrived.csrf_token
    with ThreadPoolExecutor(1) as hashing:
        given = Credentials(TENANT, customer.username, customer.password, "127.0.0.1")
        first = SignIn(core, hashing, lambda _name, _address, _browser: True)
        passed = await first.password(session_id, csrf_token, given)
    if passed.challenge is None:
        raise RuntimeError("the customer has no second factor")
    challenges = Challenges(core)
    proved = await challenges.answer(session_id, csrf_token, passed.challenge.id, customer.code())
    return Holder(str(proved.grant.session_id), proved.grant.csrf_token)
