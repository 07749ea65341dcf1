"""Keeps the processes running: starts, watches, restarts, stops them.

A process that ends is started again after 1, 2, 4 … seconds with the same credentials. One
that ends more than five times in a minute, that ends before it has ever been ready, or that
says by its exit code that no restart will help, stops the whole with a reason. A `patient` one
waits for a developer's change instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from cli.launching import Child
from cli.logs import last_words
from cli.problems import Problem
from cli.programs import Program
from cli.progress import Progress

Launch = Callable[[Program], Awaitable[Child]]

EXITS_ALLOWED = 5
WINDOW_SECONDS = 60.0
READY_SECONDS = 180.0
END_SECONDS = 5.0
"""For how long a process may still live that will never be ready."""


class Exits:
    """The ends of one process within the last minute."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def add(self, now: float) -> None:
        """Count one end at `now` (seconds) and forget those older than a minute."""
        self._times.append(now)
        while now - self._times[0] >= WINDOW_SECONDS:
            self._times.popleft()

    @property
    def too_many(self) -> bool:
        """Whether starting it again is no use."""
        return len(self._times) > EXITS_ALLOWED

    @property
    def pause(self) -> float:
        """Seconds to wait before the next start: 1, 2, 4, 8, 16."""
        return float(2 ** (len(self._times) - 1))


def describe_exit(code: int) -> str:
    """Say how a process ended."""
    if code < 0:
        try:
            return f"ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"ended by signal {-code}"
    return f"exit code {code}"


class Supervisor:
    """The processes of one installation; `hurry`, once set, makes their stop not wait."""

    def __init__(
        self,
        programs: Sequence[Program],
        launch: Launch,
        logs: Path,
        progress: Progress,
        hurry: asyncio.Event,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        patient: bool = False,
    ) -> None:
        self._programs = programs
        self._launch = launch
        self._logs = logs
        self._progress = progress
        self._ready = {program.name: asyncio.Event() for program in programs}
        self._hurry = hurry
        self._sleep = sleep
        self._patient = patient
        self._asked = {program.name: asyncio.Event() for program in programs}

    async def run(self, when_ready: Callable[[], None]) -> None:
        """Start all, call `when_ready` once, keep them running until cancelled.

        Raises `Problem` where the whole has to stop. Leaves no process behind, ever.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for program in self._programs:
                    group.create_task(self._keep(program))
                for event in self._ready.values():
                    await event.wait()
                when_ready()
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None  # The others only followed from it.

    def start_again(self, names: Iterable[str]) -> None:
        """Stop these and start them anew, at once and without counting it as an end."""
        for name in names:
            self._asked[name].set()

    async def _keep(self, program: Program) -> None:
        for name in program.after:
            await self._ready[name].wait()
        exits = Exits()
        while True:
            code = await self._live(program)
            if code is None:
                continue
            if self._patient and self._ready[program.name].is_set():
                await self._wait_for_change(program, code)
                continue
            exits.add(time.monotonic())
            self._judge(program, exits, code)
            pause = exits.pause
            self._progress.line(
                f"{program.name}: {describe_exit(code)}, starting again in {pause:.0f} s"
            )
            await self._sleep(pause)

    async def _wait_for_change(self, program: Program, code: int) -> None:
        """A developer's mistake is mended in a file: starting the same again is no use."""
        words = last_words(self._logs / f"{program.name}.log")
        how = describe_exit(code)
        self._progress.line(f"{program.name}: {how}, last said “{words}”; waiting for a change")
        await self._asked[program.name].wait()

    async def _live(self, program: Program) -> int | None:
        """One life of a process: from its start to its end. Returns the exit code.

        None where it was asked to start again.
        """
        self._asked[program.name].clear()
        try:
            child = await self._launch(program)
        except OSError as error:
            to_do = "run `make core`, or set GATEHOUSE_RASA_PYTHON"
            raise Problem(f"{program.python} cannot be started ({error.strerror})", to_do) from None
        try:
            async with self._progress.step(program.name, "starting", done="ready"):
                await self._become_ready(program, child)
            return await self._until_ended(program, child)
        except _Ended:
            return await self._end_of(child)
        finally:
            await child.stop(self._hurry)

    async def _end_of(self, child: Child) -> int:
        """Return the exit code of a process that has let go of its way to say that it is ready.

        Most have ended by then. One that lives on would be waited for without an end.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                return await child.wait()
        await child.stop(self._hurry)
        return await child.wait()

    async def _until_ended(self, program: Program, child: Child) -> int | None:
        """Wait for the end, or until it is asked to start again, which is None."""
        ended = asyncio.ensure_future(child.wait())
        asked = asyncio.ensure_future(self._asked[program.name].wait())
        try:
            await asyncio.wait((ended, asked), return_when=asyncio.FIRST_COMPLETED)
            return ended.result() if ended.done() else None
        finally:
            ended.cancel()
            asked.cancel()

    async def _become_ready(self, program: Program, child: Child) -> None:
        try:
            async with asyncio.timeout(READY_SECONDS):
                if not await child.ready():
                    raise _Ended
        except TimeoutError:
            raise self._problem(program, f"was not ready within {READY_SECONDS:.0f} s") from None
        self._ready[program.name].set()

    def _judge(self, program: Program, exits: Exits, code: int) -> None:
        """Raise where starting the process again is no use."""
        if code in program.hopeless:
            words = last_words(self._logs / f"{program.name}.log")
            raise Problem(f"{program.name} stopped, last said “{words}”", program.hopeless[code])
        if not self._ready[program.name].is_set():
            raise self._problem(program, f"did not start ({describe_exit(code)})")
        if exits.too_many:
            often = f"stopped {EXITS_ALLOWED + 1} times in a minute ({describe_exit(code)})"
            raise self._problem(program, often)

    def _problem(self, program: Program, what: str) -> Problem:
        log = self._logs / f"{program.name}.log"
        return Problem(f"{program.name} {what}, last said “{last_words(log)}”", f"see {log}")


class _Ended(Exception):
    """The process ended before it was ready."""
