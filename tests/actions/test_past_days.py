"""Which days of the past somebody means, on a Wednesday: 25 November 2026."""

from __future__ import annotations

from datetime import date

import pytest

from actions.past_days import Between, OneOf, days_meant
from actions.past_words import days_in

TODAY = date(2026, 11, 25)


def meant(text: str) -> object:
    words, _ = days_in(text)
    return None if words is None else days_meant(words, TODAY)


def days(first: str | None, last: str | None) -> Between:
    ends = [date.fromisoformat(f"2026-{end}") if end else None for end in (first, last)]
    return Between(*ends)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("in March", "03-01", "03-31"),
        ("this november", "11-01", "11-30"),
        ("last week", "11-16", "11-22"),
        ("this week", "11-23", "11-29"),
        ("last month", "10-01", "10-31"),
        ("last quarter", "07-01", "09-30"),
        ("this year", "01-01", "12-31"),
        ("the year so far", "01-01", "11-25"),
        ("over the weekend", "11-21", "11-22"),
        ("yesterday", "11-24", "11-24"),
        ("the day before yesterday", "11-23", "11-23"),
        ("today", "11-25", "11-25"),
        ("on wednesday", "11-25", "11-25"),
        ("last wednesday", "11-18", "11-18"),
        ("on thursday", "11-19", "11-19"),
        ("in the last 30 days", "10-27", "11-25"),
        ("two weeks ago", "11-11", "11-11"),
        ("on the 25th", "11-25", "11-25"),
        ("on the 26th", "10-26", "10-26"),
        ("on the 31st", "10-31", "10-31"),
        ("on 3 november", "11-03", "11-03"),
        ("on november the 3rd", "11-03", "11-03"),
        ("on 14/3", "03-14", "03-14"),
        ("on 3.4.", "04-03", "04-03"),
        ("from 1 to 15 october", "10-01", "10-15"),
        ("between the 1st and the 15th of october", "10-01", "10-15"),
        ("from monday to wednesday", "11-23", "11-25"),
        ("from monday to friday", "11-16", "11-20"),
        ("march to may", "03-01", "05-31"),
        ("since the 3rd", "11-03", None),
        ("since january", "01-01", None),
        ("from october on", "10-01", None),
        ("after 1 november", "11-02", None),
        ("before the 10th", None, "11-09"),
        ("until 3 november", None, "11-03"),
        ("in septmber", "09-01", "09-30"),
    ],
)
def test_words_mean_these_days(text: str, first: str | None, last: str | None) -> None:
    assert meant(text) == days(first, last)


def test_what_has_not_been_this_year_was_last_year() -> None:
    assert meant("in december") == Between(date(2025, 12, 1), date(2025, 12, 31))
    assert meant("on 26 november") == Between(date(2025, 11, 26), date(2025, 11, 26))
    assert meant("last november") == Between(date(2025, 11, 1), date(2025, 11, 30))
    assert meant("from october to january") == Between(date(2025, 10, 1), date(2026, 1, 31))
    assert meant("in 2024") == Between(date(2024, 1, 1), date(2024, 12, 31))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("on 31 february", "no_such_day"),
        ("on 30.2.", "no_such_day"),
        ("on 2026-13-01", "no_such_day"),
        ("on 29 february 2025", "no_such_day"),
        ("tomorrow", "ahead"),
        ("next month", "ahead"),
        ("on 26 november 2026", "ahead"),
        ("since 2027", "ahead"),
        ("from 5 march to 1 march", "crossed"),
        ("between 2026-10-02 and 2026-10-01", "crossed"),
    ],
)
def test_what_cannot_be_is_told_apart(text: str, why: str) -> None:
    assert meant(text) == why


def test_a_leap_day_is_one() -> None:
    assert meant("on 29 february 2024") == Between(date(2024, 2, 29), date(2024, 2, 29))


def test_two_readings_are_both_given() -> None:
    assert meant("on 3/4") == OneOf((date(2026, 3, 4), date(2026, 4, 3)))


@pytest.mark.parametrize(
    "text", ["what I may have paid", "payments over 100", "my last 3 payments", "10.99", "sat down"]
)
def test_other_words_are_no_days(text: str) -> None:
    assert meant(text) is None
