"""What is left of somebody's leave: pure rules over rows of allowances and of leave that counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from apis.common.problems import ProblemError
from apis.hr.calendar import MOST_DAYS, days_text, half_days_by_year, overlap
from apis.hr.model import YearOfLeave
from apis.hr.queries import WAITING


def year_of_leave(allowance: Any, taking: Iterable[Any], today: date) -> YearOfLeave:
    """Return how a year stands; leave that is under way today is not over yet."""
    spent = {"taken": 0, "planned": 0, "waiting": 0}
    for row in taking:
        half_days = half_days_by_year(row.first_on, row.last_on, row.part).get(allowance.year, 0)
        over = "taken" if row.last_on < today else "planned"
        spent["waiting" if row.state == WAITING else over] += half_days
    left = allowance.entitled + allowance.carried - sum(spent.values())
    return YearOfLeave(
        year=allowance.year,
        entitled=days_text(allowance.entitled),
        carried=days_text(allowance.carried),
        **{name: days_text(value) for name, value in spent.items()},
        left=days_text(left),
    )


def half_days_left(allowance: Any, taking: Iterable[Any]) -> int:
    """Return how many half days of the allowance's year nothing has been asked for."""
    spent = sum(
        half_days_by_year(row.first_on, row.last_on, row.part).get(allowance.year, 0)
        for row in taking
    )
    return int(allowance.entitled + allowance.carried - spent)


def check_request(
    asked: tuple[date, date, Any], allowances: Sequence[Any], taking: Sequence[Any], today: date
) -> int:
    """Return how many half days a request (first, last, part) takes. Raises `ProblemError`."""
    first, last, part = asked
    if last < first or (part != "whole" and first != last):
        raise ProblemError("invalid_request")
    if first < today:
        raise ProblemError("day_is_over")
    if (last - first).days >= MOST_DAYS:
        raise ProblemError("too_far_ahead")
    wanted = half_days_by_year(first, last, part)
    if not sum(wanted.values()):
        raise ProblemError("no_working_day")
    if any(overlap(asked, (row.first_on, row.last_on, row.part)) for row in taking):
        raise ProblemError("dates_overlap")
    years = {allowance.year: allowance for allowance in allowances}
    for year, half_days in wanted.items():
        if year not in years:
            raise ProblemError("too_far_ahead")
        if half_days > half_days_left(years[year], taking):
            raise ProblemError("not_enough_days")
    return sum(wanted.values())
