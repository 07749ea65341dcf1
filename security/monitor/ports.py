"""What the watch needs of the world around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from security.monitor.alerts import Alert
from security.monitor.seen import Seen

Position = Mapping[str, int]
"""The last number that was read, of each writer."""


@dataclass(frozen=True)
class Batch:
    """New records, in an order that each writer's own agrees with, and the position after them.

    `skipped` is how much was there beside them that is no record.
    """

    records: Sequence[Seen]
    position: Position
    skipped: int = 0


class Trail(Protocol):
    """Reads the trail, whoever writes it."""

    async def position(self) -> Position | None:
        """Return how far the watch has come, or None where it never ran."""

    async def end(self) -> Position:
        """Return the position behind the last record."""

    async def before(self, position: Position, count: int) -> Position:
        """Return the position up to `count` records of each writer before another one."""

    async def after(self, position: Position, count: int) -> Batch:
        """Return up to `count` records after a position."""

    async def keep(self, position: Position) -> None:
        """Remember how far the watch has come."""


class Lease(Protocol):
    """Which of several processes answers."""

    async def hold(self) -> bool:
        """Take or keep it; false where another process has it. To be asked again and again."""

    async def give_up(self) -> None:
        """Let another process have it at once."""


class Answering(Protocol):
    """Keeps alerts and does what follows from them."""

    async def answer(self, alert: Alert) -> None:
        """Keep an alert and answer it, once, however often it is asked."""

    async def failed(self, reason: str) -> str:
        """Put on the trail that the watch could not do its work; return the record's id."""

    async def clock_moved(self) -> None:
        """Put on the trail that the wall clock was set."""

    async def go_on(self) -> None:
        """Take up what alerts have begun, here or elsewhere: whoever is slowed down still."""
