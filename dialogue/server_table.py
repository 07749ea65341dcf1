"""The table of sealed rows on PostgreSQL, in a database of its own.

A connection that fails is let go of, and the turn with it; the next turn opens another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from dialogue.event_table import BATCH, EventTable, StoreDown, today

T = TypeVar("T")

_CREATE = """
CREATE TABLE IF NOT EXISTS events (
    conversation text NOT NULL, sequence integer NOT NULL, box bytea NOT NULL,
    PRIMARY KEY (conversation, sequence))
"""
_HAS_DAYS = """
SELECT 1 FROM pg_attribute
WHERE attrelid = 'events'::regclass AND attname = 'day' AND NOT attisdropped
"""
# What is there counts from now: the server notes the day once, and touches no row.
_ADD_DAYS = (
    "ALTER TABLE events ADD COLUMN day integer NOT NULL"
    " DEFAULT (extract(epoch FROM now())::bigint / 86400)",
    "CREATE INDEX events_by_day ON events (day)",
)
_LAST = "SELECT sequence, box FROM events WHERE conversation = %s ORDER BY sequence DESC LIMIT %s"
# One statement is one transaction: both happen, or neither.
_APPEND = """
WITH forgotten AS (DELETE FROM events WHERE conversation = %s AND sequence <= %s)
INSERT INTO events (conversation, sequence, box, day) VALUES (%s, %s, %s, %s)
"""
_FORGET_SILENT = """
DELETE FROM events WHERE conversation IN (
    SELECT old.conversation FROM events AS old WHERE old.day < %s AND NOT EXISTS (
        SELECT 1 FROM events AS newer
        WHERE newer.conversation = old.conversation AND newer.day >= %s)
    LIMIT %s)
"""


class ServerTable(EventTable):
    """Sealed rows on a server.

    `driver` is a module of the DB-API (PEP 249), `server` what its `connect` is told; `keep` the
    number of turns of a conversation that are kept; `day` tells which day it is.
    """

    def __init__(
        self,
        driver: Any,
        server: Mapping[str, Any],
        keep: int,
        day: Callable[[], int] = today,
    ) -> None:
        super().__init__(Path(), keep, day=day)
        self._driver = driver
        self._server = server
        self._held: Any = None
        self._is_open = False

    def _guarded(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except self._driver.Error as error:
            if not isinstance(error, self._driver.IntegrityError):
                self._let_go()
            raise StoreDown(type(error).__name__) from None

    def _open(self) -> None:
        self._is_open = True
        with self._cursor() as cursor:
            cursor.execute(_CREATE)
            # Looked for first: to add it, even where it is, would wait for whoever reads.
            cursor.execute(_HAS_DAYS)
            if cursor.fetchone() is None:
                # All or nothing: a failure closes the connection, and takes back what was done.
                for statement in ("BEGIN", *_ADD_DAYS, "COMMIT"):
                    cursor.execute(statement)

    def _close(self) -> None:
        self._is_open = False
        self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.close()

    def _cursor(self) -> Any:
        if not self._is_open:
            raise self._driver.InterfaceError("the database is not open")
        if self._held is None:
            connection = self._driver.connect(**self._server)
            connection.autocommit = True
            self._held = connection
        return self._held.cursor()

    def _rows(self, conversation: str) -> list[tuple[int, bytes]]:
        with self._cursor() as cursor:
            cursor.execute(_LAST, (conversation, self._keep))
            return [(sequence, bytes(box)) for sequence, box in cursor.fetchall()]

    def _add(self, conversation: str, sequence: int, box: bytes) -> None:
        last = sequence - self._keep
        with self._cursor() as cursor:
            given = (conversation, last, conversation, sequence, box, self._day())
            cursor.execute(_APPEND, given)

    def _forget_silent(self, before: int) -> int:
        with self._cursor() as cursor:
            cursor.execute(_FORGET_SILENT, (before, before, BATCH))
            return int(cursor.rowcount)
