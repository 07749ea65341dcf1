"""How long what is kept, and why: `retention.yml`, read and checked. Pure rules.

What APIs keep of a person who is erased, and what they do not, each says itself (`erasure.json` in
its folder): the words that people are told before they confirm are the API's own.

GDPR 5(1)(e), 17(3), 30: no data without a period and a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import yaml
from pydantic import Field

from runtime.dates import years_on
from security.frozen import Frozen

TABLE = Path(__file__).with_name("retention.yml")
APIS = Path(__file__).parents[1] / "apis"
_TERMS = "erasure.json"


class Period(Frozen):
    """So many days a class of data is kept, and why."""

    what: str = Field(min_length=3)
    days: int = Field(ge=1, le=3_660)
    why: str = Field(min_length=3)


class Purged(Period):
    """A class of data that goes by itself: `days` after the moment in the column `since`.

    `only` names the states in which a row is over; one with a value in the column `unless` stays.
    """

    table: str
    since: str
    only: list[str] | None = None
    unless: str | None = None

    def before(self, now: datetime) -> datetime:
        """Return the moment before which a row is too old; one of exactly this moment stays."""
        return now - timedelta(days=self.days)


class Stays(Frozen):
    """A class of data that no period ends: what does, and why."""

    what: str = Field(min_length=3)
    tables: list[str] = Field(min_length=1)
    until: str = Field(min_length=3)
    why: str = Field(min_length=3)


class Nobodys(Frozen):
    """Tables without anybody's data, and why their rows do not heap up."""

    tables: list[str] = Field(min_length=1)
    why: str = Field(min_length=3)


class Gone(Frozen):
    """What an API deletes of a person who is erased, and in which of its tables."""

    what: str = Field(min_length=3)
    tables: list[str]
    why: str = Field(min_length=3)


class Kept(Frozen):
    """What the law wants to be kept when a person is erased: `years` from then."""

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


class _KeptByApi(Kept):
    tables: list[str]


class _Terms(Frozen):
    erased: list[Gone]
    kept: list[_KeptByApi]
    nobodys: list[str] = Field(default_factory=list)


class KeptUntil(Frozen):
    """The same, with its date."""

    what: str
    until: date
    why: str


class _File(Frozen):
    purged: list[Purged]
    trackers: Period
    stays: list[Stays]
    nobodys: list[Nobodys]
    trail: KeptTrail


@dataclass(frozen=True)
class Retention:
    """All periods; `purged` is in the order in which rows can go.

    `kept` and `erased` are by API: what it keeps of somebody who is erased, and what it does not.
    `trackers` is for Rasa's process, which reads it in the same file.
    """

    purged: Sequence[Purged]
    kept: Mapping[str, Sequence[Kept]]
    trail: KeptTrail
    erased: Mapping[str, Sequence[Gone]] = field(default_factory=dict)
    trackers: Period | None = None
    stays: Sequence[Stays] = ()
    nobodys: Sequence[Nobodys] = ()

    def without_period(self) -> set[str]:
        """Return the tables of which it is said why no period ends them, or not all of them."""
        groups = [*(one.tables for one in self.stays), *(one.tables for one in self.nobodys)]
        return {table for tables in groups for table in tables}

    def kept_of(self, apis: Iterable[str], today: date) -> list[KeptUntil]:
        """Return what is kept of somebody who is erased today, with the date when it goes.

        Raises `ValueError` where an API has not said: nobody could be told.
        """
        self.check(apis)
        held = [one for api in sorted(apis) for one in self.kept[api]]
        return [
            KeptUntil(what=one.what, until=years_on(today, one.years), why=one.why)
            for one in (*held, self.trail)
        ]

    def check(self, apis: Iterable[str]) -> None:
        """Raise `ValueError` where one of these APIs has not said what it keeps."""
        if silent := sorted(set(apis) - set(self.kept)):
            raise ValueError(f"apis/{silent[0]}/{_TERMS} is missing: what does it keep of people?")


def read_retention(path: Path = TABLE, apis: Path = APIS) -> Retention:
    """Read the table, and what each API says of erasures.

    Raises `ValueError` where a row lacks its period or its reason, or where two are told in the
    same words: a person could not tell them apart.
    """
    held = _File.model_validate(yaml.safe_load(path.read_text("utf-8")))
    terms = {
        file.parent.name: _Terms.model_validate_json(file.read_bytes())
        for file in sorted(apis.glob(f"*/{_TERMS}"))
    }
    words = [one.what for each in terms.values() for one in each.kept] + [held.trail.what]
    if len(set(words)) != len(words):
        raise ValueError(f"two classes that are kept have the same words in apis/*/{_TERMS}")
    return Retention(
        tuple(held.purged),
        {api: tuple(each.kept) for api, each in terms.items()},
        held.trail,
        {api: tuple(each.erased) for api, each in terms.items()},
        held.trackers,
        tuple(held.stays),
        tuple(held.nobodys),
    )
