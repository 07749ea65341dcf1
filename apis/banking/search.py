"""Looks for transactions of one owner, and adds them up.

A page goes on where the one before ended: by the key of its last row, never by counting rows, so
that the hundredth page costs what the first one does.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, case, false, func, literal, select, tuple_

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
_CURRENCY = opened(AccountRow.currency)
_OUT = func.sum(case((_AMOUNT < 0, -_AMOUNT), else_=0))
_IN = func.sum(case((_AMOUNT > 0, _AMOUNT), else_=0))
_PAGES = transactions().order_by(*(column.desc() for column in _ORDER))
_WHOSE = (AccountRow.tenant, AccountRow.subject)
_TOTALS = owned(
    select(_CURRENCY.label("currency"), *_WHOSE, func.count().label("count"), _OUT.label("spent"),
           _IN.label("received"))
    .select_from(TransactionRow)
    .join(AccountRow, AccountRow.id == TransactionRow.account_id)
).group_by(_CURRENCY, *_WHOSE)  # fmt: skip
_MONTH = func.strftime("%Y-%m", TransactionRow.booked_on)
_SPENT = owned(
    select(_CURRENCY.label("currency"), *_WHOSE, _MONTH.label("month"),
           _CATEGORY.label("category"), _OUT.label("spent"))
    .select_from(TransactionRow)
    .join(AccountRow, AccountRow.id == TransactionRow.account_id)
    .where(_AMOUNT < 0)
).group_by(_CURRENCY, *_WHOSE, _MONTH, _CATEGORY)  # fmt: skip


async def search(ledger: Ledger, owner: Owner, query: SearchQuery) -> Found:
    """Return a page of what was asked for. Raises `ProblemError` for no such `after`."""
    conditions = _conditions(query)
    asked = Asked(**query.model_dump(include=set(Asked.model_fields)))
    action = "search_transactions"
    page = _PAGES.where(*conditions).limit(query.limit + 1)
    if query.after is not None:
        page = page.where(tuple_(*_ORDER) < await _key(ledger, owner, query.after))
        totals = None
    else:
        sums = await ledger.rows(action, "Account", _TOTALS.where(*conditions), owner)
        totals = [_total(row) for row in sums]
    rows = await ledger.rows(action, "Account", page, owner)
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
    rows = await ledger.rows("spending_summary", "Account", _SPENT.where(*conditions), owner)
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


def _total(row: Row[Any]) -> Total:
    return Total(
        currency=row.currency,
        count=row.count,
        spent=decimal_text(row.spent),
        received=decimal_text(row.received),
    )


def _spent(currency: Any, rows: list[Row[Any]]) -> Spent:
    months: dict[str, int] = {}
    categories: dict[str, int] = {}
    for row in rows:
        months[row.month] = months.get(row.month, 0) + row.spent
        categories[row.category] = categories.get(row.category, 0) + row.spent
    dearest = sorted(categories.items(), key=lambda one: (-one[1], one[0]))
    return Spent(
        currency=currency,
        spent=decimal_text(sum(months.values())),
        months=[
            MonthSpent(month=month, spent=decimal_text(months[month])) for month in sorted(months)
        ],
        categories=[CategorySpent(category=one, spent=decimal_text(sum_)) for one, sum_ in dearest],
    )
