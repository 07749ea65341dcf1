"""Which users of their own the processes get: such that no other installation here uses them.

The kernel counts threads, and other means, by user: with users shared, whoever has taken over a
process of one installation keeps that of another from starting a thread.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

FIRST_UID = 61_000
"""No account goes by this number or the next 183, and systemd gives none of them away."""
SIZE = 60
_BLOCKS = 3


def free_block(running: Collection[int]) -> tuple[int, bool]:
    """Return the first user of a block, and whether nobody of `running` is in it."""
    for number in range(_BLOCKS):
        first = FIRST_UID + number * SIZE
        if not any(first <= uid < first + SIZE for uid in running):
            return first, True
    return FIRST_UID, False


def running_users(proc: Path = Path("/proc")) -> frozenset[int]:
    """Return the users of every process of this machine."""
    return frozenset(_users(proc))


def _users(proc: Path) -> Iterator[int]:
    for status in proc.glob("[0-9]*/status"):
        with suppress(OSError, ValueError, StopIteration):  # It may have ended by now.
            told = next(line for line in status.read_text().splitlines() if line[:4] == "Uid:")
            yield int(told.split()[1])
