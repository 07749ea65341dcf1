"""`python -m bench.alone`: the rows that need no stock Rasa beside them, in a minute.

It starts Gatehouse alone, prints the rows of the page and its streams, and writes no file.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import uvloop
from rich.console import Console

from bench import events_row, ours, rendered_row, rows
from bench.customers import new_customers, write_seed
from bench.measure import make_model
from bench.plan import QUICK
from bench.questions import questions
from bench.work import RUN_PREFIX, Work, only_run
from cli.launching import Lifeline
from cli.model import model_name
from cli.problems import Problem
from cli.progress import terminal_or_plain
from cli.run import stop_on_signals
from cli.settings import ROOT


async def run() -> list[rows.Row]:
    """Measure in a folder that is gone afterwards, whatever happens; a signal ends it early."""
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("run this in a task")
    with (
        stop_on_signals(task.cancel, lambda: None),
        only_run() as kept,
        tempfile.TemporaryDirectory(dir=kept, prefix=RUN_PREFIX) as folder,
        tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as sockets,
        Lifeline() as lifeline,
    ):
        work = Work(Path(folder), Path(sockets), lifeline, terminal_or_plain())
        seed = work.folder / "seed.json"
        write_seed(seed, new_customers(1))
        plan = await ours.prepare(work, seed)
        await make_model(work, QUICK, plan, model_name(ROOT))
        async with ours.running(work, plan) as side:
            shown = await rendered_row.measure(side, questions().plain, QUICK.rendered)
            return [*shown, *await events_row.measure(side)]


def main() -> None:
    """Run it; exit 1 with one clear line where it cannot be done."""
    os.umask(0o077)
    try:
        measured = uvloop.run(run())
    except Problem as problem:
        sys.exit(f"bench: {problem}")
    except (asyncio.CancelledError, KeyboardInterrupt):
        print("bench: stopped", file=sys.stderr)
        sys.exit(130)
    rows.show(Console(), measured)


if __name__ == "__main__":
    main()
