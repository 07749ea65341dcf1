"""Looks for transactions of one owner, and adds them up.

A page goes on where the one before ended: by the key of its last row, never by counting rows, so
that the hundredth page costs what the first one does.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, false, func, literal, select, tuple_

from apis.banking.ledger import Ledger, owned, transaction, transactions
from apis.banking.model import Transaction
from apis.banking.money import decimal_text, minor_units
from apis.banking.names import folded
from apis.banking.search_model import (
    Asked,
    CategorySpent,
    Found,
    MonthSpent,
    SearchQuery,
    Spending,
    SpendingQuery,
    Spent,
    Total,
    bounds,
)
from apis.banking.tables import AccountRow, TransactionRow
from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.sealing.columns import opened

_ORDER = (TransactionRow.booked_on, TransactionRow.position, TransactionRow.id)
_AMOUNT = opened(TransactionRow.amount_minor)
_CATEGORY: ColumnElement[str] = opened(TransactionRow.category)
_NEWEST = tuple(column.desc() for column in _ORDER)
_LISTED = (
    transactions()
    .where(TransactionRow.id.in_(bindparam("listed", expanding=True)))
    .order_by(*_NEWEST)
)
_WHOSE: tuple[Any, ...] = (TransactionRow.id, TransactionRow.tenant, AccountRow.subject)
_MATCHING = owned(
    select(*_WHOSE, AccountRow.currency, TransactionRow.amount_minor)
    .select_from(TransactionRow)
    .join(AccountRow, AccountRow.id == TransactionRow.account_id)
).order_by(*_NEWEST)
"""All that fits, with no more of each than sums need: every one of them is opened for it."""
_SPENT = owned(
    select(*_WHOSE[1:], TransactionRow.booked_on, AccountRow.currency, TransactionRow.category,
           TransactionRow.amount_minor)
    .select_from(TransactionRow)
    .join(AccountRow, AccountRow.id == TransactionRow.account_id)
)  # fmt: skip


async def search(ledger: Ledger, owner: Owner, query: SearchQuery) -> Found:
    """Return a page of what was asked for. Raises `ProblemError` for no such `after`."""
    conditions = _conditions(query)
    asked = Asked(**query.model_dump(include=set(Asked.model_fields)))
    action = "search_transactions"
    matching = _MATCHING.where(*conditions)
    if query.after is None:
        fitting = await ledger.rows(action, "Account", matching, owner)
        totals = _totals(fitting)
    else:
        key = await _key(ledger, owner, query.after)
        page = matching.with_only_columns(*_WHOSE).where(tuple_(*_ORDER) < key)
        fitting = await ledger.rows(action, "Account", page.limit(query.limit + 1), owner)
        totals = None
    listed = [row.id for row in fitting[: query.limit + 1]]
    rows = await ledger.rows(action, "Account", _LISTED, owner, listed=listed)
    found: list[Transaction] = [transaction(row) for row in rows[: query.limit]]
    more = found[-1].id if len(rows) > query.limit else None
    return Found(asked=asked, transactions=found, totals=totals, next=more)


async def spending(ledger: Ledger, owner: Owner, query: SpendingQuery, today: date) -> Spending:
    """Return what went out, by month and by category: of the last three where none is named."""
    if query.first_day is None and query.last_day is None:
        years, month = divmod(today.month - 3, 12)
        first = date(today.year + years, month + 1, 1)
        query = query.model_copy(update={"first_day": first.isoformat()})
    conditions = _days(query)
    if query.category is not None:
        conditions.append(_CATEGORY.in_((query.category,)))
    found = await ledger.rows("spending_summary", "Account", _SPENT.where(*conditions), owner)
    rows = [row for row in found if row.amount_minor < 0]
    currencies = sorted({row.currency for row in rows})
    sums = [_spent(one, [row for row in rows if row.currency == one]) for one in currencies]
    return Spending(asked=query, spending=sums)


async def _key(ledger: Ledger, owner: Owner, after: str) -> Any:
    """Return the key of the row that the page before ended with: the owner's own, or none."""
    last = transactions().where(TransactionRow.id == after)
    rows = await ledger.rows("search_transactions", "Account", last, owner)
    if not rows:
        raise ProblemError("not_found")
    return tuple_(*(literal(value) for value in (rows[0].booked_on, rows[0].position, after)))


def _conditions(query: Asked) -> list[ColumnElement[bool]]:
    conditions = _days(query)
    if query.direction is not None:
        conditions.append(_AMOUNT < 0 if query.direction == "out" else _AMOUNT > 0)
    if query.least is not None:
        conditions.append(func.abs(_AMOUNT) >= minor_units(query.least))
    if query.most is not None:
        conditions.append(func.abs(_AMOUNT) <= minor_units(query.most))
    if query.text is not None:
        # Folded words are letters and digits alone: nothing of them is a wildcard.
        beside = literal(" ") + opened(TransactionRow.folded)
        words = folded(query.text).split()
        conditions += [beside.like(f"% {word}%") for word in words] or [false()]
    return conditions


def _days(span: Asked | SpendingQuery) -> list[ColumnElement[bool]]:
    first, last = bounds(span)
    conditions: list[ColumnElement[bool]] = []
    if first is not None:
        conditions.append(TransactionRow.booked_on >= first)
    if last is not None:
        conditions.append(TransactionRow.booked_on <= last)
    return conditions


def _totals(rows: list[Row[Any]]) -> list[Total]:
    sums: dict[Any, list[int]] = {}
    for row in rows:
        total = sums.setdefault(row.currency, [0, 0, 0])
        total[0] += 1
        total[1 if row.amount_minor < 0 else 2] += abs(row.amount_minor)
    return [
        Total(
            currency=currency,
            count=count,
            spent=decimal_text(spent),
            received=decimal_text(received),
        )
        for currency, (count, spent, received) in sorted(sums.items())
    ]


def _spent(currency: Any, rows: list[Row[Any]]) -> Spent:
    days: dict[date, int] = {}
    months: dict[str, int] = {}
    categories: dict[str, int] = {}
    for row in rows:
        day, category, amount = row.booked_on, row.category, row.amount_minor
        days[day] = days.get(day, 0) - amount
        categories[category] = categories.get(category, 0) - amount
    for day, spent in days.items():
        month = f"{day:%Y-%m}"
        months[month] = months.get(month, 0) + spent
    dearest = sorted(categories.items(), key=lambda one: (-one[1], one[0]))
    return Spent(
        currency=currency,
        spent=decimal_text(sum(months.values())),
        months=[
            MonthSpent(month=month, spent=decimal_text(months[month])) for month in sorted(months)
        ],
        categories=[CategorySpent(category=one, spent=decimal_text(sum_)) for one, sum_ in dearest],
    )
