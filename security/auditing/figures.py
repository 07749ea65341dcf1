"""Numbers of a stretch of time: how much happened, what was decided, how long it took."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from math import ceil

from security.auditing.filters import Entry
from security.auditing_model import Bucket, Figures

MOST_TIMES = 2_000
"""So many durations a bucket are kept for its percentiles, spread evenly over it."""
_TOP = 10
_FAILED = "sign_in:password:fail"


class Times:
    """Durations in milliseconds, of which a bounded and even part is kept."""

    def __init__(self) -> None:
        self._kept: list[float] = []
        self._every, self._seen = 1, 0

    def add(self, duration: float) -> None:
        """Take one more."""
        if self._seen % self._every == 0:
            self._kept.append(duration)
            if len(self._kept) >= MOST_TIMES:
                self._kept, self._every = self._kept[::2], self._every * 2
        self._seen += 1

    def at(self, share: float) -> float | None:
        """Return the smallest duration that `share` of all are not above (nearest rank)."""
        if not self._kept:
            return None
        ordered = sorted(self._kept)
        return round(ordered[max(1, ceil(share * len(ordered))) - 1], 3)


class Counting:
    """Counts records into equal parts of a stretch of time; each part includes its beginning."""

    def __init__(self, since: datetime, until: datetime, parts: int) -> None:
        self._since, self._until = since, until
        self._step = (until - since) / parts
        self._counts = [Counter[str]() for _ in range(parts)]
        self._times = [Times() for _ in range(parts)]
        self._reasons, self._operations = Counter[str](), Counter[str]()

    def add(self, one: Entry) -> None:
        """Count a record; one from outside the stretch counts nowhere."""
        if not self._since <= one.at < self._until:
            return
        part = min(int((one.at - self._since) / self._step), len(self._counts) - 1)
        count, said = self._counts[part], one.said
        count["records"] += 1
        decision = said.get("decision")
        if decision in ("allow", "deny"):
            count[decision] += 1
        if decision == "deny" and isinstance(said.get("reason"), str):
            self._reasons[said["reason"]] += 1
        if decision == "allow" and isinstance(said.get("operation"), str):
            self._operations[said["operation"]] += 1
        count["failed"] += said["tag"] == _FAILED
        if isinstance(said.get("duration_us"), int):
            self._times[part].add(said["duration_us"] / 1_000)

    def figures(self, complete: bool) -> Figures:
        """Return what was counted."""
        return Figures(
            since=said_as(self._since),
            until=said_as(self._until),
            seconds=int(self._step.total_seconds()),
            buckets=[self._bucket(part) for part in range(len(self._counts))],
            reasons=dict(self._reasons.most_common(_TOP)),
            operations=dict(self._operations.most_common(_TOP)),
            complete=complete,
        )

    def _bucket(self, part: int) -> Bucket:
        count, times = self._counts[part], self._times[part]
        return Bucket(
            at=said_as(self._since + part * self._step),
            records=count["records"],
            allowed=count["allow"],
            denied=count["deny"],
            failed_sign_ins=count["failed"],
            p50_ms=times.at(0.5),
            p95_ms=times.at(0.95),
        )


PARTS: dict[str, tuple[timedelta, int]] = {
    "hour": (timedelta(hours=1), 60),
    "day": (timedelta(days=1), 48),
    "week": (timedelta(days=7), 56),
}
"""The stretches that a page can ask for, and into how many parts each is cut."""


def stretch(span: str, now: datetime) -> tuple[datetime, datetime, int]:
    """Return beginning, end and number of parts; the end is the next full part after now."""
    length, parts = PARTS[span]
    step = (length / parts).total_seconds()
    until = datetime.fromtimestamp((now.timestamp() // step + 1) * step, UTC)
    return until - length, until, parts


def said_as(at: datetime) -> str:
    """Return a moment as it travels: UTC, ISO 8601, whole seconds."""
    return at.astimezone(UTC).isoformat(timespec="seconds")
