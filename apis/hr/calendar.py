"""Days of leave: pure rules over dates. All amounts are in half days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

Part = Literal["whole", "morning", "afternoon"]

MOST_DAYS = 60
"""The longest request, in calendar days: a sabbatical is asked for in person."""


def is_working(day: date) -> bool:
    """Tell whether people work on this day: Monday to Friday."""
    return day.weekday() < 5


def half_days_by_year(first: date, last: date, part: Part) -> dict[int, int]:
    """Return how many half days of work a request takes, for each year that it touches."""
    each = 2 if part == "whole" else 1
    taken: dict[int, int] = {}
    for day in _days(first, last):
        taken[day.year] = taken.get(day.year, 0) + (each if is_working(day) else 0)
    return taken


def overlap(one: tuple[date, date, str], other: tuple[date, date, str]) -> bool:
    """Tell whether two requests take the same half of a day; each is first, last and part."""
    if one[0] > other[1] or other[0] > one[1]:
        return False
    halves = {one[2], other[2]}
    return halves != {"morning", "afternoon"}


def days_text(half_days: int) -> str:
    """Return half days as days: 5 as ``2.5``, 4 as ``2``."""
    sign, whole = ("-" if half_days < 0 else ""), abs(half_days)
    return f"{sign}{whole // 2}{'.5' if whole % 2 else ''}"


def payday_of(year: int, month: int) -> date:
    """Return when salaries are paid: on the last working day of the month."""
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    day = first_of_next - timedelta(days=1)
    while not is_working(day):
        day -= timedelta(days=1)
    return day


def next_payday(today: date) -> date:
    """Return the next day on which salaries are paid; today, where it is one."""
    this = payday_of(today.year, today.month)
    if this >= today:
        return this
    return payday_of(today.year + today.month // 12, today.month % 12 + 1)


def _days(first: date, last: date) -> Iterator[date]:
    for ahead in range((last - first).days + 1):
        yield first + timedelta(days=ahead)
