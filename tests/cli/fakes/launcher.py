"""A launcher of fakes, run as a program, so that a test can end it as an enemy would."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from cli.launching import Lifeline, launch
from cli.progress import PlainDisplay, Progress
from cli.run import stop_on_signals
from cli.supervisor import Supervisor
from tests.cli.fakes.programs import fake, walls


async def main(folder: Path, behaviours: list[str]) -> None:
    """Run one fake for each behaviour until a signal comes."""
    programs = [fake(folder, f"p{n}", behaviour) for n, behaviour in enumerate(behaviours)]
    hurry = asyncio.Event()
    task = asyncio.current_task()
    assert task is not None
    with Lifeline() as lifeline, stop_on_signals(task.cancel, hurry.set):

        def start(program):
            profile = walls(folder) if program.environ["FAKE"] == "hostile" else None
            return launch(program, {}, {}, folder / f"{program.name}.log", lifeline, profile)

        supervisor = Supervisor(programs, start, folder, Progress(PlainDisplay()), hurry)
        try:
            await supervisor.run(lambda: print("ready", flush=True))
        except asyncio.CancelledError:
            print("stopped", flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
