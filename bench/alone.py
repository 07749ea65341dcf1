"""`python -m bench.alone`: the rows that need no stock Rasa beside them, in a minute.

It starts Gatehouse alone, prints the rows of the page and its streams, and writes no file.
"""

from __future__ import annotations

from rich.console import Console

from bench import events_row, ours, rendered_row, rows
from bench.customers import new_customers, write_seed
from bench.measure import make_model
from bench.plan import QUICK
from bench.questions import questions
from bench.running import measured
from bench.work import Work
from cli.model import model_name
from cli.settings import ROOT


async def measure(work: Work) -> list[rows.Row]:
    """Measure beside nobody."""
    seed = work.folder / "seed.json"
    write_seed(seed, new_customers(1))
    plan = await ours.prepare(work, seed)
    await make_model(work, QUICK, plan, model_name(ROOT))
    async with ours.running(work, plan) as side:
        shown = await rendered_row.measure(side, questions().plain, QUICK.rendered)
        return [*shown, *await events_row.measure(side)]


def main() -> None:
    """Run it."""
    rows.show(Console(), measured(measure))


if __name__ == "__main__":
    main()
