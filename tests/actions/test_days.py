"""Days in people's own words, on a Monday and on others; every boundary from both sides."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.days import Days, Never, Unclear, day_meant, day_words

MONDAY = date(2026, 11, 23)


def _meant(text: str, today: date = MONDAY) -> object:
    words = day_words(text)
    return day_meant(words, today) if words else None


def _one(text: str) -> Days:
    day = date.fromisoformat(text)
    return Days(day, day)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today at five", "2026-11-23"),
        ("tomorrow", "2026-11-24"),
        ("tommorow pls", "2026-11-24"),
        ("2moro", "2026-11-24"),
        ("the day after tomorrow at 3", "2026-11-25"),
        ("tuesday", "2026-11-24"),
        ("on monday", "2026-11-30"),
        ("this monday", "2026-11-23"),
        ("next monday", "2026-11-30"),
        ("this week friday", "2026-11-27"),
        ("tuesday next week", "2026-12-01"),
        ("next week on tuesday", "2026-12-01"),
        ("thursday week", "2026-12-03"),
        ("a week on friday", "2026-12-04"),
        ("in 3 days", "2026-11-26"),
        ("in two weeks", "2026-12-07"),
        ("in a fortnight", "2026-12-07"),
        ("in 3 months", "2027-02-23"),
        ("3 December", "2026-12-03"),
        ("on the 3rd of december", "2026-12-03"),
        ("the first of December", "2026-12-01"),
        ("december 3rd, 2027", "2027-12-03"),
        ("2026-12-03", "2026-12-03"),
        ("03.12.2026", "2026-12-03"),
        ("25/12", "2026-12-25"),
        ("12/25", "2026-12-25"),
        ("on the 15th", "2026-12-15"),
        ("the 23rd", "2026-11-23"),
        ("the 31st", "2026-12-31"),
        ("fri 4 dec", "2026-12-04"),
        ("2 january", "2027-01-02"),
    ],
)
def test_one_day_is_that_day(text: str, day: str) -> None:
    assert _meant(text) == _one(day)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("this week", "2026-11-23", "2026-11-29"),
        ("next week", "2026-11-30", "2026-12-06"),
        ("at the weekend", "2026-11-28", "2026-11-29"),
        ("next month", "2026-12-01", "2026-12-31"),
        ("in march", "2027-03-01", "2027-03-31"),
    ],
)
def test_several_days_are_all_of_them(text: str, first: str, last: str) -> None:
    assert _meant(text) == Days(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("next tuesday morning", ("2026-11-24", "2026-12-01")),
        ("3/4", ("2027-03-04", "2027-04-03")),
        ("on 1/2/27", ("2027-01-02", "2027-02-01")),
        ("monday 3 december", ("2026-11-30", "2026-12-03")),
    ],
)
def test_of_two_readings_neither_is_taken(text: str, readings: tuple[str, str]) -> None:
    assert _meant(text) == Unclear(tuple(map(date.fromisoformat, readings)))


def test_next_tuesday_is_clear_once_it_is_in_the_next_week() -> None:
    assert _meant("next tuesday", date(2026, 11, 24)) == _one("2026-12-01")
    assert _meant("next tuesday", date(2026, 11, 25)) == _one("2026-12-01")


def test_a_day_of_the_week_settles_figures() -> None:
    assert _meant("thursday 3/12") == _one("2026-12-03")


@pytest.mark.parametrize("text", ["yesterday", "last tuesday", "20 november", "2025-11-23"])
def test_what_is_over_is_said_to_be(text: str) -> None:
    assert _meant(text) == Never(over=True)


@pytest.mark.parametrize(
    "text", ["31 february", "30.2.", "32 december", "2026-02-29", "13/13", "29 feb"]
)
def test_what_no_calendar_has_is_no_day(text: str) -> None:
    assert _meant(text) == Never(over=False)


@pytest.mark.parametrize("text", ["", "hello", "i may need help", "my back hurts", "book me in"])
def test_words_without_a_day_have_none(text: str) -> None:
    assert day_words(text) is None


@given(st.text(max_size=60), st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_no_text_breaks_it_and_nothing_lies_behind(text: str, today: date) -> None:
    meant = _meant(text, today)
    if isinstance(meant, Days):
        assert today <= meant.first <= meant.last
    if isinstance(meant, Unclear):
        assert len(meant.readings) == 2
        assert all(day >= today for day in meant.readings)


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(0, 200))
def test_a_date_that_is_written_out_is_read_back(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    for text in (
        day.isoformat(),
        f"{day.day} {day:%B} {day.year}",
        f"{day:%B} {day.day} {day.year}",
    ):
        assert _meant(text, today) == Days(day, day)
