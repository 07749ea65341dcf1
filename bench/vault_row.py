"""Keys and what is sealed under them, alone: a turn's encryption, and the change of every key.

`python -m bench.vault_row` prints the rows by themselves.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy.orm import Session

from bench import rows
from bench.customers import Customer, new_customers, write_seed
from bench.guard_row import Stub, sign_in
from bench.ours import set_up_people
from bench.rows import Row
from bench.running import measured
from bench.work import Work
from security.adapters.tables import AuthenticatorRow, PersonRow, TenantRow
from security.core import Core
from security.guard_parts import build_guard
from security.guard_records import Ask
from security.model import BotMessage
from security.server import build_core
from security.services.turns import Opening, Turns
from security.services.vault_rotation import VaultRotation
from security.settings import SecuritySettings
from security.setup import prepare_database, prepare_keys
from security.vault.envelope import Place
from security.vault.owners import Owner, Scope
from security.vault.vault import Vault

MASTER_KEYS = 10_000
PEOPLE = 2_000
_FACTORS = 2
_ROWS = PEOPLE * (1 + _FACTORS)
_ASK = Ask("banking.list_accounts", {}, "action_check_balance")
_ANSWER = "Your current account has 2,480.15 EUR, of which 2,480.15 EUR are available."


class _Recording(Vault):
    """A vault that remembers what it was asked for, so that it can be asked again."""

    def __init__(self, inner: Vault) -> None:
        super().__init__(inner._keys)
        self.asked: list[Callable[[], bytes]] = []

    def seal(self, plain: bytes, place: Place, owner: Owner) -> bytes:
        real = super().seal
        self.asked.append(lambda: real(plain, place, owner))
        return real(plain, place, owner)

    def open(self, sealed: bytes, place: Place) -> bytes:
        real = super().open
        self.asked.append(lambda: real(sealed, place))
        return real(sealed, place)


async def measure(work: Work, seed: Path, customer: Customer, count: int) -> list[Row]:
    """Return the rows; `count` is how often a turn's encryption is done."""
    home = work.folder / "vault"
    await set_up_people(work, home, seed)
    settings = SecuritySettings(
        home=home, run_dir=work.sockets, limit_operations_per_minute=1_000_000
    )
    core = build_core(settings)
    try:
        turn = await _turn(core, customer)
    finally:
        core.database.close()
    times = [_timed(turn) for _ in range(count)]
    return [
        Row("encryption_turn_p50", "us", None, statistics.median(times) * 1e6),
        Row("master_rotation_10000", "s", None, _master_rotation(work.folder / "ring")),
        Row("data_key_reencryption", "1/s", None, await _reencryption(work.folder / "many")),
    ]


async def _turn(core: Core, customer: Customer) -> list[Callable[[], bytes]]:
    """Return all that the vault is asked for in one turn with a protected answer."""
    recording = _Recording(core.vault)
    recorded = replace(core, vault=recording)
    recorded.database._vault = recording
    holder = await sign_in(recorded, customer)
    guard, turns = build_guard(recorded, Stub()), Turns(recorded)
    for _ in range(2):
        recording.asked.clear()
        opening = Opening(text="what's my balance?")
        opened = await turns.open(holder.session_id, holder.csrf_token, opening)
        if opened.turn is None:
            raise RuntimeError("the turn was answered without the guard")
        await guard.invoke(opened.turn.ticket, _ASK)
        await turns.close(opened.turn.turn_id, [BotMessage(text=_ANSWER)])
    return list(recording.asked)


def _timed(turn: list[Callable[[], bytes]]) -> float:
    began = time.perf_counter()
    for ask in turn:
        ask()
    return time.perf_counter() - began


def _master_rotation(home: Path) -> float:
    """Return how many seconds the master key of so many data keys takes to rotate."""
    home.mkdir()
    keys = prepare_keys(home)
    people = range(MASTER_KEYS)
    keys.data_keys.make(Owner(Scope.PERSON_ERASABLE, "tenant", str(n)) for n in people)
    began = time.perf_counter()
    fresh = keys.data_keys.begin_master()
    while keys.data_keys.rewrap(fresh):
        pass
    keys.data_keys.end_master()
    took = time.perf_counter() - began
    keys.vault.close()
    return took


async def _reencryption(home: Path) -> float:
    """Return how many rows a second are sealed anew under the successors of their keys."""
    await asyncio.to_thread(_many, home)
    settings = SecuritySettings(home=home, run_dir=home)
    core = build_core(settings)
    rotation = VaultRotation(core, timedelta(0))
    try:
        await rotation.retire_data_keys()
        began = time.perf_counter()
        await rotation.reseal()
        return _ROWS / (time.perf_counter() - began)
    finally:
        core.database.close()


def _many(home: Path) -> None:
    """Make a home with many people, and two factors each."""
    home.mkdir()
    keys = prepare_keys(home)
    database = prepare_database(home, keys)
    keys.data_keys.make(Owner(Scope.PERSON_ERASABLE, "tenant", f"p{n}") for n in range(PEOPLE))
    database.run_here(_fill, across="made-up people")
    database.close()


def _fill(store: Session) -> None:
    tenant: dict[str, Any] = {"public": True, "idle_seconds": 60, "apis": []}
    store.add(TenantRow(id="tenant", name="Tenant", **tenant))
    store.flush()
    for n in range(PEOPLE):
        name = f"person-{n}"
        store.add(
            PersonRow(
                id=f"p{n}",
                tenant_id="tenant",
                username=name,
                name=name,
                roles=[],
                password_hash="$argon2id$" + "x" * 80,
            )
        )
    store.flush()
    for n in range(PEOPLE * _FACTORS):
        store.add(
            AuthenticatorRow(
                id=f"f{n}",
                tenant_id="tenant",
                person_id=f"p{n % PEOPLE}",
                method="email",
                secret_sealed=b"somebody@example.org",
            )
        )


async def _alone(work: Work) -> list[Row]:
    seed = work.folder / "seed.json"
    customers = new_customers(1)
    write_seed(seed, customers)
    return await measure(work, seed, customers[0], 1_000)


if __name__ == "__main__":
    rows.show(Console(), measured(_alone))
