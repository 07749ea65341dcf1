"""One run: prepares both sides, starts them, measures them beside each other."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import (
    arrow_row,
    audit_row,
    events_row,
    guard_row,
    middleware_row,
    ours,
    passkey_row,
    policy_row,
    rendered_row,
    sign_in_row,
    stock,
    tenancy_row,
    token_row,
    vault_row,
    walls_row,
    watch_row,
)
from bench.customers import Customer, new_customers, write_seed
from bench.figures import divided, median_around, percentile
from bench.load import Samples, Throughput, long_conversation, single_turns, together
from bench.ours import Gatehouse, GatehousePlan
from bench.plan import BLOCK, CLIENTS, MILESTONES, Plan
from bench.processes import memory_mb
from bench.questions import Client, Question, Questions, ask, questions
from bench.rows import Row, Unit
from bench.stock import Stock, StockPlan
from bench.work import KEPT, Work
from cli.model import model_file, model_name, usable
from cli.problems import Problem
from cli.settings import ROOT
from runtime.signed_model import TRUSTED


@dataclass(frozen=True)
class Prepared:
    """What both sides are started from."""

    customers: list[Customer]
    seed: Path
    gatehouse: GatehousePlan
    stock: StockPlan
    train_seconds: float | None


async def prepare(work: Work, plan: Plan) -> Prepared:
    """Make the people, the keys, the databases and the model."""
    customers = new_customers(CLIENTS + plan.conversations)
    seed = work.folder / "seed.json"
    write_seed(seed, customers)
    async with work.progress.step("people and accounts", "setting up"):
        gatehouse = await ours.prepare(work, seed)
    name = model_name(ROOT)
    seconds = await make_model(work, plan, gatehouse, name)
    model = model_file(gatehouse.home, name)
    beside = await stock.prepare(work, model, seed, customers)
    return Prepared(customers, seed, gatehouse, beside, seconds)


async def make_model(work: Work, plan: Plan, gatehouse: GatehousePlan, name: str) -> float | None:
    """Train, or take the model that an earlier run has left; return the seconds of training."""
    if not plan.trains and usable(KEPT, name):
        _copy_model(KEPT, gatehouse.home)
        return None
    async with work.progress.step("model", "training"):
        seconds = await ours.train(work, gatehouse)
    _copy_model(gatehouse.home, KEPT)
    return seconds


def _copy_model(source: Path, target: Path) -> None:
    """Copy the model and whose signature is trusted from home to home; not the key that signs."""
    for name in ("models", TRUSTED.parent):
        shutil.rmtree(target / name, ignore_errors=True)
    shutil.copytree(source / "models", target / "models")
    (target / TRUSTED).parent.mkdir(mode=0o700)
    shutil.copy2(source / TRUSTED, target / TRUSTED)


@dataclass(frozen=True)
class Sides:
    """Both sides while they run; `stock` comes first everywhere."""

    stock: Stock
    gatehouse: Gatehouse
    seats: list[Mapping[str, Client]]
    """Pairs of clients, one of each side."""

    def clients(self, name: str) -> list[Client]:
        """Return the clients of the loads that many make at once."""
        return [seat[name] for seat in self.seats[:CLIENTS]]

    def each(self) -> Iterator[Stock | Gatehouse]:
        """Yield both."""
        yield self.stock
        yield self.gatehouse


@asynccontextmanager
async def both_running(work: Work, ready: Prepared) -> AsyncIterator[Sides]:
    """Start each side once to warm it up and once for good, then seat the clients."""
    progress = work.progress
    async with AsyncExitStack() as stack:
        async with progress.step("stock", "starting once"), stock.running(work, ready.stock):
            pass
        async with progress.step("stock", "starting again"):
            beside = await stack.enter_async_context(stock.running(work, ready.stock))
        async with progress.step("gatehouse", "starting once"), ours.running(work, ready.gatehouse):
            pass
        async with progress.step("gatehouse", "starting again"):
            gatehouse = await stack.enter_async_context(ours.running(work, ready.gatehouse))
        seats: list[Mapping[str, Client]] = []
        async with progress.step("customers", "signing in", "signed in"):
            for customer in ready.customers:
                guest = await stack.enter_async_context(beside.client())
                known = await stack.enter_async_context(gatehouse.client())
                await known.sign_in(customer)
                seats.append({beside.name: guest, gatehouse.name: known})
        yield Sides(beside, gatehouse, seats)


async def measure(work: Work, plan: Plan) -> list[Row]:
    """Return all rows. Raises `Problem` where a side does not start or answers wrongly."""
    ready = await prepare(work, plan)
    first, calls = ready.customers[0], plan.guard_calls
    async with work.progress.step("guard", "measuring it alone"):
        guard = await guard_row.measure(work, ready.seed, first, calls)
    async with work.progress.step("middleware", "measuring it alone"):
        whole = await middleware_row.measure(work, ready.seed, first, calls)
    async with work.progress.step("policy", "measuring it alone"):
        decision = policy_row.measure()
    async with work.progress.step("sign-ins", "measuring them alone"):
        proofs = await sign_in_row.measure(work, ready.seed, ready.customers[0], plan.sign_ins)
        proofs += await passkey_row.measure(work, ready.seed, ready.customers[0], plan.sign_ins)
    async with work.progress.step("tokens", "measuring them alone"):
        tokens = await token_row.measure(work, ready.seed, ready.customers[0], plan.guard_calls)
    async with work.progress.step("keys", "measuring them alone"):
        tokens += await vault_row.measure(work, ready.seed, ready.customers[0], plan.guard_calls)
    async with work.progress.step("trail", "measuring it alone"):
        tokens += await audit_row.measure(work, ready.seed, ready.customers[0])
    async with work.progress.step("watch", "measuring from records to alerts"):
        tokens += await watch_row.measure(work, ready.seed)
    async with work.progress.step("tenants", "measuring their filter alone"):
        tokens += await tenancy_row.measure(work, ready.seed, ready.customers[0], plan.guard_calls)
    async with work.progress.step("arrows", "measuring one between hosts"):
        arrows = await arrow_row.measure(work, plan.guard_calls)
    async with work.progress.step("walls", "measuring a process inside and one outside"):
        arrows += await walls_row.measure(work, plan.guard_calls)
    async with both_running(work, ready) as sides:
        asked = questions()
        await _warm_up(sides, asked)
        rows = [
            *await _single(work, plan, sides, asked),
            *await _many(work, plan, sides, asked),
            *await _long(work, plan, sides, asked),
            Row("guard_p50", "ms", None, percentile(guard, 50)),
            Row("middleware_p50", "ms", None, percentile(whole, 50)),
            *decision,
            *tokens,
            *arrows,
            *proofs,
            *_memory(sides),
            *await _page(work, plan, sides.gatehouse, asked.plain),
        ]
        starts = (sides.stock.start_seconds, sides.gatehouse.start_seconds)
    if not ready.stock.model.exists():
        raise Problem("the project changed during the run", "wait until it rests, then try again")
    return [*rows, Row("start_warm", "s", *starts), Row("train", "s", None, ready.train_seconds)]


async def _warm_up(sides: Sides, asked: Questions) -> None:
    for seat in sides.seats:
        for client in seat.values():
            for question in (asked.plain, asked.protected) * 2:
                await ask(client, question)


async def _single(work: Work, plan: Plan, sides: Sides, asked: Questions) -> list[Row]:
    async def turns(name: str, question: Question, blocks: int) -> Samples:
        async with work.progress.step(name, "measuring"):
            return await single_turns(sides.seats[0], asked, question, blocks, BLOCK)

    plain = await turns("plain turns", asked.plain, plan.plain_blocks)
    protected = await turns("protected turns", asked.protected, plan.protected_blocks)
    return [
        *(_percentile("plain_turn", plain, percent) for percent in (50, 95)),
        *(_percentile("protected_turn", protected, percent) for percent in (50, 95, 99)),
    ]


def _percentile(name: str, samples: Samples, percent: int) -> Row:
    figures = (percentile(samples[side], percent) for side in ("stock", "gatehouse"))
    return Row(f"{name}_p{percent}", "ms", *figures)


async def _many(work: Work, plan: Plan, sides: Sides, asked: Questions) -> list[Row]:
    blocks: dict[str, list[Throughput]] = {side.name: [] for side in sides.each()}
    async with work.progress.step(f"{CLIENTS} clients at once", "measuring"):
        for _ in range(plan.together_blocks):
            for side in sides.each():
                seconds, clients = plan.together_seconds, sides.clients(side.name)
                result = await together(clients, side.families(), asked.protected, seconds)
                blocks[side.name].append(result)
    rates = [statistics.median(each.rate for each in blocks[s.name]) for s in sides.each()]
    costs = [blocks[side.name][-1].cpu_ms() for side in sides.each()]
    total = Row("cpu_turn_total", "ms", *(sum(cost.values()) for cost in costs))
    return [
        Row(f"turns_per_second_{CLIENTS}", "1/s", *rates),
        total,
        *_parts("cpu_turn", "ms", costs),
    ]


async def _long(work: Work, plan: Plan, sides: Sides, asked: Questions) -> list[Row]:
    talks = []
    for number in range(plan.conversations):
        async with work.progress.step(f"long conversation {number + 1}", f"{plan.turns} turns"):
            seat = sides.seats[CLIENTS + number]
            for client in seat.values():
                await client.start_over()
            talks.append(await long_conversation(seat, asked, plan.turns))
    at = {
        turn: [median_around((talk[side.name] for talk in talks), turn) for side in sides.each()]
        for turn in MILESTONES
    }
    growth = [divided(last, first) for first, last in zip(at[10], at[400], strict=True)]
    rows = [Row(f"turn_{turn}_p50", "ms", *figures) for turn, figures in at.items()]
    return [*rows, Row("turn_400_over_10", "x", *growth)]


async def _page(work: Work, plan: Plan, side: Gatehouse, question: Question) -> list[Row]:
    async with work.progress.step("page", "measuring in a browser"):
        shown = await rendered_row.measure(side, question, plan.rendered)
    async with work.progress.step("streams", f"opening {events_row.STREAMS}"):
        return [*shown, *await events_row.measure(side)]


def _memory(sides: Sides) -> list[Row]:
    taken = [memory_mb(side.families()) for side in sides.each()]
    total = Row("memory_total", "MB", *(sum(each.values()) for each in taken))
    return [total, *_parts("memory", "MB", taken)]


def _parts(name: str, unit: Unit, figures: Sequence[Mapping[str, float]]) -> list[Row]:
    beside, gatehouse = figures
    return [
        Row(f"{name}_{part}", unit, beside.get(part), figure) for part, figure in gatehouse.items()
    ]
