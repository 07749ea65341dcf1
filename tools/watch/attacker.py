"""Whoever attacks: against whom, by what chance, from which moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tools.watch.life import Record
from tools.watch.people import Person

CUT, BACK = "cut", "back"
"""What is done to the trail itself: so many records before this one are gone, or its time is."""


@dataclass(frozen=True)
class Planted:
    """One attack of the month, and what it left, oldest first."""

    how: str
    records: Sequence[Record]


class Attacker:
    """One attack: against whom, by what chance, from which moment."""

    def __init__(self, random: Random, people: Sequence[Person], at: float, number: int) -> None:
        self.random = random
        self.people = people
        self.at = at
        self.session = f"x{number}"
        self.origin = f"evil-{number}"

    def one(self, role: str, tenant: str | None = None) -> Person:
        """Return somebody of this role."""
        fitting = [p for p in self.people if p.kind.role == role and tenant in (None, p.tenant)]
        return self.random.choice(fitting)

    def each(self, count: int, least: float, most: float, tag: str, **said: Any) -> list[Record]:
        """Return records so many seconds apart; a value that can be called is, each time."""
        records, at = [], self.at
        for _ in range(count):
            fields = {key: value() if callable(value) else value for key, value in said.items()}
            records.append({"at": at, "tag": tag, **fields})
            at += self.random.uniform(least, most)
        self.at = at
        return records

    def as_one(self, person: Person, **more: Any) -> dict[str, Any]:
        """Return what each record of a session of theirs says."""
        whose = {"tenant": person.tenant, "person": person.name, "session": self.session}
        return {**whose, **more}

    def somebody(self, tenant: str) -> str:
        """Return anybody's name."""
        return self.random.choice([one for one in self.people if one.tenant == tenant]).name

    def unique(self) -> str:
        """Return a value that there was not before."""
        return f"u{self.random.randrange(10**12)}"
