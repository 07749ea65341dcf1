"""How the log stands, for auditors: checked bit by bit as they look, signed, watched, writable."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from runtime.limits import MovingWindow
from security.adapters import checkpoint_store, trail_pages
from security.adapters.alert_tables import WatchRow
from security.audit.record import Tag
from security.auditing.filters import entry
from security.auditing.following import Broken, Chain, Following
from security.auditing.order import Stretch
from security.auditing_model import LogState
from security.core import Core
from security.services.audit_role import auditor, record

BATCH = 2_000
MOST_AT_ONCE = 20_000
"""So many records are checked for one question; the next one goes on."""
_NOTED_SECONDS = 300.0
_log = structlog.get_logger(__name__)


class Signatures(Protocol):
    """What knows the trail's keys."""

    def know(self, connection: Connection) -> None:
        """Take the keys that have signed so far."""

    def read(self, line: bytes) -> Mapping[str, Any]:
        """Return what a checkpoint says. Raises `Broken` where none of our keys has signed it."""


@dataclass(frozen=True)
class _Known:
    chains: tuple[Chain, ...]
    ends: Mapping[str, tuple[int, str]]
    checkpoints: tuple[bytes, ...]
    unsigned: int
    newest: str | None
    watched: str | None


class LogCheck:
    """Remembers how far the log has been checked since the start of this process."""

    def __init__(self, core: Core, signatures: Signatures) -> None:
        self._core = core
        self._signatures = signatures
        self._following = Following()
        self._checkpoint: Mapping[str, Any] = {}
        self._number = 0
        self._problem: str | None = None
        self._lock = asyncio.Lock()
        self._noted = MovingWindow(1, seconds=_NOTED_SECONDS).allow

    async def state(self, session_id: str) -> LogState:
        """Check what is new, and tell how the log stands. Raises what `auditor` does.

        It is answered while the log cannot be relied on as well: that is when it matters.
        """

        def begin(store: Session) -> None:
            who = auditor(self._core, store, session_id, proved=False)
            if self._noted(who.session.id):
                reason = "broken" if self._problem else None
                record(self._core, store, Tag.LOG_CHECKED, who, reason=reason)

        await self._core.database.run(begin)
        return await self.look()

    async def look(self) -> LogState:
        """Check what is new, and tell how the log stands."""
        async with self._lock:
            known = await self._core.database.run_relaxed(self._known)
            complete = False
            if self._problem is None:
                try:
                    complete = await self._go_on(known)
                except (Broken, ValueError, KeyError, TypeError) as why:
                    self._problem = str(why) if isinstance(why, Broken) else "a checkpoint"
                    _log.error("trail_broken", kind=type(why).__name__)
            return self._told(known, complete)

    async def _go_on(self, known: _Known) -> bool:
        """Take checkpoints and records; tell whether that was all. Raises `Broken`."""
        place = self._following.place(known.chains)
        self._following.match(known.ends)
        for line in known.checkpoints:
            said = self._signatures.read(line)
            self._following.know(said["lanes"])
            self._checkpoint, self._number = said, int(said["number"])
        left, database = MOST_AT_ONCE, self._core.database
        while left > 0:
            reading = partial(trail_pages.on, place=dict(place), most=BATCH)
            stretches = [one for one in await database.run_relaxed(reading) if one.writer in place]
            read = sum(len(one.records) for one in stretches)
            if not read:
                self._following.end()
                return True
            await asyncio.to_thread(self._take, stretches)
            place = self._following.place(known.chains)
            left -= read
        return False

    def _take(self, stretches: list[Stretch]) -> None:
        for stretch in stretches:
            for _, bytes_of in stretch.records:
                self._following.take(stretch.writer, bytes_of)

    def _known(self, connection: Connection) -> _Known:
        self._signatures.know(connection)
        lanes = checkpoint_store.lanes(connection)
        ends = {lane.writer: (lane.last, lane.sha256) for lane in lanes}
        watch = _watched(connection)
        return _Known(
            tuple(Chain(lane.writer, lane.first, lane.before) for lane in lanes),
            ends,
            tuple(checkpoint_store.after(connection, self._number)),
            _unsigned(connection),
            _latest(connection, {writer: last for writer, (last, _) in ends.items()}),
            _latest(connection, watch),
        )

    def _told(self, known: _Known, complete: bool) -> LogState:
        until = self._following.until
        state = "broken" if self._problem else "whole" if until is not None else "unchecked"
        return LogState(
            state=state,  # type: ignore[arg-type]
            problem=self._problem,
            checked_until=_utc(until) if until is not None else None,
            complete=complete,
            writable=not self._core.trail.closed,
            checkpoint=self._number,
            checkpoint_at=self._checkpoint.get("at"),
            unsigned=known.unsigned,
            watched_until=known.watched,
            newest_at=known.newest,
        )


def _unsigned(connection: Connection) -> int:
    """Return how many records no checkpoint knows; one that cannot be read is found elsewhere."""
    try:
        return checkpoint_store.unsigned(connection)
    except (KeyError, TypeError, ValueError):
        return 0


def _watched(connection: Connection) -> dict[str, int]:
    with Session(connection) as store:
        row = store.get(WatchRow, "rules")
        return dict(row.position) if row is not None else {}


def _latest(connection: Connection, place: Mapping[str, int]) -> str | None:
    """Return the moment of the newest record at a place."""
    moments = []
    for writer, number in place.items():
        found = trail_pages.one(connection, writer, number)
        said = entry(found) if found is not None else None
        moments += [said.at] if said is not None else []
    return _utc(max(moments)) if moments else None


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
