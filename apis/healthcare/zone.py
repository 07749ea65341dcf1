"""The clinic's own time: what it calls today, and when a day of its calendar begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Zone:
    """A time zone; moments go in and out as whole seconds of the epoch."""

    info: ZoneInfo

    def local(self, seconds: int) -> datetime:
        """Return a moment with the offset that the clinic's clocks had, or will have."""
        return datetime.fromtimestamp(seconds, self.info)

    def begins(self, day: date) -> int:
        """Return when this day begins."""
        return self.at(day, time())

    def ends(self, day: date) -> int:
        """Return when the next day begins; some days have 23 or 25 hours."""
        return self.begins(day + timedelta(days=1))

    def at(self, day: date, clock: time) -> int:
        """Return when the clinic's clocks show this time of this day."""
        return int(datetime.combine(day, clock, self.info).timestamp())


def zone_named(name: str) -> Zone:
    """Return the zone of an IANA name. Raises `ValueError` for one that is not known."""
    try:
        return Zone(ZoneInfo(name))
    except (KeyError, OSError, ValueError):
        raise ValueError(f"no such time zone: {name}") from None
