"""Runs the month past the watch, and counts what it found, what not, and what was no attack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from time import perf_counter

from security.monitor.alerts import Alert
from security.monitor.engine import Engine
from security.monitor.rules import Rule
from security.monitor.seen import Seen
from tools.watch.attacker import BACK, CUT, Planted
from tools.watch.attacks import plant
from tools.watch.life import Life, Record
from tools.watch.people import DAY, DAYS, LEARNING, everybody

SEED = 8_254_129
START = 1_771_200_000.0
"""Monday, 16 February 2026, UTC."""


@dataclass
class Found:
    """What became of one planted attack: the alerts, and after how many of its events the first."""

    planted: Planted
    alerts: list[Alert] = field(default_factory=list)
    events: int = 0
    seconds: float = 0.0


@dataclass
class Month:
    """The result; `false` are alerts about ordinary life, with the day; `took` is of the rules."""

    people: int
    sessions: int = 0
    records: int = 0
    found: list[Found] = field(default_factory=list)
    false: list[tuple[Alert, int]] = field(default_factory=list)
    took: float = 0.0

    @property
    def detected(self) -> float:
        """Return the share of attacks that at least one alert named."""
        return sum(bool(one.alerts) for one in self.found) / len(self.found)

    @property
    def false_rate(self) -> float:
        """Return false alarms in a thousand sessions."""
        return 1_000 * len(self.false) / self.sessions


@dataclass(frozen=True)
class Scene:
    """Everything that happens, in order; `whose` is the index of an attack, or None."""

    people: int
    sessions: int
    attacks: Sequence[Planted]
    records: Sequence[tuple[float, int, Record, int | None]]


def scene(seed: int = SEED, every: int = 1) -> Scene:
    """Make it; the same seed makes the same one. Of `every` so many people one takes part."""
    random = Random(seed)
    people, life = list(everybody(random))[::every], Life(random)
    records: list[tuple[float, int, Record, int | None]] = []

    def add(new: Iterable[Record], attack: int | None) -> None:
        records.extend((one["at"], len(records) + at, one, attack) for at, one in enumerate(new))

    learnt = 0
    for day in range(LEARNING + DAYS):
        if day == LEARNING:
            learnt = life.sessions
        for person in people:
            add(list(life.of_day(person, day)), None)
    add(list(life.of_month()), None)
    attacks = list(plant(Random(seed + 1), people, DAYS))
    for index, attack in enumerate(attacks):
        add(attack.records, index)
    records.sort(key=lambda one: one[:2])
    return Scene(len(people), life.sessions - learnt, attacks, records)


def as_read(made: Scene) -> Iterator[tuple[Seen, int | None]]:
    """Yield the records as the watch reads them: numbered, some cut away, some set back."""
    sequence = 0
    for at, _, said, attack in made.records:
        sequence += 1 + said.get(CUT, 0)
        moment = START + at - said.get(BACK, 0.0)
        who = said.get("actor") or said.get("person")
        fields = {key: value for key, value in said.items() if value is not None}
        fields |= {"sequence": sequence, **({"who": who} if who else {})}
        yield Seen(fields, moment, "1", sequence), attack


def run(rules: Sequence[Rule], seed: int = SEED) -> Month:
    """Run a month past these rules."""
    made = scene(seed)
    engine = Engine(rules)
    month = Month(made.people, made.sessions, len(made.records))
    month.found = [Found(attack) for attack in made.attacks]
    whose: dict[str, int] = {}
    passed = [0] * len(made.attacks)
    for record, attack in as_read(made):
        if attack is not None:
            whose[record.reference] = attack
            passed[attack] += 1
        began = perf_counter()
        alerts = engine.feed(record)
        month.took += perf_counter() - began
        for alert in alerts:
            _judge(month, alert, record, whose, passed)
    return month


def _judge(
    month: Month, alert: Alert, record: Seen, whose: dict[str, int], passed: Sequence[int]
) -> None:
    """An alert is right where its evidence names an event of an attack."""
    mine = {whose[one] for one in alert.evidence if one in whose}
    day = int((record.at - START) // DAY)
    if not mine and day >= LEARNING:
        month.false.append((alert, day - LEARNING))
    for index in mine:
        one = month.found[index]
        if not one.alerts:
            one.events = passed[index]
            one.seconds = max(0.0, record.at - START - one.planted.records[0]["at"])
        one.alerts.append(alert)
