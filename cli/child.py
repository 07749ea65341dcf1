"""Runs one module as a program that ends when the launcher ends, however the launcher ended.

The launcher holds the writing end of a pipe and nobody else does. When the launcher dies,
even by SIGKILL, the pipe closes, and this process ends itself: politely first, for sure
after five seconds. Works on Linux and macOS, on Python 3.10 and newer.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time
from collections.abc import MutableMapping

from sandbox import seccomp
from sandbox.enter import enter
from sandbox.told import PROFILE, read
from sandbox.walls import Wall

NOT_WALLED = 4
"""The exit code of a process in production that a wall is missing around."""
LIFELINE_FD = "GATEHOUSE_LIFELINE_FD"
READY_FD = "GATEHOUSE_READY_FD"
"""The same as in `runtime.descriptors`, which is not to be loaded before the walls stand."""
_STOP_SECONDS = 5.0


def _end_with(lifeline: int) -> None:
    os.read(lifeline, 1)  # Nothing is ever written: this returns when the launcher is gone.
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_STOP_SECONDS)
    os.killpg(0, signal.SIGKILL)


def hold_on_to(lifeline: int) -> None:
    """End this process when `lifeline`, a reading descriptor, reaches its end."""
    os.set_inheritable(lifeline, False)
    threading.Thread(target=_end_with, args=(lifeline,), name="lifeline", daemon=True).start()


def _no_listening_once_ready(reading: int, ready: int) -> None:
    try:
        said = os.read(reading, 16)
        if said:
            seccomp.refuse_listening()
            os.write(ready, said)
    finally:
        os.close(ready)  # Not ready, where it could not be done: the launcher hears of that.
        os.close(reading)


def close_once_ready(environ: MutableMapping[str, str]) -> None:
    """Stand between the process and its launcher when it says that it is ready.

    Until then it may listen, and from then on not: the launcher hears of it afterwards.
    """
    if (number := environ.get(READY_FD)) is None:
        return
    reading, told = os.pipe()
    environ[READY_FD] = str(told)
    threading.Thread(
        target=_no_listening_once_ready, args=(reading, int(number)), name="ready", daemon=True
    ).start()


def wall_in(profile: str, must: bool) -> tuple[Wall, ...]:
    """Enter a profile, and return what is missing; where all of it must stand, end here instead."""
    missing = enter(read(profile))
    for wall in missing:
        print(f"without a wall: {wall.name.lower()}: {wall.value}", file=sys.stderr, flush=True)
    if missing and must:
        sys.exit(NOT_WALLED)
    return missing


def without_drawing(module: str) -> None:
    """Let what serves, or sets up, load nothing that draws on terminals, as structlog would.

    Its log is lines of JSON, and nobody looks at them here; it is four megabytes a process.
    """
    if module.endswith((".serve", ".setup")):
        sys.modules["rich"] = None  # type: ignore[assignment]  # What Python calls not installed.


def main() -> None:
    """`python -m cli.child MODULE ARGUMENTS…`: run MODULE as `python -m MODULE` would."""
    number = os.environ.pop(LIFELINE_FD, None)
    if number is None:
        sys.exit("start this with `gatehouse run`")
    profile = os.environ.pop(PROFILE, None)
    if profile is not None:
        # Before any thread is started, and before any code is loaded that has to stay inside.
        missing = wall_in(profile, must=os.environ.get("GATEHOUSE_MODE") == "production")
        if Wall.CALLS not in missing:
            close_once_ready(os.environ)
    hold_on_to(int(number))
    sys.argv = sys.argv[1:]
    without_drawing(sys.argv[0])
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
