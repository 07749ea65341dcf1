"""Letting several pieces of work gather for one transaction."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import Connection

from security.adapters import audit_log
from security.adapters.database import Database
from security.audit.record import AuditEvent, Tag
from tests.security.fakes import NOW

STARTED = AuditEvent(Tag.STARTED)


def add(connection: Connection, count: int = 1) -> str:
    return [audit_log.append(connection, STARTED, NOW) for _ in range(count)][-1]


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
