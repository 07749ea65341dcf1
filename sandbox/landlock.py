"""Landlock: which files, TCP ports, signals and abstract sockets a process may reach (ABI 6 up).

A rule gives a right beneath a path; without one it is gone, for this process and all that it
begins. Restrict before the first thread is started: the others would stay free.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sandbox import kernel

LEAST_ABI = 6
"""Both scopes: signals and abstract sockets."""

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # The same on every architecture.
_VERSION = 1
_BENEATH, _PORT = 1, 2

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_FOLDER, _REMOVE_FILE, _MAKE_FOLDER, _MAKE_FILE = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_MAKE_SOCKET, _MOVE, _TRUNCATE = 1 << 9, 1 << 13, 1 << 14
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | 1 << 15
_FILES_BY_ABI = (1, 1 << 13, 1 << 14, 1 << 15, 1 << 15, 1 << 16)
"""The first right over files that a version does not know yet: moving, truncating, ioctl."""
_PORTS_SINCE, _SCOPES_SINCE = 4, 6
_BIND, _CONNECT = 1 << 0, 1 << 1
_SCOPES = 1 << 0 | 1 << 1

LIST = _READ_DIR
READ = _READ_FILE | _READ_DIR
RUN = READ | _EXECUTE
"""What code needs: the loader maps libraries so that they can be executed."""
_CHANGE_FOLDERS = _MAKE_FOLDER | _REMOVE_FOLDER | _MOVE
WRITE = READ | _WRITE_FILE | _TRUNCATE | _MAKE_FILE | _REMOVE_FILE | _CHANGE_FOLDERS
SERVE = READ | _WRITE_FILE | _MAKE_SOCKET | _REMOVE_FILE
"""What a folder of a socket needs."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("folder", ctypes.c_int32))


class _Port(ctypes.Structure):
    _fields_ = (("rights", ctypes.c_uint64), ("port", ctypes.c_uint64))


@dataclass(frozen=True)
class Reachable:
    """What stays reachable: paths by what may be done beneath them, and TCP ports."""

    paths: tuple[tuple[Path, int], ...] = ()
    bind: tuple[int, ...] = ()
    connect: tuple[int, ...] = ()


def abi() -> int:
    """Return the version of Landlock here, 0 where there is none."""
    if sys.platform != "linux":
        return 0
    try:
        return kernel.call(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))
    except OSError:
        return 0


def restrict(reachable: Reachable, version: int = LEAST_ABI) -> None:
    """Take everything away but this, as far as that version of Landlock can.

    Raises `OSError`; `no_new_privs` has to be set already.
    """
    files = _FILES_BY_ABI[min(version, len(_FILES_BY_ABI) - 1)] - 1
    ports = _BIND | _CONNECT if version >= _PORTS_SINCE else 0
    asked = _Ruleset(files, ports, _SCOPES if version >= _SCOPES_SINCE else 0)
    rules = kernel.call(
        _CREATE, ctypes.byref(asked), ctypes.c_size_t(ctypes.sizeof(asked)), ctypes.c_uint32(0)
    )
    try:
        for path, rights in reachable.paths:
            _allow_path(rules, path, rights & files)
        if ports:
            _allow_ports(rules, _BIND, reachable.bind)
            _allow_ports(rules, _CONNECT, reachable.connect)
        kernel.call(_RESTRICT, ctypes.c_int(rules), ctypes.c_uint32(0))
    finally:
        os.close(rules)


def _allow_path(rules: int, path: Path, rights: int) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # What is not there needs no rule.
    try:
        if not stat.S_ISDIR(os.fstat(folder).st_mode):
            rights &= _OF_FILES
        rule = _Beneath(rights, folder)
        _add(rules, _BENEATH, rule)
    finally:
        os.close(folder)


def _allow_ports(rules: int, right: int, ports: Iterable[int]) -> None:
    for port in ports:
        _add(rules, _PORT, _Port(right, port))


def _add(rules: int, kind: int, rule: ctypes.Structure) -> None:
    kernel.call(
        _ADD, ctypes.c_int(rules), ctypes.c_int(kind), ctypes.byref(rule), ctypes.c_uint32(0)
    )
