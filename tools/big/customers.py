"""The bank's customers: their accounts, whom they pay, which bills they have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from apis.common.model import Owner
from tools.big import market
from tools.big.people import Person
from tools.big.rows import chance, day, new_id

CURRENCY = "EUR"
PAYEE = ("id", "tenant", "subject", "name", "number")
CARD = (
    "id",
    "tenant",
    "subject",
    "account_id",
    "kind",
    "last_four",
    "state",
    "reason",
    "since",
    "limit_minor",
    "used_minor",
)
BILL = ("id", "tenant", "subject", "biller", "reference", "amount_minor", "currency", "due_on")


@dataclass
class Customer:
    """A customer with their accounts; `salary` is a month's, in cents."""

    person: Person
    owner: Owner
    salary: int
    current: str
    number: str
    savings: str = ""
    savings_number: str = ""
    payees: list[int] = field(default_factory=list)


def new_customer(random: Random, person: Person, owner: Owner, place: int) -> Customer:
    """Return the so-manieth customer with new accounts: about every second one saves."""
    salary = min(max(random.lognormvariate(7.82, 0.28), 1_500), 7_500)
    account, number = new_id(random, "acc"), _number(random, 2 * place)
    customer = Customer(person, owner, round(salary * 100), account, number)
    if chance(random, 0.45):
        customer.savings = new_id(random, "acc")
        customer.savings_number = _number(random, 2 * place + 1)
    return customer


def _number(random: Random, place: int) -> str:
    """Return the so-manieth account number of a country that does not exist.

    Its check digits are those of ISO 13616.
    """
    basic = f"NWBK0002{place:05}{random.randrange(1_000):03}"
    digits = "".join(str(int(character, 36)) for character in f"{basic}XN00")
    return f"XN{98 - int(digits) % 97:02}{basic}"


def payees(random: Random, customers: Sequence[Customer]) -> Iterator[tuple[object, ...]]:
    """Yield the rows of saved payees: other customers."""
    for customer in customers:
        mine = (customer.owner.tenant, customer.owner.subject)
        for other in customer.payees:
            payee = customers[other]
            yield (new_id(random, "pay"), *mine, payee.person.name[:64], payee.number)


def bills(
    random: Random, customers: Sequence[Customer], today: date
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of open bills."""
    for customer in customers:
        mine = (customer.owner.tenant, customer.owner.subject)
        for biller in random.sample((*market.ENERGY, *market.MOBILE), random.randint(0, 2)):
            short = "".join(word[0] for word in biller.split())
            reference = f"{short}-{random.randrange(10**4):04}-{random.randrange(1_000):03}"
            due = day(today + timedelta(days=random.randint(1, 28)))
            cents = random.randint(999, 14_000)
            yield (new_id(random, "bil"), *mine, biller, reference, cents, CURRENCY, due)


def cards(random: Random, customers: Sequence[Customer]) -> Iterator[tuple[object, ...]]:
    """Yield the rows of cards: a debit card each, and a credit card for every third customer."""
    for customer in customers:
        mine = (customer.owner.tenant, customer.owner.subject, customer.current)
        kinds = ("debit", "credit") if chance(random, 0.35) else ("debit",)
        for kind in kinds:
            limit = random.choice((100_000, 150_000, 250_000)) if kind == "credit" else None
            used = random.randint(0, limit * 9 // 10) if limit else 0
            shown = (kind, f"{random.randrange(10_000):04}", "active", None, None)
            yield (new_id(random, "crd"), *mine, *shown, limit, used)
