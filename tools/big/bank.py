"""The bank's big set: accounts, a year of payments on them in double entry, payees and bills.

As a real bank does, a day's salaries, card payments and direct debits are each one movement of
many entries, with one more on the account through which the money entered or left the bank.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from random import Random

from sqlalchemy import Connection, func, select

from apis.banking.names import folded
from apis.banking.tables import AccountRow, BillRow, CardRow, MovementRow, PayeeRow, TransactionRow
from apis.common.model import Owner
from apis.common.sealing.columns import looked_up, opened, rewrite
from tools.big.books import check
from tools.big.customers import (
    BILL,
    CARD,
    CURRENCY,
    PAYEE,
    Customer,
    bills,
    cards,
    new_customer,
    payees,
)
from tools.big.people import Person
from tools.big.rows import day, fill, new_id
from tools.big.year import DAYS, SALARY, Event, year_of

_LEAVING = "clearing EUR"
_COMING = "incoming EUR"
_RESERVE = 5_000
"""What an account holds at its lowest, in cents."""


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
        events.extend(year_of(random, customer, customers, today, each))
    opening = _opening(random, customers, events, today)
    fill(connection, AccountRow, _ACCOUNT, _accounts(random, customers, opening, events))
    booked = _book(connection, random, customers[0].owner.tenant, opening, events)
    fill(connection, PayeeRow, PAYEE, payees(random, customers))
    fill(connection, BillRow, BILL, bills(random, customers, today))
    fill(connection, CardRow, CARD, cards(random, customers))
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
_ENTRY = (
    "id",
    "tenant",
    "account_id",
    "booked_on",
    "position",
    "text",
    "folded",
    "category",
    "amount_minor",
    "movement_id",
)


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
            "other",
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


def _book(
    connection: Connection,
    random: Random,
    tenant: str,
    opening: list[Event],
    events: list[Event],
) -> int:
    """Write the entries, oldest first, with their movements; return how many of customers."""
    last = select(func.coalesce(func.max(TransactionRow.position), -1))
    position = int(connection.execute(last).scalar_one()) + 1
    movements: dict[str, tuple[str, str, str]] = {}
    left_over: dict[str, int] = defaultdict(int)
    folding = cache(folded)  # A year knows few texts.
    entries: list[tuple[object, ...]] = []
    for event in (*opening, *events):
        movement = None
        if event.kind:
            name = event.pair or f"{event.on}/{event.kind}"
            movement, *_ = movements.setdefault(
                name, (new_id(random, "mov"), event.kind, event.on.isoformat())
            )
            left_over[name] -= event.amount
        place = position + len(entries)
        row = (new_id(random, "txn"), tenant, event.account, day(event.on), place)
        words = (event.text, folding(event.text), event.category)
        entries.append((*row, *words, event.amount, movement))
    booked = len(entries)
    outside = {
        _LEAVING: _unowned(connection, random, _LEAVING),
        _COMING: _unowned(connection, random, _COMING),
    }
    for name, (movement, kind, on) in movements.items():
        if amount := left_over[name]:
            where = outside[_COMING if kind == SALARY else _LEAVING]
            row = (new_id(random, "txn"), "", where, on, position + len(entries))
            text = f"Settlement of the day: {kind}"
            entries.append((*row, text, folding(text), "other", amount, movement))
    rows = ((id, "", "", kind, on) for id, kind, on in movements.values())
    fill(connection, MovementRow, _MOVEMENT, rows)
    fill(connection, TransactionRow, _ENTRY, entries)
    _settle(connection, tuple(outside.values()))
    return booked


def _unowned(connection: Connection, random: Random, number: str) -> str:
    """Return the id of an account of the bank itself, opened where it is not there."""
    key = looked_up(connection, AccountRow.number_key, "", number)
    query = select(AccountRow.id).where(AccountRow.tenant == "", AccountRow.number_key == key)
    found = connection.execute(query).scalar_one_or_none()
    if found is not None:
        return str(found)
    made = new_id(random, "acc")
    fill(connection, AccountRow, _ACCOUNT, [(made, "", "", "Clearing", number, CURRENCY, 0, 0, 0)])
    return made


def _settle(connection: Connection, accounts: Sequence[str]) -> None:
    """Bring the bank's own accounts to the sum of their entries, below zero where they are."""
    for account in accounts:
        amounts = func.sum(opened(TransactionRow.amount_minor))
        total = select(func.coalesce(amounts, 0)).where(TransactionRow.account_id == account)
        balance = int(connection.execute(total).scalar_one())
        row = connection.execute(select(AccountRow.__table__).where(AccountRow.id == account)).one()
        limit = max(-balance, 0)
        rewrite(connection, AccountRow, row, balance_minor=balance, limit_minor=limit)
