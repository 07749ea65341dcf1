"""The trail alone: records a second on disk, what a record adds to a turn, and how long it is read.

`python -m bench.audit_row` prints the rows by themselves. Callers wait for their records as the
guard does, each for its own; beside them the same records are serialised and inserted in the same
way without a hash. The rows of PostgreSQL are empty where there is none.
"""

from __future__ import annotations

import asyncio
import hashlib
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console
from sqlalchemy import Connection, Engine

from bench import rows
from bench.customers import Customer, new_customers, write_seed
from bench.guard_row import Holder, Stub, sign_in
from bench.ours import set_up_people
from bench.rows import Row
from bench.running import measured
from bench.work import Work
from security.adapters import audit_log, trail_rows
from security.adapters.database import Database, open_engine
from security.adapters.row_security import ROW_KEY_FILE, load_row_key
from security.adapters.schema import upgrade
from security.audit.chain import GENESIS, digest
from security.audit.checkpoint import LaneHead, Last, TrailKey, file_checkpoint
from security.audit.record import AuditEvent, SessionName, Tag, serialise
from security.audit.verifier import FIRST_LANE, read_keys, verify_export
from security.clock import utc_now
from security.guard import Guard
from security.guard_parts import build_guard
from security.guard_records import Ask
from security.model import BotMessage
from security.server import build_core
from security.services.turns import Opening, Turns
from security.settings import SecuritySettings
from security.setup import OnServer, prepare_database, prepare_keys
from tests.support.postgres import OWNER, RUNNING, find_postgres, running

CALLERS = 256
RECORDS = 10_240
"""Of each of both in each round."""
ROUNDS = 5
TURNS = 400
LONG = 1_000_000
_EVENT = AuditEvent(
    tag=Tag.OPERATION_INTENDED,
    tenant="northwind-bank",
    person="p" * 32,
    roles=("customer",),
    session=SessionName("s" * 22, "r" * 22, "web"),
    turn="t" * 22,
    operation="banking.list_accounts",
    scope="banking:accounts:read",
    arguments="a" * 64,
    decision="allow",
    assurance="aal2",
    token="j" * 22,
)
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_ASK = Ask("banking.list_accounts", {}, "action_check_balance")


async def measure(work: Work, seed: Path, customer: Customer, long: int = LONG) -> list[Row]:
    """Return the rows; `long` is how many records are verified."""
    return [
        *await _on_sqlite(work.folder / "trail.sqlite3"),
        *await _on_postgres(work.folder / "server"),
        Row("audit_turn_adds_p50", "ms", None, await _added_to_a_turn(work, seed, customer)),
        Row(f"audit_verify_{long}", "s", None, _verified(work.folder, long)),
    ]


async def _on_sqlite(file: Path) -> list[Row]:
    engine = open_engine(f"sqlite:///{file}")
    upgrade(engine)
    return await _rates("sqlite", engine)


async def _on_postgres(home: Path) -> list[Row]:
    if find_postgres() is None:
        return _rows("postgres", None, None)
    with running(_DURABLE) as server:
        name, keys = server.create(), prepare_keys(home)
        prepare_database(home, keys, OnServer(server.url(name, OWNER), RUNNING)).close()
        row_key = load_row_key(home / "keys" / ROW_KEY_FILE)
        return await _rates("postgres", open_engine(server.url(name), row_key=row_key))


async def _rates(where: str, engine: Engine) -> list[Row]:
    """Write in turns with and without hashes; a round's ratio is of what it did itself."""
    database = Database(engine)
    try:
        await _written(database, CALLERS)
        chained, plain = [], []
        for _ in range(ROUNDS):
            chained.append(await _written(database, RECORDS))
            with _without_hashes():
                plain.append(await _written(database, RECORDS))
    finally:
        database.close()
    ratios = [one / other for one, other in zip(chained, plain, strict=True)]
    return _rows(where, statistics.median(chained), statistics.median(ratios))


def _rows(where: str, rate: float | None, ratio: float | None) -> list[Row]:
    return [
        Row(f"audit_records_{where}", "1/s", None, rate),
        Row(f"audit_records_hashed_{where}", "x", None, ratio),
    ]


async def _written(database: Database, count: int) -> float:
    """Return how many records a second are on disk, each awaited by a caller of its own."""

    async def caller() -> None:
        for _ in range(count // CALLERS):
            await database.run_core(_append)

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return count / (time.perf_counter() - began)


def _append(connection: Connection) -> str:
    return audit_log.append(connection, _EVENT, utc_now())


@contextmanager
def _without_hashes() -> Iterator[None]:
    """Let the same be serialised and inserted, and nothing be chained."""
    with patch.object(trail_rows, "digest", lambda _record: GENESIS):
        yield


async def _added_to_a_turn(work: Work, seed: Path, customer: Customer) -> float:
    """Return by how much all records of a protected turn make it longer, in milliseconds."""
    home = work.folder / "trail"
    await set_up_people(work, home, seed)
    settings = SecuritySettings(
        home=home, run_dir=work.sockets, limit_operations_per_minute=1_000_000
    )
    core = build_core(settings)
    try:
        holder = await sign_in(core, customer)
        guard, turns = build_guard(core, Stub()), Turns(core)
        real, times = audit_log.append, dict[bool, list[float]]({True: [], False: []})
        for number in range(2 * TURNS):
            recorded = number % 2 == 0
            audit_log.append = real if recorded else _unrecorded
            times[recorded].append(await _turn(guard, turns, holder))
        audit_log.append = real
    finally:
        core.database.close()
    warm = TURNS // 10
    return (statistics.median(times[True][warm:]) - statistics.median(times[False][warm:])) * 1e3


def _unrecorded(*_given: Any, **_named: Any) -> str:
    return "1-0"


async def _turn(guard: Guard, turns: Turns, holder: Holder) -> float:
    began = time.perf_counter()
    opened = await turns.open(holder.session_id, holder.csrf_token, Opening(text="balance"))
    if opened.turn is None:
        raise RuntimeError("the turn was answered without the guard")
    await guard.invoke(opened.turn.ticket, _ASK)
    await turns.close(opened.turn.turn_id, [BotMessage(text="done")])
    return time.perf_counter() - began


def _verified(folder: Path, count: int) -> float:
    """Return how many seconds the stand-alone verifier takes for an export of so many records."""
    file, key = folder / "long.jsonl", TrailKey(b"b" * 32)
    _write_long(file, key, count)
    began = time.perf_counter()
    verify_export(file, read_keys(key.public_pem))
    took = time.perf_counter() - began
    file.unlink()
    return took


def _write_long(file: Path, key: TrailKey, count: int) -> None:
    now, previous, whole = utc_now(), GENESIS, hashlib.sha256()
    with file.open("wb", buffering=1 << 20) as opened:
        for number in range(1, count + 1):
            record = serialise(_EVENT, FIRST_LANE, number, now, previous)
            previous = digest(record)
            whole.update(record + b"\n")
            opened.write(record + b"\n")
        lanes = [LaneHead(FIRST_LANE, 1, GENESIS, count, previous)]
        opened.write(file_checkpoint("export", key, lanes, Last(), whole.hexdigest(), now) + b"\n")


async def _alone(work: Work) -> list[Row]:
    seed = work.folder / "seed.json"
    customers = new_customers(1)
    write_seed(seed, customers)
    return await measure(work, seed, customers[0])


if __name__ == "__main__":
    rows.show(Console(), measured(_alone))
