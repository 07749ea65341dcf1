"""What it costs to hold every statement to its tenant: a turn's transactions with it and without.

Two homes take turns, and what counts is the processor time of the thread that runs transactions,
their commits included. A tenth more is allowed. Alone: `python -m bench.tenancy_row`.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console
from sqlalchemy import Engine

from bench import rows
from bench.customers import Customer, new_customers, write_seed
from bench.guard_row import Holder, Stub, sign_in
from bench.ours import set_up_people
from bench.rows import Row
from bench.running import measured
from bench.work import Work
from security.adapters import database
from security.core import Core
from security.guard_parts import build_guard
from security.guard_records import Ask
from security.model import BotMessage
from security.server import build_core
from security.services.turns import Opening, Turns
from security.settings import SecuritySettings

_WARM_UP = 20
_ASK = Ask("banking.list_accounts", {}, "action_check_balance")


class _Side:
    """One home, and how long its transactions took: seconds of the processor, a turn each."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.turns, self.guard = Turns(core), build_guard(core, Stub())
        self.spent: list[float] = []
        transact = core.database._transact

        def timed(engine: Engine, work: Callable[..., Any], across: str | None = None) -> Any:
            began = time.thread_time()
            try:
                return transact(engine, work, across)
            finally:
                self.spent[-1] += time.thread_time() - began

        core.database._transact = timed  # type: ignore[method-assign]

    async def take_turn(self, holder: Holder) -> None:
        """Take one turn with a protected answer."""
        self.spent.append(0.0)
        opening = Opening(text="balance")
        opened = await self.turns.open(holder.session_id, holder.csrf_token, opening)
        if opened.turn is None:
            raise RuntimeError("the turn was answered without the guard")
        await self.guard.invoke(opened.turn.ticket, _ASK)
        await self.turns.close(opened.turn.turn_id, [BotMessage(text="done")])


async def measure(work: Work, seed: Path, customer: Customer, count: int) -> list[Row]:
    """Return the row: how many times as much processor time `count` turns take with the filter."""
    held = _Side(await _core(work, seed, "held"))
    with patch.object(database, "isolated", lambda engine, *_given: engine):
        free = _Side(await _core(work, seed, "free"))
    try:
        both = []
        for side in (held, free):
            side.spent.append(0.0)
            both.append((side, await sign_in(side.core, customer)))
        for number in range(_WARM_UP + count):
            for side, holder in both if number % 2 else reversed(both):
                await side.take_turn(holder)
    finally:
        held.core.database.close()
        free.core.database.close()
    took, least = (statistics.median(each.spent[1 + _WARM_UP :]) for each in (held, free))
    return [Row("tenant_filter_over_none", "x", None, took / least)]


async def _core(work: Work, seed: Path, name: str) -> Core:
    home = work.folder / f"tenancy-{name}"
    await set_up_people(work, home, seed)
    many = 1_000_000
    told = SecuritySettings(home=home, run_dir=work.sockets, limit_operations_per_minute=many)
    return build_core(told)


async def _alone(work: Work) -> list[Row]:
    seed, customers = work.folder / "seed.json", new_customers(1)
    write_seed(seed, customers)
    return await measure(work, seed, customers[0], 400)


if __name__ == "__main__":
    rows.show(Console(), measured(_alone))
