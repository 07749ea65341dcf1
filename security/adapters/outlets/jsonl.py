"""The trail as files beside the database, for whatever collects them: JSONL, for its owner only."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from security.adapters.key_files import sync_folder
from security.outlets.ports import CannotDeliver, Entry

CURRENT = "trail.jsonl"
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW


class JsonlFiles:
    """One file that grows, and `kept` older ones, each of `size` bytes and a batch at most.

    The newest of the older ones is `trail.1.jsonl`. What goes with the oldest is in the database.
    """

    name = "files"
    most = 1_000

    def __init__(self, folder: Path, size: int, kept: int) -> None:
        self._folder = folder
        self._size = size
        self._kept = kept

    async def deliver(self, entries: Sequence[Entry]) -> None:
        """Return once all of them are on disk. Raises `CannotDeliver`."""
        try:
            await asyncio.to_thread(self._write, b"".join(one.line + b"\n" for one in entries))
        except OSError as error:
            raise CannotDeliver(type(error).__name__) from None

    async def close(self) -> None:
        """Nothing stays open."""

    def _write(self, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        file = self._folder / CURRENT
        fresh = not file.exists()
        descriptor = os.open(file, _FLAGS, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if size > 0 and os.pread(descriptor, 1, size - 1) != b"\n":
                content = b"\n" + content  # A crash tore the last line; its batch comes again.
            while content:
                content = content[os.write(descriptor, content) :]
            os.fsync(descriptor)
            full = os.fstat(descriptor).st_size >= self._size
        finally:
            os.close(descriptor)
        if full:
            self._rotate()
        if fresh or full:
            sync_folder(self._folder)

    def _rotate(self) -> None:
        self._older(self._kept).unlink(missing_ok=True)
        for number in range(self._kept - 1, 0, -1):
            if self._older(number).exists():
                self._older(number).replace(self._older(number + 1))
        (self._folder / CURRENT).replace(self._older(1))

    def _older(self, number: int) -> Path:
        return self._folder / f"trail.{number}.jsonl"
