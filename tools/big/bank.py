"""The bank's big set: accounts, a year of payments on them in double entry, payees and bills.

As a real bank does, a day's salaries, card payments and direct debits are each one movement of
many entries, with one more on the account through which the money entered or left the bank.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sqlalchemy import Connection, func, select

from apis.banking.tables import AccountRow, BillRow, MovementRow, PayeeRow, TransactionRow
from apis.common.model import Owner
from tools.big import market
from tools.big.books import check
from tools.big.customers import (
    BILL,
    CURRENCY,
    PAYEE,
    Customer,
    bills,
    new_customer,
    payees,
)
from tools.big.people import Person
from tools.big.rows import chance, day, fill, new_id

DAYS = 365
_CARD, _DEBIT, _SALARY, _SAVE, _TRANSFER = "card", "direct_debit", "salary", "saving", "transfer"
_LEAVING = "clearing EUR"
_COMING = "incoming EUR"
_USUAL_SALARY = 180_000
_RESERVE = 5_000
"""What an account holds at its lowest, in cents."""


@dataclass(frozen=True)
class Event:
    """An entry to be: on which account, why, and with which others it is one movement."""

    on: date
    account: str
    amount: int
    text: str
    kind: str
    pair: str = ""
    """Names a movement of two accounts of this bank; empty for a part of the day's batch."""


def fill_bank(
    connection: Connection,
    people: Sequence[tuple[Person, Owner]],
    seed: int,
    today: date,
    each: int,
) -> dict[str, int]:
    """Write everything, `each` entries a person at least; return how much of what there is.

    Raises `ValueError` where the books would not be even.
    """
    random = Random(f"{seed}/bank")
    customers = [new_customer(random, *one, place) for place, one in enumerate(people)]
    for place, customer in enumerate(customers):
        others = {random.randrange(len(customers)) for _ in range(random.randint(1, 3))} - {place}
        customer.payees = sorted(others)
    events: list[Event] = []
    for customer in customers:
        events.extend(_year(random, customer, customers, today, each))
    opening = _opening(random, customers, events, today)
    fill(connection, AccountRow, _ACCOUNT, _accounts(random, customers, opening, events))
    booked = _book(connection, random, opening, events)
    fill(connection, PayeeRow, PAYEE, payees(random, customers))
    fill(connection, BillRow, BILL, bills(random, customers, today))
    check(connection)
    return {"customers": len(customers), "transactions": booked}


_ACCOUNT = (
    "id",
    "tenant",
    "subject",
    "name",
    "number",
    "currency",
    "balance_minor",
    "held_minor",
    "limit_minor",
)
_MOVEMENT = ("id", "tenant", "subject", "kind", "booked_on")
_ENTRY = ("id", "account_id", "booked_on", "position", "text", "amount_minor", "movement_id")


