"""The table of sealed rows: one row a turn, the last few turns of each conversation.

A row has its day, in the open, so that a conversation that fell silent can be forgotten here: its
key is elsewhere, and may be gone long since. A day is enough for that, and tells least.

One thread owns the one connection, so that a slow disk or a held lock delays its own turn and
not the event loop. The caller passes the key: a worker thread sees no context variable.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
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
_HAS_DAYS = "SELECT 1 FROM pragma_table_info('events') WHERE name = 'day'"
_ADD_DAYS = (
    "ALTER TABLE events ADD COLUMN day INTEGER NOT NULL DEFAULT 0",
    "UPDATE events SET day = CAST(strftime('%s', 'now') AS INTEGER) / 86400",
    "CREATE INDEX events_by_day ON events (day)",
)
_LAST = "SELECT sequence, box FROM events WHERE conversation = ? ORDER BY sequence DESC LIMIT ?"
_APPEND = "INSERT INTO events (conversation, sequence, box, day) VALUES (?, ?, ?, ?)"
_FORGET = "DELETE FROM events WHERE conversation = ? AND sequence <= ?"
# A conversation goes whole: one row alone would be a gap, which is refused.
_FORGET_SILENT = """
DELETE FROM events WHERE conversation IN (
    SELECT old.conversation FROM events AS old WHERE old.day < ? AND NOT EXISTS (
        SELECT 1 FROM events AS newer
        WHERE newer.conversation = old.conversation AND newer.day >= ?)
    LIMIT ?)
"""
BATCH = 500
"""So many rows are looked at in one transaction: no turn waits longer than that takes."""


def today() -> int:
    """Return the number of the day since 1970, UTC."""
    return int(time.time()) // 86_400


class StoreDown(Exception):
    """The database cannot be read or written."""


class EventTable:
    """Sealed rows in a SQLite file.

    `keep` is the number of turns of a conversation that are kept; `busy_seconds` how long a
    turn waits for a lock that another process holds; `day` tells which day it is.
    """

    def __init__(
        self, path: Path, keep: int, busy_seconds: float = 2.0, day: Callable[[], int] = today
    ) -> None:
        self._path = path
        self._keep = keep
        self._busy_seconds = busy_seconds
        self._day = day
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

    async def forget_silent(self, days: int) -> int:
        """Forget conversations whose last turn is more than `days` days ago; return their rows.

        Turns are taken between the batches. Raises `StoreDown`.
        """
        before, gone = self._day() - days, 0
        while count := await self._run(lambda: self._forget_silent(before)):
            gone += count
        return gone

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
            _add_days(connection)
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
            connection.execute(_APPEND, (conversation, sequence, box, self._day()))
            connection.execute(_FORGET, (conversation, sequence - self._keep))
            connection.execute("COMMIT")
        except sqlite3.Error:
            connection.rollback()
            raise

    def _forget_silent(self, before: int) -> int:
        """Forget some conversations that have no row of this day or later."""
        return self._opened().execute(_FORGET_SILENT, (before, before, BATCH)).rowcount


def _add_days(connection: sqlite3.Connection) -> None:
    """Bring a table without days to its present form: what it holds counts from now."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute(_HAS_DAYS).fetchone() is None:
            for statement in _ADD_DAYS:
                connection.execute(statement)
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
