"""Fills a home that is set up: people first, then each API's part, in one transaction each.

What is there already is left as it is, so that a run that was interrupted is simply run again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select

from apis.common.database import database_path, writable_engine
from apis.common.model import Owner
from apis.common.sealing.files import read_sealing
from cli.apis import audience
from cli.problems import Problem
from tools.big.accounts import Subjects, add_people, subjects_at
from tools.big.people import Person, people_of
from tools.big.plan import PARTS, Part, roles

_NOTE = Path("db") / "big.json"
_CACHE_KIB = 262_144


@dataclass(frozen=True)
class Wanted:
    """Which big set: its seed, how many people a tenant, and the day that it is as of."""

    seed: int
    people: int
    today: str

    @property
    def day(self) -> date:
        """Its day."""
        return date.fromisoformat(self.today)


def agree(home: Path, wanted: Wanted) -> Wanted:
    """Return the set that this home has, or is to have. Raises `Problem` where it has another."""
    note = home / _NOTE
    if not note.exists():
        note.write_text(json.dumps(asdict(wanted)))
        return wanted
    there = Wanted(**json.loads(note.read_text()))
    if (there.seed, there.people) != (wanted.seed, wanted.people):
        raise Problem(
            f"{home} has the big set of seed {there.seed} with {there.people} people a tenant",
            "choose another folder: GATEHOUSE_HOME",
        )
    return there


def everybody(wanted: Wanted, taken: dict[str, frozenset[str]]) -> dict[str, list[Person]]:
    """Return the people of each tenant; `taken` are the user names of the demo's own."""
    tenants = dict.fromkeys(part.tenant for part in PARTS)
    return {
        tenant: people_of(
            tenant, wanted.people, wanted.seed, wanted.day, taken.get(tenant, frozenset())
        )
        for tenant in tenants
    }


def add_to_security(home: Path, people: dict[str, list[Person]]) -> int:
    """Add who is not there yet; return how many were not."""
    return add_people(home, [one for some in people.values() for one in roles(some)])


def subjects_of(home: Path, apis: Sequence[str]) -> dict[str, Subjects]:
    """Return under which name each API knows everybody."""
    known = subjects_at(home, [audience(name) for name in apis])
    return {name: known[audience(name)] for name in apis}


def fill_part(
    home: Path, part: Part, wanted: Wanted, people: Sequence[Person], subjects: Subjects
) -> dict[str, int] | None:
    """Fill one API's database; None where it has its part already.

    Raises `ValueError` where what was made breaks a rule of the API; then nothing is written.
    """
    named = subjects[part.tenant]
    owned = [(person, Owner(part.tenant, named[person.username])) for person in people]
    sealing = read_sealing(home, part.api)
    engine = writable_engine(database_path(home, part.api), sealing)
    try:
        with engine.connect() as connection:
            # Keys come in no order, so each insert touches any page: keep them all at hand.
            connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_KIB}")
        with engine.begin() as connection:
            columns = part.table.__table__.columns
            last = owned[-1][1]
            mine = (columns["tenant"] == last.tenant, columns["subject"] == last.subject)
            query = select(columns["subject"]).where(*mine).limit(1)
            if connection.execute(query).first() is not None:
                return None
            # No ANALYZE: a large home's queries are planned as a small one's, which tests see.
            return part.fill(connection, owned, wanted.seed, wanted.day)
    finally:
        engine.dispose()