def _year(
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
        return Event(on, customer.current, cents, f"Refund {place}", _SALARY)
    return Event(on, customer.current, -cents, place, _CARD)


def _fixed(random: Random, customer: Customer, today: date) -> Iterator[Event]:
    """Yield what comes and goes every month: salary, rent, energy, telephone, subscriptions."""
    salary, account = customer.salary, customer.current
    employer = f"Salary {random.choice(_EMPLOYERS)}"
    rent = int(salary * random.uniform(0.24, 0.36)) // 1_000 * 1_000
    energy = random.randint(450, 1_350) * 10
    debits = [
        (random.randint(1, 3), f"Rent {random.choice(market.LANDLORDS)}", rent),
        (random.randint(5, 12), random.choice(market.ENERGY), energy),
        (random.randint(8, 20), random.choice(market.MOBILE), random.choice((999, 1_499, 1_999))),
        (random.randint(10, 22), random.choice(market.INSURANCE), random.randint(1_900, 5_900)),
    ]
    subscriptions = random.sample(market.SUBSCRIPTIONS, random.randint(1, 3))
    debits += [(random.randint(2, 27), text, cents) for text, cents in subscriptions]
    payday, saved = random.randint(25, 28), int(salary * random.uniform(0.05, 0.2)) // 1_000 * 1_000
    for year, month in _months(today):
        yield from (
            Event(on, account, -cents, text, _DEBIT)
            for number, text, cents in debits
            if (on := date(year, month, number)) <= today
        )
        paid = date(year, month, payday)
        if paid > today:
            continue
        yield Event(paid, account, salary, employer, _SALARY)
        if customer.savings:
            pair = f"{account}/{year}-{month}"
            yield Event(paid, account, -saved, "To savings", _SAVE, pair)
            yield Event(paid, customer.savings, saved, "From current account", _SAVE, pair)


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
    yield Event(on, customer.current, -cents, f"Transfer to {to}: {why}", _TRANSFER, pair)
    yield Event(on, other.current, cents, f"Transfer from {by}: {why}", _TRANSFER, pair)


def _opening(
    random: Random, customers: Sequence[Customer], events: list[Event], today: date
) -> list[Event]:
    """Return what each account began with, so that it never ran out; sorts the events by day."""
    events.sort(key=lambda event: (event.on, event.account))
    running: dict[str, int] = defaultdict(int)
    lowest: dict[str, int] = defaultdict(int)
    for event in events:
        running[event.account] += event.amount
        lowest[event.account] = min(lowest[event.account], running[event.account])
    first = today - timedelta(days=DAYS + 1)
    accounts = [id for customer in customers for id in (customer.current, customer.savings) if id]
    return [
        Event(
            min(first, events[0].on if events else first),
            account,
            _RESERVE + random.randint(0, 90_000) - lowest[account],
            "Balance brought forward",
            "",
        )
        for account in accounts
    ]


def _accounts(
    random: Random, customers: Sequence[Customer], opening: list[Event], events: list[Event]
) -> Iterator[tuple[object, ...]]:
    balance: dict[str, int] = defaultdict(int)
    for event in (*opening, *events):
        balance[event.account] += event.amount
    for customer in customers:
        mine = (customer.owner.tenant, customer.owner.subject)
        held = random.choice((0, 0, 0, 0, 1_250, 2_500))
        own = balance[customer.current]
        kept = (CURRENCY, own, min(held, own), 0)
        yield (customer.current, *mine, "Current account", customer.number, *kept)
        if customer.savings:
            kept = (CURRENCY, balance[customer.savings], 0, 0)
            yield (customer.savings, *mine, "Savings", customer.savings_number, *kept)


def _book(connection: Connection, random: Random, opening: list[Event], events: list[Event]) -> int:
    """Write the entries, oldest first, with their movements; return how many of customers."""
    last = select(func.coalesce(func.max(TransactionRow.position), -1))
    position = int(connection.execute(last).scalar_one()) + 1
    movements: dict[str, tuple[str, str, str]] = {}
    left_over: dict[str, int] = defaultdict(int)
    entries: list[tuple[object, ...]] = []
    for event in (*opening, *events):
        movement = None
        if event.kind:
            name = event.pair or f"{event.on}/{event.kind}"
            movement, *_ = movements.setdefault(
                name, (new_id(random, "mov"), event.kind, event.on.isoformat())
            )
            left_over[name] -= event.amount
        row = (new_id(random, "txn"), event.account, day(event.on), position + len(entries))
        entries.append((*row, event.text, event.amount, movement))
    booked = len(entries)
    outside = {
        _LEAVING: _unowned(connection, random, _LEAVING),
        _COMING: _unowned(connection, random, _COMING),
    }
    for name, (movement, kind, on) in movements.items():
        if amount := left_over[name]:
            where = outside[_COMING if kind == _SALARY else _LEAVING]
            row = (new_id(random, "txn"), where, on, position + len(entries))
            entries.append((*row, f"Settlement of the day: {kind}", amount, movement))
    rows = ((id, "", "", kind, on) for id, kind, on in movements.values())
    fill(connection, MovementRow, _MOVEMENT, rows)
    fill(connection, TransactionRow, _ENTRY, entries)
    _settle(connection, tuple(outside.values()))
    return booked


def _unowned(connection: Connection, random: Random, number: str) -> str:
    """Return the id of an account of the bank itself, opened where it is not there."""
    query = select(AccountRow.id).where(AccountRow.number == number)
    found = connection.execute(query).scalar_one_or_none()
    if found is not None:
        return str(found)
    made = new_id(random, "acc")
    fill(connection, AccountRow, _ACCOUNT, [(made, "", "", "Clearing", number, CURRENCY, 0, 0, 0)])
    return made


def _settle(connection: Connection, accounts: Sequence[str]) -> None:
    """Bring the bank's own accounts to the sum of their entries, below zero where they are."""
    for account in accounts:
        total = select(func.coalesce(func.sum(TransactionRow.amount_minor), 0)).where(
            TransactionRow.account_id == account
        )
        balance = int(connection.execute(total).scalar_one())
        table = AccountRow.__table__
        connection.execute(
            table.update()  # type: ignore[attr-defined]
            .where(AccountRow.id == account)
            .values(balance_minor=balance, limit_minor=max(-balance, 0))
        )
