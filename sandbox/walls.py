"""The walls by name, and what is lost without each: for people."""

from __future__ import annotations

from enum import Enum


class Wall(Enum):
    """One wall of a process; the value says what stands open without it."""

    USER = "it runs as the same user as the others"
    VIEW = "it sees the whole file system, and every socket in it"
    NETWORK = "it sees the machine's network"
    LIMITS = "not everything bounds what it uses of memory, disk and threads"
    CAPABILITIES = "it keeps the rights of whoever started it"
    PRIVILEGES = "it may gain rights by running a program"
    LANDLOCK = "files, ports and signals are not all held against its list"
    CALLS = "it may make any system call"
