"""Days of the calendar."""

from __future__ import annotations

from datetime import date

import pytest

from runtime.dates import years_on


@pytest.mark.parametrize(
    ("day", "years", "then"),
    [
        (date(2026, 11, 25), 8, date(2034, 11, 25)),
        (date(2028, 2, 28), 1, date(2029, 2, 28)),
        (date(2028, 2, 29), 1, date(2029, 2, 28)),
        (date(2028, 2, 29), 10, date(2038, 2, 28)),
        (date(2028, 2, 29), 4, date(2032, 2, 29)),
        (date(2028, 3, 1), 1, date(2029, 3, 1)),
    ],
)
def test_the_same_day_so_many_years_later(day: date, years: int, then: date) -> None:
    """Boundary: the day before a leap day, it, and the day after."""
    assert years_on(day, years) == then
