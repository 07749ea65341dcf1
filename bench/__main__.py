"""`python -m bench [--quick]`: measure, print the table, write `bench/results.json`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

import uvloop
from rich.console import Console

from bench import machine, rows
from bench.measure import measure
from bench.plan import FULL, QUICK, Plan
from bench.work import RUN_PREFIX, Work, only_run
from cli.launching import Lifeline
from cli.problems import Problem
from cli.progress import terminal_or_plain
from cli.run import stop_on_signals
from cli.settings import ROOT

RESULTS = ROOT / "bench" / "results.json"


async def run(plan: Plan) -> list[rows.Row]:
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
        return await measure(work, plan)


def main() -> None:
    """Run the bench; exit 1 with one clear line where it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute, and no results file")
    quick = parser.parse_args().quick
    os.umask(0o077)
    described = machine.describe()
    try:
        measured = uvloop.run(run(QUICK if quick else FULL))
    except Problem as problem:
        sys.exit(f"bench: {problem}")
    except (asyncio.CancelledError, KeyboardInterrupt):
        print("bench: stopped", file=sys.stderr)
        sys.exit(130)
    rows.show(Console(), measured)
    if not quick:
        rows.write(RESULTS, described, measured)
        print(f"written to {RESULTS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
