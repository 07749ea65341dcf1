"""What the forwarder needs of the places that records go to, and of the trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

CHECKPOINTS = "*checkpoints"
"""Stands in a position for the checkpoints: no writer is called so."""

Position = Mapping[str, int]
"""The last number that has arrived, of each writer and of the checkpoints."""


@dataclass(frozen=True)
class Entry:
    """One record or checkpoint: the bytes that the chain covers, and what they are known by."""

    writer: str
    sequence: int
    line: bytes

    @property
    def reference(self) -> str:
        """Return its name: `writer-sequence`, a record's event id."""
        return f"{self.writer}-{self.sequence}"


@dataclass(frozen=True)
class Batch:
    """What is new, in an order that each writer's own agrees with, and the position after it."""

    entries: Sequence[Entry]
    position: Position
    missing: int = 0
    """How many records in between are not there any more."""


@dataclass(frozen=True)
class Standing:
    """How an outlet stands: `behind` counts what has not arrived there yet."""

    name: str
    behind: int
    delivered_at: datetime | None = None
    failing_since: datetime | None = None
    why: str | None = None


class CannotDeliver(Exception):
    """Nothing of a batch counts as arrived. `why` is a constant; `after`: seconds to wait."""

    def __init__(self, why: str, after: float = 0.0) -> None:
        super().__init__(why)
        self.why = why
        self.after = after


class Outlet(Protocol):
    """A place that records go to, in order."""

    @property
    def name(self) -> str:
        """What its position is kept under."""

    @property
    def most(self) -> int:
        """How many records it takes at once."""

    async def deliver(self, entries: Sequence[Entry]) -> None:
        """Return once all of them are there. Raises `CannotDeliver`."""

    async def close(self) -> None:
        """Let go of what is open."""


class OutletStore(Protocol):
    """The trail, and how far each outlet has come."""

    async def hold(self, name: str) -> bool:
        """Take or keep the work of one outlet, durably; false where another process does it."""

    async def next(self, name: str, most: int) -> Batch:
        """Return what follows what has arrived at an outlet, up to `most` of each writer."""

    async def arrived(self, name: str, position: Position) -> None:
        """Remember that all before a position is there."""

    async def failed(self, name: str, why: str) -> None:
        """Remember that it cannot be reached; what lasts is put on the trail."""
