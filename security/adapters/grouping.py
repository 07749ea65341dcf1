"""Callers that come in the same instant share one commit, and each waits until it is on disk.

While one commit waits for the disk, whoever comes next gathers for the following one. Nobody waits
for others to come: somebody alone is served at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from sqlalchemy import Connection

from security.errors import Refused

MOST = 512
"""So many share a commit at most."""


@dataclass(eq=False)
class Job:
    """What one caller wants done, and how it ended: a value, or what it raised.

    Until it is known how it ended, it has failed.
    """

    work: Callable[[Connection], Any]
    across: str | None
    waiting: asyncio.Future[Any]
    value: Any = None
    raised: Exception | None = field(default_factory=lambda: Refused("security_unavailable"))
    touched: set[str] = field(default_factory=set)

    def end(self, value: Any) -> None:
        """Let the caller have this, once it is on disk."""
        self.value, self.raised = value, None

    def fail(self, error: Exception) -> None:
        """Let the caller be told of this; nothing of what it wanted is there."""
        self.value, self.raised, self.touched = None, error, set()

    def settle(self) -> None:
        """Tell the caller, on its own loop, unless it has gone away."""
        if self.waiting.done():
            return
        if self.raised is not None:
            self.waiting.set_exception(self.raised)
        else:
            self.waiting.set_result(self.value)


class Gathering:
    """Hands what has gathered to one thread at a time, in the order in which it came."""

    def __init__(self, threads: Executor, run: Callable[[Sequence[Job]], Sequence[Job]]) -> None:
        """`run` leaves in each job how it ended, and returns the last ones, if it left them."""
        self._threads = threads
        self._run = run
        self._lock = Lock()
        self._jobs: deque[Job] = deque()
        self._going = False

    async def submit(self, work: Callable[[Connection], Any], across: str | None) -> Any:
        """Have this done, and return its result once it is on disk."""
        job = Job(work, across, asyncio.get_running_loop().create_future())
        with self._lock:
            self._jobs.append(job)
            begins, self._going = not self._going, True
            if begins:
                try:
                    self._threads.submit(self._serve)
                except RuntimeError:  # It has been closed.
                    self._going = False
                    self._jobs.clear()
                    raise
        return await job.waiting

    def _serve(self) -> None:
        """Serve one group, and let others have the thread before the next one."""
        while True:
            with self._lock:
                jobs = [self._jobs.popleft() for _ in range(min(MOST, len(self._jobs)))]
            wanted = [job for job in jobs if not job.waiting.cancelled()]
            left: Sequence[Job] = ()
            try:
                left = self._run(wanted) if wanted else ()
            finally:  # Nobody waits for ever, whatever went wrong.
                _tell(wanted[: len(wanted) - len(left)])
                again = self._goes_on(left)
            if not again:
                return

    def _goes_on(self, left: Sequence[Job]) -> bool:
        """Come back for those who are left or have come; true where this thread has to stay."""
        with self._lock:
            self._jobs.extendleft(reversed(left))
            self._going = bool(self._jobs)
            if not self._going:
                return False
            try:
                self._threads.submit(self._serve)
            except RuntimeError:  # It is being closed: what was asked for before is done still.
                return True
            return False


def _tell(jobs: Sequence[Job]) -> None:
    loops: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        loops.setdefault(job.waiting.get_loop(), []).append(job)
    for loop, waiting in loops.items():
        try:
            loop.call_soon_threadsafe(_settle, waiting)
        except RuntimeError:
            continue  # Its loop has ended, and with it whoever waited.


def _settle(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.settle()
