"""What is tried, by name, and the facts that it needs."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import sys
from pathlib import Path

from sandbox.calls import ARCHITECTURES
from sandbox.kernel import machine

FACTS = json.loads(sys.argv[1])
PID, OWN = FACTS["pid"], Path(FACTS["own"])
TRIED = {}
"""Each by its name, with the errors by which a wall stops it."""
WALLS = frozenset(
    {
        errno.EPERM,
        errno.EACCES,
        errno.EROFS,
        errno.ENOENT,
        errno.ENOSYS,
        errno.ENETUNREACH,
    }
)


def attempt(function):
    """Keep what somebody tries; its name says what it is."""
    return stopped_by(*WALLS)(function)


def stopped_by(*errors):
    """Keep what somebody tries and only these errors stop: others would come without a wall."""

    def keep(function):
        TRIED[function.__name__] = (function, frozenset(errors))
        return function

    return keep


def came_of(name):
    """Try it; return GOT or FAILED with the reason, or STOPPED where it was by a wall."""
    function, errors = TRIED[name]
    try:
        return f"GOT {function()!r}"[:120]
    except Exception as error:
        number = getattr(error, "errno", None)
        word = "STOPPED" if number in errors else "FAILED"
        return f"{word} {errno.errorcode.get(number, '')} {type(error).__name__}: {error}"


def call(name, *arguments):
    """Make a system call by its name; raise where it fails."""
    number = ARCHITECTURES[machine()].numbers[name]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(each) for each in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
