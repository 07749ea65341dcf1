"""What a search for transactions takes and answers, and what sums by month and category are."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from apis.banking.model import Amount, Category, Transaction, TransactionId
from apis.banking.money import PAYMENT_PATTERN, Currency
from apis.common.model import Line, Sparse, Strict

MOST_FOUND = 50
"""How many transactions one page may hold."""

Day = Annotated[
    str, Field(pattern=r"^(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$")
]
"""A day; one that its month does not have stands for its last one."""
Least = Annotated[str, Field(pattern=PAYMENT_PATTERN)]
Direction = Literal["in", "out"]
Month = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$")]


class Span(Sparse):
    """From the first to the last of these days, both of them included."""

    first_day: Day | SkipJsonSchema[None] = None
    last_day: Day | SkipJsonSchema[None] = None


class Asked(Span):
    """What was looked for; amounts are without sign, `text` is matched by the words' beginnings."""

    least: Least | SkipJsonSchema[None] = None
    most: Least | SkipJsonSchema[None] = None
    text: Line | SkipJsonSchema[None] = None
    direction: Direction | SkipJsonSchema[None] = None


class SearchQuery(Asked):
    """A search, or its next page: `after` is the last transaction of the page before."""

    after: TransactionId | SkipJsonSchema[None] = None
    limit: Annotated[int, Query(ge=1, le=MOST_FOUND)] = 10


class Total(Strict):
    """What went out and came in, of all that was found in one currency."""

    currency: Currency
    count: Annotated[int, Field(ge=0)]
    spent: Amount
    received: Amount


class Found(Sparse):
    """One page, newest first; the first one with the sums of all pages.

    `next` is there where more was found: the `after` of the next page.
    """

    asked: Asked
    transactions: Annotated[list[Transaction], Field(max_length=MOST_FOUND)]
    totals: Annotated[list[Total], Field(max_length=8)] | SkipJsonSchema[None] = None
    next: TransactionId | SkipJsonSchema[None] = None


class SpendingQuery(Span):
    """Which days, and one category alone where it is named."""

    category: Category | SkipJsonSchema[None] = None


class MonthSpent(Strict):
    """What went out in a month."""

    month: Month
    spent: Amount


class CategorySpent(Strict):
    """What went out for something."""

    category: Category
    spent: Amount


class Spent(Strict):
    """What went out in one currency: the months in order, what cost most first."""

    currency: Currency
    spent: Amount
    months: Annotated[list[MonthSpent], Field(max_length=240)]
    categories: Annotated[list[CategorySpent], Field(max_length=16)]


class Spending(Sparse):
    """What went out in these days."""

    asked: SpendingQuery
    spending: Annotated[list[Spent], Field(max_length=8)]


def bounds(span: Span) -> tuple[date | None, date | None]:
    """Return the first and the last day of a span; None where it has no end."""
    return (_day(span.first_day), _day(span.last_day))


def _day(written: str | None) -> date | None:
    if written is None:
        return None
    year, month, day = map(int, written.split("-"))
    return date(year, month, min(day, monthrange(year, month)[1]))
