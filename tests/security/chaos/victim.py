"""The process that is killed: the real core, database, log and checkpoints, and people at work.

Its API is a file: a line a call, written as the last thing that a call can do. Whatever stands in
it has been done, however the process ended.
"""

from __future__ import annotations

import asyncio
import os
from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from security.adapters.database import Database
from security.core import Core
from security.database_parts import engine_of
from security.operations.manifest import Operation
from security.server import recover
from security.services import checkpoints
from security.services.checkpoints import Checkpoints
from security.trail_parts import build_checkpoints
from tests.security.fakes import ACCOUNTS, FakeApi
from tests.security.visitor import BALANCE, Visitor
from tests.security.world import Origin, World

PEOPLE = ("alice", "bob", "alice", "bob")
"""Who asks at the same time."""
CALLS, SESSIONS = "calls", "sessions.json"
FREEZE = "banking.freeze_account"


class Noting(FakeApi):
    """An API whose calls stay, whatever becomes of whoever made them."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def call(
        self, operation: Operation, arguments: Any, token: str, key: str | None = None
    ) -> Any:
        """Write down which token it was called with, and answer."""
        os.write(self._file, token_id(token).encode() + b"\n")
        await asyncio.sleep(0)
        if operation.name == FREEZE:
            return {**arguments, "state": "frozen", "since": "2026-11-23T12:00:00Z"}
        return ACCOUNTS


def token_id(token: str) -> str:
    """Return the id of a token, which the trail has as well."""
    claims = token.split(".")[1]
    return str(orjson.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["jti"])


class _Real(World):
    """The core as the process wires it, its commits waiting for the disk."""

    def __init__(self, home: Path, origin: Origin) -> None:
        super().__init__(home, origin, limit_operations_per_minute=1_000_000)
        self.api = Noting(home / CALLS)
        self.wire(self.core)

    def core_again(self) -> Core:
        """Return a core around this home, on the real engines."""
        core = super().core_again()
        engines = engine_of(core.settings), engine_of(core.settings, False)
        return replace(core, database=Database(*engines, core.feed.touched, core.vault))


def sign_in(home: Path, origin: Origin) -> None:
    """Sign everybody in, once, and leave their sessions in a file."""
    world = _Real(home, origin)

    async def all_of_them() -> list[list[str]]:
        visitors = []
        for name in PEOPLE:
            visitor = Visitor(world)
            await visitor.arrive()
            await visitor.sign_in(name)
            visitors.append([visitor.cookie, visitor.csrf])
        return visitors

    held = asyncio.run(all_of_them())
    kept = {"now": world.clock.now.isoformat(), "held": held}
    (home / SESSIONS).write_bytes(orjson.dumps(kept))
    world.close()


def work(home: Path, origin: Origin, ready: int) -> None:
    """Start as the process starts, write to `ready` at each answer, and never end."""
    world = _Real(home, origin)
    kept = orjson.loads((home / SESSIONS).read_bytes())
    world.clock.now = datetime.fromisoformat(kept["now"])
    checkpoints.EVERY_RECORDS = 20
    checkpoints.LOOKS_EVERY_SECONDS = 0.005
    recover(world.core)
    asyncio.run(_at_work(world, build_checkpoints(world.core), kept["held"], ready))


async def _at_work(world: World, signing: Checkpoints, held: Any, ready: int) -> None:
    await signing.round()
    if world.core.trail.closed:
        raise RuntimeError("what the last one left does not let this one work")
    visitors = []
    for cookie, csrf in held:
        visitor = Visitor(world)
        visitor.cookie, visitor.csrf = cookie, csrf
        visitors.append(visitor)
    await asyncio.gather(signing.run(), *(_ask(each, n, ready) for n, each in enumerate(visitors)))


async def _ask(visitor: Visitor, place: int, ready: int) -> None:
    """Read and write in turns, without a pause."""
    for number in count():
        await visitor.ask(BALANCE)
        os.write(ready, b".")
        account = f"acc_{os.getpid():08d}{place:04d}{number:010d}"
        await visitor.ask(FREEZE, {"account": account, "account_number": "•••• 4021"})
        os.write(ready, b".")
