"""Two thousand people of four organisations, each with habits of their own. All are made up."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

DAY, HOUR, MINUTE = 86_400.0, 3_600.0, 60.0
LEARNING, DAYS = 14, 30
"""For so many days the watch learns what is usual; the days after them are measured."""


@dataclass(frozen=True)
class Kind:
    """A role: how many people, what they ask for, how often on a working day and at weekends."""

    role: str
    tenant: str
    people: int
    sessions: float
    weekend: float
    from_office: float
    operations: tuple[str, ...]


KINDS = (
    Kind("customer", "bank", 1_050, 0.9, 0.7, 0.0, ("banking.list_accounts", "banking.pay")),
    Kind("patient", "clinic", 330, 0.25, 0.1, 0.0, ("healthcare.list_appointments",)),
    Kind("clinician", "clinic", 85, 2.2, 0.4, 0.9, ("healthcare.read_record",)),
    Kind("employee", "works", 300, 0.6, 0.05, 0.8, ("hr.leave_balance", "it.list_tickets")),
    Kind("hr_officer", "works", 12, 1.5, 0.0, 0.95, ("hr.read_employee",)),
    Kind("customer", "shop", 190, 0.3, 0.4, 0.0, ("orders.list_orders",)),
    Kind("agent", "shop", 25, 2.5, 1.0, 1.0, ("orders.customer_orders",)),
    Kind("admin", "works", 8, 0.6, 0.0, 0.9, ("it.list_tickets",)),
)


@dataclass(frozen=True)
class Person:
    """Somebody; the rates are their own. `others` are the people whose records they open."""

    name: str
    kind: Kind
    sessions: float
    weekend: float
    turns: float
    clumsiness: float
    home: str
    hour: float
    pays: float
    records: float
    payees: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def tenant(self) -> str:
        """Return whose they are."""
        return self.kind.tenant

    @property
    def roles(self) -> list[str]:
        """Return their roles."""
        return [self.kind.role]


def spread(random: Random, middle: float, wide: float = 0.5) -> float:
    """Return a value around a middle, now and then far above it."""
    return middle * math.exp(random.gauss(0.0, wide))


def count(random: Random, mean: float) -> int:
    """Return a Poisson number."""
    if mean > 50:
        return max(0, round(random.gauss(mean, math.sqrt(mean))))
    limit, product, number = math.exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        number += 1
    return number


def everybody(random: Random) -> Iterator[Person]:
    """Yield the people; the same seed makes the same ones."""
    for kind in KINDS:
        for number in range(kind.people):
            name = f"{kind.tenant}-{kind.role}-{number}"
            yield Person(
                name=name,
                kind=kind,
                sessions=min(6.0, spread(random, kind.sessions, 0.6)),
                weekend=min(6.0, spread(random, kind.weekend, 0.6)),
                turns=min(25.0, spread(random, 4.0, 0.4)),
                clumsiness=min(0.5, spread(random, 0.04, 0.9)),
                home=f"net-{random.randrange(1_500)}",
                hour=random.gauss(13.0, 3.0),
                pays=1.0 if random.random() < 0.005 else min(0.4, spread(random, 0.12, 0.6)),
                records=min(12.0, spread(random, 3.5, 0.35)),
                payees=tuple(f"{name}-payee-{one}" for one in range(random.randint(2, 15))),
                others=_others(random, kind),
            )


def _others(random: Random, kind: Kind) -> tuple[str, ...]:
    many = {
        "clinician": ("clinic-patient", 330, 70),
        "agent": ("shop-customer", 190, 190),
        "hr_officer": ("works-employee", 300, 60),
    }
    if kind.role not in many:
        return ()
    whose, of, how_many = many[kind.role]
    return tuple(f"{whose}-{one}" for one in random.sample(range(of), how_many))
