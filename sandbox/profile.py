"""What one process may do: the row of a table, and nothing of the machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """How much of the machine a process may use: bytes, and a number of threads."""

    memory: int
    file_size: int
    threads: int
    files: int = 4_096
    """Open at once."""
    disk: int = 1 << 30
    """All files together; no wall holds this, the launcher looks (`cli/many_files.py`)."""


@dataclass(frozen=True)
class Profile:
    """One process: what it reads, writes and serves, and where it may connect to."""

    name: str
    code: tuple[Path, ...]
    """What it runs: read and mapped, never changed."""
    reads: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()
    serves: tuple[Path, ...] = ()
    """Folders of sockets of its own."""
    calls: tuple[Path, ...] = ()
    """Folders of sockets of others that it may connect to."""
    bind_tcp: tuple[int, ...] = ()
    connect_tcp: tuple[int, ...] = ()
    network: bool = False
    """Whether it sees the machine's network at all."""
    limits: Limits = field(default_factory=lambda: Limits(1 << 31, 1 << 28, 64))
    uid: int | None = None
    """A user of its own, where whoever starts it is root."""
