"""How long what is kept, and why: `retention.yml`, read and checked. Pure rules.

GDPR 5(1)(e), 17(3), 30: no data without a period and a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import yaml
from pydantic import Field

from security.frozen import Frozen

TABLE = Path(__file__).with_name("retention.yml")


class Purged(Frozen):
    """A class of data that goes by itself: `days` after the moment in the column `since`."""

    what: str = Field(min_length=3)
    table: str
    since: str
    days: int = Field(ge=1, le=3_660)
    only: list[str] | None = None
    why: str = Field(min_length=3)

    def before(self, now: datetime) -> datetime:
        """Return the moment before which a row is too old; one of exactly this moment stays."""
        return now - timedelta(days=self.days)


class Kept(Frozen):
    """What the law wants to be kept when a person is erased: `years` from then."""

    api: str | None = None
    what: str = Field(min_length=3)
    years: int = Field(ge=1, le=100)
    why: str = Field(min_length=3)


class KeptTrail(Kept):
    """The trail: so long in the database, then in archives, until its years are over."""

    at_hand_days: int = Field(ge=31, le=3_660)

    def at_hand_since(self, now: datetime) -> datetime:
        """Return the moment before which a record goes to an archive; one of it stays."""
        return now - timedelta(days=self.at_hand_days)

    def kept_since(self, now: datetime) -> datetime:
        """Return the moment before which an archive has had its time."""
        return now - timedelta(days=366 * self.years)


class KeptUntil(Frozen):
    """The same, with its date."""

    what: str
    until: date
    why: str


class _File(Frozen):
    purged: list[Purged]
    kept: list[Kept]
    trail: KeptTrail


@dataclass(frozen=True)
class Retention:
    """All periods; `purged` is in the order in which rows can go."""

    purged: Sequence[Purged]
    kept: Mapping[str, Kept]
    trail: KeptTrail

    def kept_of(self, apis: Iterable[str], today: date) -> list[KeptUntil]:
        """Return what is kept of somebody who is erased today, with the date when it goes."""
        held = [self.kept[api] for api in sorted(apis) if api in self.kept]
        return [
            KeptUntil(what=one.what, until=_years_on(today, one.years), why=one.why)
            for one in (*held, self.trail)
        ]


def read_retention(path: Path = TABLE) -> Retention:
    """Read the table. Raises `ValueError` where a row lacks its period or its reason."""
    loaded = yaml.safe_load(path.read_text("utf-8"))
    held = _File.model_validate(loaded)
    if any(one.api is None for one in held.kept):
        raise ValueError("retention.yml: each row of `kept` names its api")
    return Retention(tuple(held.purged), {one.api or "": one for one in held.kept}, held.trail)


def _years_on(day: date, years: int) -> date:
    """Return the same day so many years later; the 28th of February for a leap day."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
