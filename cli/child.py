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

LIFELINE_FD = "GATEHOUSE_LIFELINE_FD"
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


def main() -> None:
    """`python -m cli.child MODULE ARGUMENTS…`: run MODULE as `python -m MODULE` would."""
    number = os.environ.pop(LIFELINE_FD, None)
    if number is None:
        sys.exit("start this with `gatehouse run`")
    hold_on_to(int(number))
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
