"""What a process writes, kept by the launcher: the process holds a pipe and never the file.

Whoever has the file open may empty it or write over it, however it was opened. What has gone
through a pipe is out of reach.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

from cli.logs import MOST_BYTES, aside

_BLOCK, _BLOCKS = 65_536, 16
"""The most that a pipe ever holds, 1 MiB, is read in so many blocks."""
_DAY_SECONDS = 86_400.0
_FULL = b'{"process":"cli","event":"log_is_full","level":"error"}\n'


class KeptLog:
    """The log of one life of a process; made within the event loop. Raises `OSError`."""

    def __init__(self, path: Path, most: int = MOST_BYTES) -> None:
        self._path, self._most = path, most
        self._loop = asyncio.get_running_loop()
        self._begin()
        self._reading, self.writing = os.pipe()
        os.set_blocking(self._reading, False)
        self._loop.add_reader(self._reading, self._take)
        self._open = True

    def begun(self) -> None:
        """Let go of the writing end: from now on the process alone holds it."""
        os.close(self.writing)

    def catch_up(self) -> None:
        """Keep what has been written by now."""
        for _ in range(_BLOCKS):
            if not (self._open and self._take()):
                return

    def add(self, line: bytes) -> None:
        """Keep a line of the launcher's own, as if the process had written it."""
        self.catch_up()
        if self._open:
            self._keep(line)

    def close(self) -> None:
        """Keep what has been written, and take nothing more."""
        self.catch_up()
        self._end()

    def _take(self) -> bool:
        try:
            data = os.read(self._reading, _BLOCK)
        except BlockingIOError:
            return False
        if not data:
            self._end()
            return False
        self._keep(data)
        return True

    def _keep(self, data: bytes) -> None:
        """Append it. What a full disk, or a full log, does not take is lost, and nothing waits.

        A full log is put aside once a day at most: a flood cannot wash away what was before it.
        """
        if self._left <= 0 and self._loop.time() - self._since >= _DAY_SECONDS:
            os.close(self._file)
            aside(self._path)
            self._begin()
        if self._left <= 0:
            return
        full = len(data) >= self._left
        data = data[: self._left] + (b"\n" + _FULL if full else b"")
        self._left -= len(data)
        with contextlib.suppress(OSError):
            while data:
                data = data[os.write(self._file, data) :]

    def _begin(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(self._path, flags, 0o600)
        self._left = self._most - os.fstat(self._file).st_size
        self._since = self._loop.time()

    def _end(self) -> None:
        if self._open:
            self._open = False
            self._loop.remove_reader(self._reading)
            os.close(self._reading)
            os.close(self._file)
