"""How a bench runs: in a folder that is gone afterwards, stopped by a signal, with a clear word."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from bench import rows
from bench.work import RUN_PREFIX, Work, only_run
from cli.launching import Lifeline
from cli.problems import Problem
from cli.progress import terminal_or_plain
from cli.run import stop_on_signals

Measuring = Callable[[Work], Awaitable[list[rows.Row]]]


def measured(measure: Measuring) -> list[rows.Row]:
    """Return what `measure` finds; exits 1 with one clear line where it cannot be done."""
    os.umask(0o077)
    try:
        return uvloop.run(_run(measure))
    except Problem as problem:
        sys.exit(f"bench: {problem}")
    except (asyncio.CancelledError, KeyboardInterrupt):
        print("bench: stopped", file=sys.stderr)
        sys.exit(130)


async def _run(measure: Measuring) -> list[rows.Row]:
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
        return await measure(Work(Path(folder), Path(sockets), lifeline, terminal_or_plain()))
