"""Tables of sealed rows on either kind of database, and somebody else who has it as well."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from dialogue.event_table import EventTable, today
from dialogue.server_table import ServerTable
from dialogue.settings import TRACKER, tracker_server
from tests.support.postgres import OWNER, Server, as_postgres

KEY = b"k" * 32
MakeTable = Callable[[], EventTable]


class Today:
    """The day that it is for the table."""

    def __init__(self) -> None:
        self.day = today()

    def __call__(self) -> int:
        return self.day


def on_server(server: Server, database: str, day: Callable[[], int] = today) -> ServerTable:
    """The same on PostgreSQL; Rasa's driver is of an older make, and called as this one is."""
    told = tracker_server({TRACKER: server.url(database, OWNER)})
    assert told is not None
    return ServerTable(psycopg, told, keep=2, day=day)


async def fill(table: EventTable, conversation: str, turns: int, key: bytes = KEY) -> None:
    for number in range(1, turns + 1):
        await table.append(key, conversation, number, f"{conversation}{number}".encode())


class Elsewhere:
    """Somebody else who has the database: `run` is one statement of theirs."""

    def __init__(self, request: pytest.FixtureRequest, path: Path, which: str) -> None:
        self._request, self._path, self._which = request, path, which

    def run(self, statement: str) -> list[tuple[object, ...]]:
        """Run it and return its rows."""
        if self._which == "postgres":
            server: Server = self._request.getfixturevalue("postgres")
            words, _ = as_postgres(statement, ())
            return server.run(words, database=self._request.getfixturevalue("database"))
        return execute(self._path, statement)


def execute(path: Path, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as other:
        rows = other.execute(statement).fetchall()
    other.close()
    return rows
