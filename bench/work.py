"""What a run of the bench starts and writes: processes that end with it, in a folder of its own."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.child import LIFELINE_FD
from cli.commands import run_to_end
from cli.launching import Lifeline, command, stop_process
from cli.logs import last_words
from cli.problems import Problem
from cli.progress import Progress
from cli.settings import ROOT

KEPT = ROOT / "bench" / ".work"
"""What outlives a run: the trained model, for the next quick one."""
RUN_PREFIX = "run-"
_START_SECONDS = 180.0
_LOOK_AGAIN_SECONDS = 0.02


@dataclass(frozen=True)
class Work:
    """One run of the bench."""

    folder: Path
    sockets: Path
    """A short path: a Unix socket's may not exceed about 100 bytes."""
    lifeline: Lifeline
    progress: Progress

    def log(self, name: str) -> Path:
        """Return where the process `name` writes its output."""
        return self.folder / f"{name}.log"

    async def run(
        self, module: str, *arguments: str, environ: Mapping[str, str], given: bytes = b""
    ) -> bytes:
        """Run a module of ours to its end; return its standard output. Raises `Problem`."""
        words = command(Path(sys.executable), module, *arguments)
        return await run_to_end(module, words, environ, self.log(module), self.lifeline, given)

    @asynccontextmanager
    async def running(
        self, name: str, words: Sequence[str], environ: Mapping[str, str]
    ) -> AsyncIterator[Running]:
        """Start a program made by `command`; end it, and its process group, with the block."""
        output = os.open(self.log(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with self.lifeline.to_a_child() as reading:
                process = await asyncio.create_subprocess_exec(
                    *words,
                    cwd=ROOT,
                    env={**environ, LIFELINE_FD: str(reading)},
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=(reading,),
                    start_new_session=True,
                )
        finally:
            os.close(output)
        try:
            yield Running(name, process, self.log(name))
        finally:
            await stop_process(process, asyncio.Event())


@dataclass(frozen=True)
class Running:
    """A started process."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    async def until(self, is_ready: Callable[[], Awaitable[bool]]) -> None:
        """Wait until `is_ready`; raises `Problem` where the process ends or takes too long."""
        give_up = time.monotonic() + _START_SECONDS
        while not await is_ready():
            if self.process.returncode is not None or time.monotonic() > give_up:
                what = f"{self.name} did not start, last said “{last_words(self.log)}”"
                raise Problem(what, "see that `make run` works, then try again")
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)


@contextmanager
def only_run() -> Iterator[Path]:
    """Give the folder of all runs to this one alone, without what a killed one has left there.

    Raises `Problem` while another run goes on: each would spoil the other's figures.
    """
    KEPT.mkdir(mode=0o700, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Problem("another bench is running", "wait for its end") from None
        for left in KEPT.glob(f"{RUN_PREFIX}*"):
            shutil.rmtree(left)
        yield KEPT


def free_port() -> int:
    """Return a TCP port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def plain_environ() -> dict[str, str]:
    """Return this process's environment without the settings of another Gatehouse."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GATEHOUSE_") or name == "GATEHOUSE_RASA_PYTHON"
    }
