"""Callers that come at once, for the tests of what they share."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event, text

from security.adapters import audit_log
from security.adapters.database import Database
from security.audit.chain import Whole, verify_chain
from security.audit.record import AuditEvent, Tag
from security.errors import Refused
from tests.security.fakes import NOW
from tests.security.world import World

STARTED = AuditEvent(Tag.STARTED)


def add(connection: Connection, count: int = 1) -> str:
    return [audit_log.append(connection, STARTED, NOW) for _ in range(count)][-1]


def fail(connection: Connection) -> None:
    add(connection, 2)
    raise KeyError("not foreseen")


def refuse(connection: Connection) -> None:
    add(connection)
    raise Refused("forbidden")


def wrong(connection: Connection) -> None:
    add(connection)
    connection.execute(text("INSERT INTO planted VALUES (1)"))


@contextmanager
def commits(database: Database) -> Iterator[list[int]]:
    """Count them."""
    seen: list[int] = []

    def note(_connection: Connection) -> None:
        seen.append(1)

    event.listen(database._engine, "commit", note)
    yield seen
    event.remove(database._engine, "commit", note)


async def together(database: Database, *asked: Callable[[], Awaitable[Any]]) -> Sequence[Any]:
    """Let all of them gather behind somebody who takes long; return what came of each."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(_connection: Connection) -> None:
        begun.set()
        go_on.wait(10)

    first = asyncio.ensure_future(database.run_core(slow))
    await asyncio.to_thread(begun.wait, 10)
    waiting = [asyncio.ensure_future(one()) for one in asked]
    await asyncio.sleep(0)
    go_on.set()
    await first
    return await asyncio.gather(*waiting, return_exceptions=True)


def core(database: Database, *works: Callable[[Connection], Any]) -> list[Any]:
    return [lambda work=work: database.run_core(work) for work in works]


def whole(world: World) -> int:
    found = verify_chain(world.records())
    assert isinstance(found, Whole), found
    return found.count
