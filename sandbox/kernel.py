"""System calls that the standard library has no function for. Each raises `OSError`."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from typing import Any

SET_DEATH_SIGNAL, SET_DUMPABLE, SET_NO_NEW_PRIVS, CAPBSET_DROP = 1, 4, 38, 24
"""Options of prctl(2)."""

NEWNS, NEWUSER, NEWNET, NEWIPC = 0x00020000, 0x10000000, 0x40000000, 0x08000000
"""Flags of unshare(2)."""

READ_ONLY, NO_SETUID, NO_DEVICES, NO_EXEC, REMOUNT, BIND, RECURSIVE, PRIVATE = (
    0x1, 0x2, 0x4, 0x8, 0x20, 0x1000, 0x4000, 0x40000,
)  # fmt: skip
"""Flags of mount(2)."""
DETACH = 2
"""A flag of umount2(2)."""

_CAPABILITY_VERSION_3 = 0x20080522
_SYSCALLS = {
    "x86_64": {"capset": 126, "pivot_root": 155},
    "aarch64": {"capset": 91, "pivot_root": 41},
}


def machine() -> str:
    """Return the kernel's name of this machine's architecture."""
    return platform.machine()


def call(number: int, *arguments: Any) -> int:
    """Make a system call by its number."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    result = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise _failure()
    return int(result)


def prctl(option: int, value: int = 0) -> None:
    """Change something of this process (prctl(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    if libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero) != 0:
        raise _failure()


def unshare(flags: int) -> None:
    """Leave namespaces for new ones (unshare(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        raise _failure()


def mount(
    source: str | None, target: str, kind: str | None, flags: int, data: str | None = None
) -> None:
    """Mount a file system, or change how one is mounted (mount(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    given = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    told = None if data is None else os.fsencode(data)
    if libc.mount(*given, ctypes.c_ulong(flags), told) != 0:
        raise _failure(target)


def unmount(target: str, flags: int) -> None:
    """Take a file system away (umount2(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.umount2(os.fsencode(target), flags) != 0:
        raise _failure(target)


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root; the old one hangs at `old` then (pivot_root(2))."""
    number = _SYSCALLS[machine()]["pivot_root"]
    call(number, ctypes.c_char_p(os.fsencode(new)), ctypes.c_char_p(os.fsencode(old)))


def bound_capabilities() -> None:
    """Let no program that is run give a capability back. Raises `OSError`."""
    for capability in range(64):
        try:
            prctl(CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno == errno.EINVAL:
                return  # The kernel has no more of them.
            raise


def drop_capabilities() -> None:
    """Give up every capability. Raises `OSError`."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    call(_SYSCALLS[machine()]["capset"], ctypes.byref(header), ctypes.byref(nothing))


def _failure(what: str | None = None) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), what)
