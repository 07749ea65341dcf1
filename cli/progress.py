"""Shows what is going on: spinners in a terminal, plain lines everywhere else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import Progress as RichProgress
from rich.progress import SpinnerColumn, TaskID, TextColumn

_REMIND_SECONDS = 10


class Display(Protocol):
    """Where steps are drawn."""

    def begin(self, key: str, text: str) -> None:
        """Show that a step has begun."""

    def tick(self, key: str, text: str, seconds: int) -> None:
        """Called about once a second while a step lasts."""

    def end(self, key: str) -> None:
        """Take a step away, whether it went well or not."""

    def line(self, text: str) -> None:
        """Print one line that stays."""


class PlainDisplay:
    """Lines for a log or a pipe: one now and then, each written at once."""

    def begin(self, key: str, text: str) -> None:
        """Say nothing yet: most steps are over at once."""

    def tick(self, key: str, text: str, seconds: int) -> None:
        """Print a line after two seconds and then every ten."""
        if seconds == 2 or (seconds and seconds % _REMIND_SECONDS == 0):
            self.line(f"  {key}: {text}")

    def end(self, key: str) -> None:
        """Nothing to take away."""

    def line(self, text: str) -> None:
        """Print `text` at once."""
        print(text, flush=True)


class TerminalDisplay:
    """A spinner for each step that is under way."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._tasks: dict[str, TaskID] = {}
        columns = (SpinnerColumn(), TextColumn("{task.description}"))
        self._rich = RichProgress(*columns, console=console, transient=True)

    def begin(self, key: str, text: str) -> None:
        """Add a row."""
        if not self._tasks:
            self._rich.start()
        self._tasks[key] = self._rich.add_task(f"{key}: {text}", total=None)

    def tick(self, key: str, text: str, seconds: int) -> None:
        """Refresh the row's words."""
        self._rich.update(self._tasks[key], description=f"{key}: {text}")

    def end(self, key: str) -> None:
        """Remove the row."""
        self._rich.remove_task(self._tasks.pop(key))
        if not self._tasks:
            self._rich.stop()

    def line(self, text: str) -> None:
        """Print above the rows."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class Progress:
    """Steps with their seconds, and lines."""

    def __init__(self, display: Display) -> None:
        self._display = display

    def line(self, text: str) -> None:
        """Print one line that stays."""
        self._display.line(text)

    @asynccontextmanager
    async def step(
        self, name: str, doing: str, done: str = "done", expected: float | None = None
    ) -> AsyncIterator[None]:
        """Show a step while the block runs; `expected` is what it took last time, in seconds."""
        started = time.monotonic()
        self._display.begin(name, doing)
        ticking = asyncio.create_task(self._tick(name, doing, expected))
        try:
            yield
        finally:
            ticking.cancel()
            self._display.end(name)
        self.line(f"  {name}: {done} in {time.monotonic() - started:.1f} s")

    async def _tick(self, name: str, doing: str, expected: float | None) -> None:
        about = f" of about {expected:.0f} s" if expected else " s"
        seconds = 0
        while True:
            await asyncio.sleep(1)
            seconds += 1
            self._display.tick(name, f"{doing}, {seconds}{about}", seconds)


def terminal_or_plain() -> Progress:
    """Return the display that fits standard output."""
    console = Console()
    return Progress(TerminalDisplay(console) if console.is_terminal else PlainDisplay())
