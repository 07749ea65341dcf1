"""Runs the month past the watch, and counts what it found, what not, and what was no attack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from time import perf_counter

from security.monitor.alerts import Alert
from security.monitor.engine import Engine
from security.monitor.rules import Rule
from security.monitor.seen import Seen
from tools.watch.attacks import BACK, CUT, Planted, plant
from tools.watch.life import Life, Record
from tools.watch.people import Person, everybody

DAYS, SEED = 30, 8_254_129
START = 1_772_409_600.0
"""Monday, 2 March 2026, UTC."""


@dataclass
class Found:
    """What became of one planted attack: the alerts, and after how many of its events the first."""

    planted: Planted
    alerts: list[Alert] = field(default_factory=list)
    events: int = 0
    seconds: float = 0.0


@dataclass
class Month:
    """The result."""

    people: int
    sessions: int
    records: int
    found: list[Found]
    false: list[tuple[Alert, int]]
    """Alerts about ordinary life, with the day."""
    took: float

    @property
    def detected(self) -> float:
        """Return the share of attacks that at least one alert named."""
        return sum(bool(one.alerts) for one in self.found) / len(self.found)

    @property
    def false_rate(self) -> float:
        """Return false alarms in a thousand sessions."""
        return 1_000 * len(self.false) / self.sessions


def month_of(seed: int = SEED, days: int = DAYS) -> tuple[list[Person], list[Planted], int, list]:
    """Return people, attacks, the number of ordinary sessions, and all records in order.

    Each record comes with the index of the attack that it belongs to, or None.
    """
    random = Random(seed)
    people, life = list(everybody(random)), Life(random)
    records: list[tuple[float, int, Record, int | None]] = []
    for day in range(days):
        for person in people:
            _add(records, life.of_day(person, day), None)
    _add(records, life.of_month(), None)
    attacks = list(plant(Random(seed + 1), people, days))
    for index, attack in enumerate(attacks):
        _add(records, iter(attack.records), index)
    records.sort(key=lambda one: one[:2])
    return people, attacks, life.sessions, records


def _add(records: list, new: Iterator[Record], attack: int | None) -> None:
    records.extend((one["at"], len(records) + at, one, attack) for at, one in enumerate(new))


def watched(records: Sequence[tuple[float, int, Record, int | None]]) -> Iterator[tuple[Seen, int | None]]:
    """Yield the records as the watch reads them: numbered, some cut away, some set back."""
    sequence = 0
    for at, _, said, attack in records:
        sequence += 1 + said.get(CUT, 0)
        moment = START + at - said.get(BACK, 0.0)
        who = said.get("actor") or said.get("person")
        fields = {key: value for key, value in said.items() if value is not None}
        fields |= {"sequence": sequence, **({"who": who} if who else {})}
        yield Seen(fields, moment, "1", sequence), attack


def run(rules: Sequence[Rule], seed: int = SEED, days: int = DAYS) -> Month:
    """Run a month past these rules."""
    people, attacks, sessions, records = month_of(seed, days)
    engine, found = Engine(rules), [Found(attack) for attack in attacks]
    whose: dict[str, int] = {}
    passed = [0] * len(attacks)
    false: list[tuple[Alert, int]] = []
    took = 0.0
    for record, attack in watched(records):
        if attack is not None:
            whose[record.reference] = attack
            passed[attack] += 1
        began = perf_counter()
        alerts = engine.feed(record)
        took += perf_counter() - began
        for alert in alerts:
            mine = [whose[one] for one in alert.evidence if one in whose]
            if not mine:
                false.append((alert, int((record.at - START) // 86_400)))
            for index in set(mine):
                one = found[index]
                if not one.alerts:
                    one.events = passed[index]
                    one.seconds = max(0.0, record.at - START - one.planted.records[0]["at"])
                one.alerts.append(alert)
    return Month(len(people), sessions, len(records), found, false, took)
