"""A year of one customer's money: what comes and goes every month, and what is bought."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from apis.banking.model import Category
from tools.big import market
from tools.big.customers import Customer
from tools.big.rows import chance, new_id

DAYS = 365
CARD, DEBIT, SALARY, SAVING, TRANSFER = "card", "direct_debit", "salary", "saving", "transfer"
"""Kinds of movements."""
_MONTHLY = (999, 1_499, 1_999)
_USUAL_SALARY = 180_000


@dataclass(frozen=True)
class Event:
    """An entry to be: on which account, why, and with which others it is one movement."""

    on: date
    account: str
    amount: int
    text: str
    kind: str
    category: Category
    pair: str = ""
    """Names a movement of two accounts of this bank; empty for a part of the day's batch."""


def year_of(
    random: Random, customer: Customer, customers: Sequence[Customer], today: date, each: int
) -> Iterator[Event]:
    """Yield a year of one customer's money, `each` entries and now and then one of a friend."""
    fixed = list(_fixed(random, customer, today))
    yield from fixed
    made = len(fixed)
    for other in customer.payees:
        for _ in range(random.randint(1, 4)):
            yield from _paid(random, customer, customers[other], _ago(random, today))
            made += 1
    kinds, often = market.PURCHASES, [kind.often for kind in market.PURCHASES]
    for kind in random.choices(kinds, often, k=max(each - made, 0)):
        yield _purchase(random, customer, kind, _ago(random, today))


def _ago(random: Random, today: date) -> date:
    return today - timedelta(days=random.randrange(DAYS))


def _purchase(random: Random, customer: Customer, kind: market.Kind, on: date) -> Event:
    place = random.choice(kind.places)
    # Most purchases are small: the lower of two draws. Who earns more spends more.
    cents = min(random.randint(kind.least, kind.most) for _ in range(2))
    cents = cents * customer.salary // _USUAL_SALARY
    if place.startswith(market.ROUND):
        cents = max(cents // 1_000, 2) * 1_000
    if chance(random, 0.01):
        return Event(on, customer.current, cents, f"Refund {place}", SALARY, kind.category)
    return Event(on, customer.current, -cents, place, CARD, kind.category)


def _fixed(random: Random, customer: Customer, today: date) -> Iterator[Event]:
    """Yield what comes and goes every month: salary, rent, energy, telephone, subscriptions."""
    salary, account = customer.salary, customer.current
    employer = f"Salary {random.choice(_EMPLOYERS)}"
    rent = int(salary * random.uniform(0.24, 0.36)) // 1_000 * 1_000
    energy = random.randint(450, 1_350) * 10
    insurance = random.randint(1_900, 5_900)
    debits: list[tuple[int, Category, str, int]] = [
        (random.randint(1, 3), "housing", f"Rent {random.choice(market.LANDLORDS)}", rent),
        (random.randint(5, 12), "bills", random.choice(market.ENERGY), energy),
        (random.randint(8, 20), "bills", random.choice(market.MOBILE), random.choice(_MONTHLY)),
        (random.randint(10, 22), "bills", random.choice(market.INSURANCE), insurance),
    ]
    subscriptions = random.sample(market.SUBSCRIPTIONS, random.randint(1, 3))
    debits += [(random.randint(2, 27), "leisure", text, cents) for text, cents in subscriptions]
    payday, saved = random.randint(25, 28), int(salary * random.uniform(0.05, 0.2)) // 1_000 * 1_000
    for year, month in _months(today):
        yield from (
            Event(on, account, -cents, text, DEBIT, category)
            for number, category, text, cents in debits
            if (on := date(year, month, number)) <= today
        )
        paid = date(year, month, payday)
        if paid > today:
            continue
        yield Event(paid, account, salary, employer, SALARY, "income")
        if customer.savings:
            pair = f"{account}/{year}-{month}"
            yield _moved(paid, account, -saved, "To savings", pair, SAVING)
            yield _moved(paid, customer.savings, saved, "From current account", pair, SAVING)


_EMPLOYERS = tuple(
    f"{first} {second}"
    for first in (
        "Brightwater",
        "Kestrel",
        "Ostkai",
        "Alder",
        "Copperfield",
        "Meridian",
        "Nordlicht",
    )
    for second in ("Design", "Logistics", "Labs", "Hospital", "School Trust", "Works", "Consulting")
)


def _months(today: date) -> Iterator[tuple[int, int]]:
    """Yield the twelve months that end with this one."""
    for back in range(11, -1, -1):
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        yield year, month + 1


def _paid(random: Random, customer: Customer, other: Customer, on: date) -> Iterator[Event]:
    cents = random.randint(500, 12_000)
    why = random.choice(market.REASONS)
    pair = new_id(random, "mov")
    to, by = other.person.name, f"•••• {customer.number[-4:]}"
    yield _moved(on, customer.current, -cents, f"Transfer to {to}: {why}", pair, TRANSFER)
    yield _moved(on, other.current, cents, f"Transfer from {by}: {why}", pair, TRANSFER)


def _moved(on: date, account: str, cents: int, text: str, pair: str, kind: str) -> Event:
    return Event(on, account, cents, text, kind, "transfers", pair)
