"""Ends a process that fills the disk with files: the kernel bounds how large each is, not how many.

The launcher counts what lies in the folders that a process may write, once a second. Whoever has
taken a process over makes some ten thousand files in that time, and no more.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from pathlib import Path

MOST_FILES = 5_000
"""In all folders of one process together; databases, keys and checkpoints are some dozens."""
LOOKS_EVERY_SECONDS = 1.0


def too_many(folders: Iterable[Path], most: int = MOST_FILES) -> bool:
    """Tell whether there are more than `most` files and folders below these; follows no link.

    Where one cannot be looked into, as with a path that is too long, there are.
    """
    left, open_ones = most, [str(folder) for folder in folders]
    while open_ones:
        try:
            with os.scandir(open_ones.pop()) as entries:
                for entry in entries:
                    left -= 1
                    if left < 0:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        open_ones.append(entry.path)
        except (FileNotFoundError, NotADirectoryError):
            continue  # It was there a moment ago, or is one file that may be written.
        except OSError:
            return True
    return False


async def end_where_too_many(
    folders: Iterable[Path],
    end: Callable[[], None],
    most: int = MOST_FILES,
    every: float = LOOKS_EVERY_SECONDS,
) -> None:
    """Look until there are too many, then call `end`, once."""
    watched = tuple(folders)
    while True:
        if too_many(watched, most):
            return end()
        await asyncio.sleep(every)
