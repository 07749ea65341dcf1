"""The checkpoints outside the database: a file that only grows, each line on disk."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import orjson

from security.adapters.key_files import sync_folder

_LONGEST = 1 << 20


class CheckpointFile:
    """One line a checkpoint, the same bytes as in the database. Raises `OSError`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def last(self) -> tuple[int, bytes]:
        """Return the number of the last whole line, and the line; 0 where there is none."""
        if not self._path.exists():
            return 0, b""
        with self._path.open("rb") as file:
            file.seek(max(0, self._path.stat().st_size - _LONGEST))
            for line in reversed(file.read(_LONGEST).split(b"\n")):
                try:
                    return int(orjson.loads(line)["number"]), line
                except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
                    continue  # A crash tore it: the database has it still.
        return 0, b""

    def append(self, lines: Sequence[bytes]) -> None:
        """Add lines; they are on disk when this returns."""
        fresh = not self._path.exists()
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            content = b"".join((b"\n" if torn else b"", *(line + b"\n" for line in lines)))
            while content:
                content = content[os.write(descriptor, content) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if fresh:
            sync_folder(self._path.parent)
