"""Which days of the past somebody means: pure, from their words and from what day it is.

What `actions.days` reads lies ahead; here "in March" is the last March there was, and "on Monday"
the last Monday.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from actions.days import MONTHS, WEEKDAYS
from actions.past_words import (
    COUNT,
    MONTH,
    NTH,
    NUMBERS,
    SHORT_DAYS,
    UNIT,
    YEAR,
    digits_of,
)

Wrong = Literal["no_such_day", "ahead", "crossed"]
"""A day that no calendar has, one that is still to come, a last day before the first one."""


@dataclass(frozen=True)
class Between:
    """From the first to the last of these days; None is no end on that side."""

    first: date | None
    last: date | None


@dataclass(frozen=True)
class OneOf:
    """One of two days: only the speaker knows which."""

    readings: tuple[date, ...]


Meant = Between | OneOf | Wrong


def days_meant(when: str, today: date) -> Meant:
    """Return which days the words of `days_in` mean. Raises `ValueError` for other words."""
    kind, first, *more = when.split("|")
    begins = _meant(first, today)
    ends = _meant(more[0], today) if more else begins
    if not isinstance(begins, Between):
        return begins
    if not isinstance(ends, Between):
        return ends
    return _checked(
        _ended(kind, _in_order(begins, ends, first, more[0] if more else ""), today), today
    )


def _ended(kind: str, span: Between, today: date) -> Between:
    """Return the days since, after, before or until those of `span`."""
    if kind in {"since", "starting"}:
        return Between(span.first, None)
    if kind == "after":
        return Between((span.last or today) + timedelta(days=1), None)
    if kind == "before":
        return Between(None, (span.first or today) - timedelta(days=1))
    return Between(None, span.last) if kind in {"until", "till", "up to"} else span


def _checked(span: Between, today: date) -> Meant:
    if span.first is not None and span.first > today:
        return "ahead"
    if span.first is not None and span.last is not None and span.first > span.last:
        return "crossed"
    return span


def _in_order(begins: Between, ends: Between, first: str, last: str) -> Between:
    """Return the span: names of days and months without a year go back until they fit."""
    start = begins.first
    if start is not None and ends.last is not None and start > ends.last:
        if first in WEEKDAYS and last in WEEKDAYS:
            start -= timedelta(days=7)
        elif first in MONTHS and last in MONTHS:
            start = start.replace(year=start.year - 1)
    return Between(start, ends.last)


def _meant(words: str, today: date) -> Meant:
    for pattern, read in _READ:
        if found := pattern.fullmatch(words):
            return read(found, today)
    raise ValueError("no words of days")


def _iso(found: re.Match[str], _today: date) -> Meant:
    return _exact(int(found[1]), int(found[2]), int(found[3]))


def _dated(found: re.Match[str], today: date) -> Meant:
    day, month, year = (
        found["day"] or found["day2"],
        found["month"] or found["month2"],
        found["year"],
    )
    return _of_year(year, _month(month), int(digits_of(day)), today)


def _of_year(year: str | None, month: int, day: int, today: date) -> Meant:
    if year is not None:
        return _exact(int(year) + (2000 if len(year) == 2 else 0), month, day)
    this = _exact(today.year, month, day)
    if isinstance(this, Between) and this.first is not None and this.first > today:
        return _exact(today.year - 1, month, day)
    return this


def _exact(year: int, month: int, day: int) -> Meant:
    try:
        found = date(year, month, day)
    except ValueError:
        return "no_such_day"
    return Between(found, found)


def _figures(found: re.Match[str], today: date) -> Meant:
    """Read 3/4: of two readings that there are, both."""
    first, sign, second, year = found.groups()
    orders = [(second, first)] if sign == "." else [(second, first), (first, second)]
    read = [_of_year(year, int(month), int(day), today) for month, day in orders]
    days = {one.first for one in read if isinstance(one, Between) and one.first is not None}
    if not days:
        return "no_such_day"
    return OneOf(tuple(sorted(days))) if len(days) > 1 else Between(min(days), max(days))


def _nth(found: re.Match[str], today: date) -> Meant:
    """Read "the 15th": of this month, or of the last one that had it."""
    day = int(digits_of(found[1]))
    for back in range(3):
        years, month = divmod(today.month - 1 - back, 12)
        read = _exact(today.year + years, month + 1, day)
        if isinstance(read, Between) and read.first is not None and read.first <= today:
            return read
    return "no_such_day"


def _near(found: re.Match[str], today: date) -> Meant:
    words = found.group()
    if words == "tomorrow":
        return "ahead"
    back = 2 if "before" in words else 1 if words == "yesterday" else 0
    day = today - timedelta(days=back)
    return Between(day, day)


def _counted(found: re.Match[str], today: date) -> Meant:
    first = _back(today, _number(found[1]), found[2])
    return Between(first + timedelta(days=1), today)


def _ago(found: re.Match[str], today: date) -> Meant:
    day = _back(today, _number(found[1]), found[2])
    return Between(day, day)


def _back(today: date, count: int, unit: str) -> date:
    if unit.startswith("day"):
        return today - timedelta(days=count)
    if unit.startswith("week"):
        return today - timedelta(weeks=count)
    months = count * (12 if unit.startswith("year") else 1)
    years, month = divmod(today.month - 1 - months, 12)
    first = date(max(today.year + years, 1), month + 1, 1)
    return first.replace(day=min(today.day, _end_of_month(first).day))


def _period(found: re.Match[str], today: date) -> Meant:
    which, unit = found[1] or "", found[2]
    if which == "next":
        return "ahead"
    back = which in {"last", "past", "previous"}
    if unit == "weekend":
        saturday = today - timedelta(days=(today.weekday() - 5) % 7)
        if back and today.weekday() >= 5:
            saturday -= timedelta(days=7)
        return Between(saturday, saturday + timedelta(days=1))
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + (7 if back else 0))
        return Between(monday, monday + timedelta(days=6))
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    start = (today.month - 1) // months * months
    years, month = divmod(start - (months if back else 0), 12)
    first = date(today.year + years, month + 1, 1)
    last = first
    for _ in range(months - 1):
        last = _end_of_month(last) + timedelta(days=1)
    return Between(first, _end_of_month(last))


def _so_far(_found: re.Match[str], today: date) -> Meant:
    return Between(date(today.year, 1, 1), today)


def _in_month(found: re.Match[str], today: date) -> Meant:
    which, name, year = found[1], found[2], found[3]
    month = _month(name)
    if year is not None:
        first = date(int(year), month, 1)
    else:
        ahead = month > today.month or (month == today.month and which in {"last", "previous"})
        first = date(today.year - ahead, month, 1)
        if which == "this" and month > today.month:
            return "ahead"
    return Between(first, _end_of_month(first))


def _weekday(found: re.Match[str], today: date) -> Meant:
    which, name = found[1], found[2]
    wanted = next(at for at, day in enumerate(WEEKDAYS) if day.startswith(name[:3]))
    back = (today.weekday() - wanted) % 7
    if back == 0 and which in {"last", "past", "previous"}:
        back = 7
    day = today - timedelta(days=back)
    return Between(day, day)


def _year(found: re.Match[str], _today: date) -> Meant:
    year = int(found.group())
    return Between(date(year, 1, 1), date(year, 12, 31))


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _month(name: str) -> int:
    return next(at for at, month in enumerate(MONTHS, 1) if month.startswith(name[:3]))


def _number(word: str) -> int:
    if word in {"a", "an"}:
        return 1
    return int(word) if word.isdigit() else NUMBERS.index(word) + 1


_LAST = r"last|past|previous"
_READ: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Meant]], ...] = (
    (re.compile(r"(\d{4})-(\d{2})-(\d{2})"), _iso),
    (
        re.compile(
            rf"(?:(?:the\s+)?(?P<day>{NTH})(?:\s+of)?\s+(?P<month>{MONTH})"
            rf"|(?P<month2>{MONTH})\s+(?:the\s+)?(?P<day2>{NTH}))(?:,?\s+(?P<year>{YEAR}))?"
        ),
        _dated,
    ),
    (re.compile(r"(\d{1,2})([/.])(\d{1,2})(?:[/.](\d{4}|\d{2}))?\.?"), _figures),
    (re.compile(r"the\s+(\d{1,2}(?:st|nd|rd|th))"), _nth),
    (
        re.compile(
            r"(?:the\s+)?day\s+before\s+yesterday|yesterday|today|tomorrow|tonight|"
            r"this\s+(?:morning|afternoon|evening)"
        ),
        _near,
    ),
    (re.compile(rf"(?:the\s+)?(?:{_LAST})\s+({COUNT})\s+({UNIT})"), _counted),
    (re.compile(rf"({COUNT}|an?)\s+({UNIT})\s+ago"), _ago),
    (
        re.compile(
            rf"(?:the\s+)?(?:({_LAST}|this|current|next)\s+)?(week|weekend|month|year|quarter)"
        ),
        _period,
    ),
    (re.compile(r"(?:the\s+)?year\s+(?:so\s+far|to\s+date)"), _so_far),
    (re.compile(rf"(?:({_LAST}|this)\s+)?({MONTH})(?:\s+({YEAR}))?"), _in_month),
    (
        re.compile(rf"(?:({_LAST}|this)\s+)?({'|'.join((*WEEKDAYS, *SHORT_DAYS))})"),
        _weekday,
    ),
    (re.compile(YEAR), _year),
)
