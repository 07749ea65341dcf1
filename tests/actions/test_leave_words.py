"""Days of leave, as people say them, on Wednesday 25 November 2026."""

from __future__ import annotations

from datetime import date

import pytest

from actions.days import Never, Unclear
from actions.leave_words import Off, find_span, leave_details, span_meant
from actions.requests import Said

TODAY = date(2026, 11, 25)


def _off(text: str) -> tuple[str, str] | None:
    span = find_span(text)
    if span is None:
        return None
    meant = span_meant(span, TODAY)
    assert isinstance(meant, Off)
    return f"{meant.first:%m-%d}", f"{meant.last:%m-%d}"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("I'd like Friday next week off", "12-04", "12-04"),
        ("can i have tomorrow off", "11-26", "11-26"),
        ("i need time off from 3 to 7 march", "03-03", "03-07"),
        ("from the 3rd to the 7th of March please", "03-03", "03-07"),
        ("vacation from March 3 to 7", "03-03", "03-07"),
        ("leave from 7 december until 11 december", "12-07", "12-11"),
        ("2026-12-07 to 2026-12-09", "12-07", "12-09"),
        ("between 14 december and 18 december", "12-14", "12-18"),
        ("I want monday to wednesday next week off", "11-30", "12-02"),
        ("next week monday to wednesday", "11-30", "12-02"),
        ("from monday to wednesday", "11-30", "12-02"),
        ("next monday and tuesday", "11-30", "12-01"),
        ("I need three days off from 7 december", "12-07", "12-09"),
        ("2 weeks from 7 december", "12-07", "12-18"),
        ("a week off from 14 december", "12-14", "12-18"),
        ("take next week off", "11-30", "12-06"),
        ("a day off on monday", "11-30", "11-30"),
        ("half a day off on 4 december", "12-04", "12-04"),
        ("the day after tomorrow off please", "11-27", "11-27"),
        ("from monday to thursday", "11-30", "12-03"),
    ],
)
def test_days_are_understood(text: str, first: str, last: str) -> None:
    assert _off(text) == (first, last)


@pytest.mark.parametrize("text", ["I want to request time off", "how about it", "pto please"])
def test_where_no_day_is_named_none_is_found(text: str) -> None:
    assert find_span(text) is None


def test_figures_that_can_be_two_days_are_asked_back() -> None:
    meant = span_meant(str(find_span("off on 3/4/2027")), TODAY)
    assert meant == Unclear((date(2027, 3, 4), date(2027, 4, 3)))


@pytest.mark.parametrize(
    ("text", "over"), [("yesterday off", True), ("on 31 february", False), ("last monday", True)]
)
def test_days_that_cannot_be_are_told_apart(text: str, over: bool) -> None:
    assert span_meant(str(find_span(text)), TODAY) == Never(over)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("friday afternoon off", "afternoon"),
        ("4 december in the morning", "morning"),
        ("half a day on 4 december", "half"),
        ("a half-day on friday", "half"),
        ("friday off", None),
    ],
)
def test_half_days_are_heard(text: str, part: str | None) -> None:
    assert leave_details(Said(text)).get("part") == part


@pytest.mark.parametrize(("text", "sure"), [("yes please", "yes"), ("ok", "yes"), ("hm", None)])
def test_a_yes_counts_where_it_was_asked_for(text: str, sure: str | None) -> None:
    assert leave_details(Said(text, asked="sure")).get("sure") == sure
    assert "sure" not in leave_details(Said(text))
