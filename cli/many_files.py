"""Ends a process that fills the disk: the kernel bounds how large each file is, and no more.

The launcher counts and sums what lies in the folders that a process may write, once a second.
Whoever has taken a process over makes some ten thousand files in that time, or writes as much as
the disk takes. What was written stays for people to look at. A file without a name that is still
open is in no folder: it is seen by nobody, and goes with its process.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MOST_FILES = 5_000
"""In all folders of one process together; databases, keys and checkpoints are some dozens."""
LOOKS_EVERY_SECONDS = 1.0
RESERVE = 1 << 30
"""What is to be left of a disk, or a twentieth of a small one."""
OF_THE_RESERVE = 1 << 26
"""What one life of a process may take of that: twelve of them leave something for the trail."""
_BLOCK = 512
"""What `st_blocks` counts, whatever the file system uses."""

Reason = Literal["too_many_files", "too_many_bytes", "disk_is_full"]


@dataclass(frozen=True)
class Bounds:
    """How much may lie in the folders of one process."""

    bytes: int
    files: int = MOST_FILES


def taken(folders: Iterable[Path], most: int = MOST_FILES) -> int | None:
    """Return the bytes on disk of what lies below these; None with more than `most` of it.

    Files and folders count, no link is followed. None also where one cannot be looked into, as
    with a path that is too long.
    """
    left, total, open_ones = most, 0, [str(folder) for folder in folders]
    while open_ones:
        try:
            with os.scandir(open_ones.pop()) as entries:
                for entry in entries:
                    left -= 1
                    if left < 0:
                        return None
                    total += _bytes_of(entry)
                    if entry.is_dir(follow_symlinks=False):
                        open_ones.append(entry.path)
        except (FileNotFoundError, NotADirectoryError):
            continue  # It was there a moment ago, or is one file that may be written.
        except OSError:
            return None
    return total


def _bytes_of(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_blocks * _BLOCK
    except FileNotFoundError:
        return 0  # The others are to be counted nevertheless.


def is_low(folders: Iterable[Path]) -> bool:
    """Tell whether little is left of a disk that one of these is on."""
    for folder in folders:
        try:
            disk = os.statvfs(folder)
        except OSError:
            continue
        if disk.f_bavail * disk.f_frsize < min(RESERVE, disk.f_blocks * disk.f_frsize // 20):
            return True
    return False


class Watch:
    """The folders of one life of a process; `reason` is asked again and again."""

    def __init__(
        self,
        folders: Iterable[Path],
        bounds: Bounds,
        low: Callable[[Iterable[Path]], bool] = is_low,
    ) -> None:
        self._folders, self._bounds, self._low = tuple(folders), bounds, low
        self._before: int | None = None
        """What lay there when there was room for the last time."""

    def reason(self) -> Reason | None:
        """Tell why the process is to be ended now, if it is."""
        now = taken(self._folders, self._bounds.files)
        if now is None:
            return "too_many_files"
        if now > self._bounds.bytes:
            return "too_many_bytes"
        if self._before is None or not self._low(self._folders):
            self._before = now
        # Whoever else has filled the disk: only those are ended that go on filling it.
        return "disk_is_full" if now - self._before > OF_THE_RESERVE else None


async def end_where_too_much(
    watch: Watch, end: Callable[[Reason], None], every: float = LOOKS_EVERY_SECONDS
) -> None:
    """Look until there is a reason, then call `end` with it, once."""
    while True:
        if (reason := watch.reason()) is not None:
            return end(reason)
        await asyncio.sleep(every)
