"""The table of sealed rows: one row a turn, the last few turns of each conversation.

One thread owns the one connection, so that a slow disk or a held lock delays its own turn and
not the event loop. The caller passes the key: a worker thread sees no context variable.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from dialogue.sealing import Unreadable, seal, unseal

T = TypeVar("T")

_CREATE = """
CREATE TABLE IF NOT EXISTS events (
    conversation TEXT NOT NULL, sequence INTEGER NOT NULL, box BLOB NOT NULL,
    PRIMARY KEY (conversation, sequence)) WITHOUT ROWID, STRICT
"""
_LAST = "SELECT sequence, box FROM events WHERE conversation = ? ORDER BY sequence DESC LIMIT ?"
_APPEND = "INSERT INTO events (conversation, sequence, box) VALUES (?, ?, ?)"
_FORGET = "DELETE FROM events WHERE conversation = ? AND sequence <= ?"


class StoreDown(Exception):
    """The database cannot be read or written."""


class EventTable:
    """Sealed rows in a SQLite file.

    `keep` is the number of turns of a conversation that are kept; `busy_seconds` how long a
    turn waits for a lock that another process holds.
    """

    def __init__(self, path: Path, keep: int, busy_seconds: float = 2.0) -> None:
        self._path = path
        self._keep = keep
        self._busy_seconds = busy_seconds
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tracker")
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        """Open the database and create its table. Raises `StoreDown`."""
        self._thread.submit(self._guarded, self._open).result()

    def close(self) -> None:
        """Finish what is being written, then close."""
        self._thread.submit(self._close).result()
        self._thread.shutdown()

    async def last_turns(self, key: bytes, conversation: str) -> list[tuple[int, bytes]]:
        """Return the kept turns of `conversation`, oldest first: sequence number and content.

        Raises `Unreadable` where one does not open with `key` or is missing, and `StoreDown`.
        """
        return await self._run(lambda: self._last_turns(key, conversation))

    async def append(self, key: bytes, conversation: str, sequence: int, plain: bytes) -> None:
        """Add turn `sequence` and forget the turn that leaves the window.

        Raises `StoreDown`, also where that turn exists already: nothing is overwritten.
        """
        await self._run(lambda: self._append(key, conversation, sequence, plain))

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._guarded, work)

    def _guarded(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except (sqlite3.Error, OSError) as error:
            raise StoreDown(type(error).__name__) from None

    def _open(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The journal's files take their rights from this one.
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(self._path, timeout=self._busy_seconds, isolation_level=None)
        try:
            for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", _CREATE):
                connection.execute(statement)
        except sqlite3.Error:
            connection.close()
            raise
        self._connection = connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.OperationalError("the database is not open")
        return self._connection

    def _last_turns(self, key: bytes, conversation: str) -> list[tuple[int, bytes]]:
        rows = self._rows(conversation)
        rows.reverse()
        _check_complete([sequence for sequence, _ in rows], self._keep)
        return [(number, unseal(key, conversation, number, box)) for number, box in rows]

    def _append(self, key: bytes, conversation: str, sequence: int, plain: bytes) -> None:
        self._add(conversation, sequence, seal(key, conversation, sequence, plain))

    def _rows(self, conversation: str) -> list[tuple[int, bytes]]:
        """Return the newest rows, newest first."""
        return self._opened().execute(_LAST, (conversation, self._keep)).fetchall()

    def _add(self, conversation: str, sequence: int, box: bytes) -> None:
        """Add a row and forget the one that leaves the window, both or neither."""
        connection = self._opened()
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute(_APPEND, (conversation, sequence, box))
            connection.execute(_FORGET, (conversation, sequence - self._keep))
            connection.execute("COMMIT")
        except sqlite3.Error:
            connection.rollback()
            raise


def _check_complete(sequences: Sequence[int], keep: int) -> None:
    """Refuse a window with a gap, or one that should be longer than it is."""
    if not sequences:
        return
    expected = range(max(1, sequences[-1] - keep + 1), sequences[-1] + 1)
    if list(sequences) != list(expected):
        raise Unreadable
