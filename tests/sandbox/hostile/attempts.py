"""What is tried, by name, and the facts that it needs."""

from __future__ import annotations

import ctypes
import json
import os
import sys
from pathlib import Path

from sandbox.calls import ARCHITECTURES
from sandbox.kernel import machine

FACTS = json.loads(sys.argv[1])
PID, OWN = FACTS["pid"], Path(FACTS["own"])
TRIED = {}


def attempt(function):
    """Keep what somebody tries; its name says what it is."""
    TRIED[function.__name__] = function
    return function


def call(name, *arguments):
    """Make a system call by its name; raise where it fails."""
    number = ARCHITECTURES[machine()].numbers[name]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(each) for each in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
