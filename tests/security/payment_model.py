"""What ought to be so: one session, one payment that waits, one approval, and what was paid."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Model:
    """What ought to be so."""

    seen_at: datetime
    signed_in: bool = False
    live: bool = True
    waiting: str | None = None
    asked_at: datetime | None = None
    approved: str | None = None
    approved_at: datetime | None = None
    doubtful: set[str] = field(default_factory=set)
    paid: list[str] = field(default_factory=list)
    settled: bool = False
    """A doubt that was settled as paid: its result may still be told."""

    def doubts_settle(self, done: bool) -> None:
        """The bank has answered about every doubt."""
        if done:
            self.paid += sorted(self.doubtful)
            self.settled = self.settled or bool(self.doubtful)
        self.doubtful.clear()

    def forget(self) -> None:
        """Nothing waits any more."""
        self.waiting = self.approved = None
