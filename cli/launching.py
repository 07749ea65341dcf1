"""Starts one program with its descriptors, and ends it for sure."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from cli.child import LIFELINE_FD
from cli.kept_log import KeptLog
from cli.many_files import Bounds, Reason, Watch, end_where_too_much
from cli.process_settings import only
from cli.programs import Program
from cli.settings import ROOT
from runtime.descriptors import READY_FD, SECRETS_FD
from sandbox.profile import Profile
from sandbox.told import PROFILE, written

STOP_SECONDS = 5.0


class Lifeline:
    """Tells every child that this launcher still lives: by a pipe for each of them.

    A pipe that children shared could be written to by one of them, where they are the same
    user, and read by the others as the end; or be kept open, which nobody would notice.
    """

    def __enter__(self) -> Self:
        self._writing: list[int] = []
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for end in self._writing:
            os.close(end)

    @contextlib.contextmanager
    def to_a_child(self) -> Iterator[int]:
        """Give the reading end for one child, to start it in this block."""
        self._let_go_of_the_ended()
        reading, writing = os.pipe()
        self._writing.append(writing)
        try:
            yield reading
        finally:
            os.close(reading)

    def _let_go_of_the_ended(self) -> None:
        """Close the ends that nobody reads any more."""
        ends = select.poll()
        for end in self._writing:
            ends.register(end, 0)
        for end, _ in ends.poll(0):
            self._writing.remove(end)
            os.close(end)


class Child:
    """A started process; `ready` and `wait` tell how it fares."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        ready: int,
        log: KeptLog,
        watch: Watch | None = None,
    ) -> None:
        """`watch` looks at the folders that it may write: filled, they are its end."""
        self._process = process
        self._ready = ready
        self._log = log
        self._watching = watch and asyncio.create_task(end_where_too_much(watch, self._end_for))

    @property
    def pid(self) -> int:
        """The process id, which is also that of its process group."""
        return self._process.pid

    async def ready(self) -> bool:
        """Wait until it says `ready`; false where it ends or closes the descriptor instead."""
        loop = asyncio.get_running_loop()
        readable: asyncio.Future[None] = loop.create_future()

        def on_readable() -> None:
            if not readable.done():
                readable.set_result(None)

        loop.add_reader(self._ready, on_readable)
        try:
            await readable
            return os.read(self._ready, 16) == b"ready\n"
        finally:
            loop.remove_reader(self._ready)
            os.close(self._ready)

    async def wait(self) -> int:
        """Wait for its end; return the exit code, negative for a signal."""
        code = await self._process.wait()
        self._log.catch_up()  # Its last words are asked for next.
        return code

    def _end_for(self, reason: Reason) -> None:
        self._log.add(b'{"process":"cli","event":"%s","level":"error"}\n' % reason.encode())
        signal_group(self._process.pid, signal.SIGKILL)

    async def stop(self, hurry: asyncio.Event) -> None:
        """End it: SIGTERM, five seconds or until `hurry`, then SIGKILL."""
        if self._watching:
            self._watching.cancel()
        try:
            await stop_process(self._process, hurry)
        finally:
            self._log.close()


def signal_group(group: int, number: signal.Signals) -> None:
    """Send a signal to a whole process group, if there still is one."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


async def stop_process(process: asyncio.subprocess.Process, hurry: asyncio.Event) -> None:
    """End a process that leads a group of its own, and the group with it."""
    ended = asyncio.create_task(process.wait())
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        hurried = asyncio.create_task(hurry.wait())
        either = (ended, hurried)
        await asyncio.wait(either, timeout=STOP_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
    signal_group(process.pid, signal.SIGKILL)  # Nothing that it started may outlive it, either.
    await ended


def secrets_pipe(credentials: Mapping[str, str]) -> int:
    """Return the reading end of a closed pipe that holds one JSON object."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(json.dumps(dict(credentials)).encode())  # Far below a pipe's capacity.
    return reading


def command(python: Path, module: str, *arguments: str) -> Sequence[str]:
    """Return the command line that runs `module` so that it ends when the launcher ends."""
    return (str(python), "-m", "cli.child", module, *arguments)


async def launch(
    program: Program,
    credentials: Mapping[str, str],
    environ: Mapping[str, str],
    log: Path,
    lifeline: Lifeline,
    profile: Profile | None = None,
) -> Child:
    """Start `program` in a session of its own; its output is appended to `log` from here.

    `credentials` are all there are: it gets those of its own arrows, and of the secrets that
    are set those that are meant for it; of the settings in `environ` those that it reads. It walls
    itself in by its `profile`. Raises `OSError` where its Python cannot be started.
    """
    set_here = (name for name in program.given if name in credentials)
    its_own = (*program.credentials, *set_here)
    secrets = secrets_pipe({name: credentials[name] for name in its_own})
    ready, tell = os.pipe()
    walls = {} if profile is None else {PROFILE: written(profile)}
    kept = KeptLog(log)
    try:
        with lifeline.to_a_child() as reading:
            numbers = {SECRETS_FD: secrets, READY_FD: tell, LIFELINE_FD: reading}
            told = {**program.environ, **{name: str(one) for name, one in numbers.items()}, **walls}
            process = await asyncio.create_subprocess_exec(
                *command(program.python, program.module),
                cwd=ROOT,
                env={**only(program.settings, environ), **told},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=kept.writing,
                stderr=kept.writing,
                pass_fds=tuple(numbers.values()),
                start_new_session=True,  # Ctrl-C reaches the launcher alone, which then stops all.
            )
    except BaseException:
        os.close(ready)
        kept.close()
        raise
    finally:
        kept.begun()
        for number in (secrets, tell):
            os.close(number)
    return Child(process, ready, kept, None if profile is None else _watch(profile))


def _watch(profile: Profile) -> Watch:
    return Watch((*profile.writes, *profile.serves), Bounds(profile.limits.disk))
