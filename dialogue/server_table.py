"""The table of sealed rows on PostgreSQL, in a database of its own.

A connection that fails is let go of, and the turn with it; the next turn opens another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from dialogue.event_table import EventTable, StoreDown

T = TypeVar("T")

_CREATE = """
CREATE TABLE IF NOT EXISTS events (
    conversation text NOT NULL, sequence integer NOT NULL, box bytea NOT NULL,
    PRIMARY KEY (conversation, sequence))
"""
_LAST = "SELECT sequence, box FROM events WHERE conversation = %s ORDER BY sequence DESC LIMIT %s"
# One statement is one transaction: both happen, or neither.
_APPEND = """
WITH forgotten AS (DELETE FROM events WHERE conversation = %s AND sequence <= %s)
INSERT INTO events (conversation, sequence, box) VALUES (%s, %s, %s)
"""


class ServerTable(EventTable):
    """Sealed rows on a server.

    `driver` is a module of the DB-API (PEP 249), `server` what its `connect` is told; `keep` the
    number of turns of a conversation that are kept.
    """

    def __init__(self, driver: Any, server: Mapping[str, Any], keep: int) -> None:
        super().__init__(Path(), keep)
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
            cursor.execute(_APPEND, (conversation, last, conversation, sequence, box))
