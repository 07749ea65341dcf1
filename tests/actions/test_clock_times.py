"""Times of day in people's own words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.clock_times import find_time, span_written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("at 3", "=15:00-15:01"),
        ("at 6", "=18:00-18:01"),
        ("at 7", "=07:00-07:01"),
        ("at 8", "=08:00-08:01"),
        ("at 12", "=12:00-12:01"),
        ("3pm", "=15:00-15:01"),
        ("3 p.m.", "=15:00-15:01"),
        ("12am", "=00:00-00:01"),
        ("15:00", "=15:00-15:01"),
        ("at 9.30", "=09:30-09:31"),
        ("half past nine", "=09:30-09:31"),
        ("quarter to ten", "=09:45-09:46"),
        ("10 o'clock", "=10:00-10:01"),
        ("at noon", "=12:00-12:01"),
        ("at 23:59", "=23:59-"),
        ("in the morning", "-12:00"),
        ("late afternoon", "15:00-18:00"),
        ("tomorrow evening", "17:00-"),
        ("between 10 and 12", "10:00-12:00"),
        ("from 3 to 5", "15:00-17:00"),
        ("before 10", "-10:00"),
        ("after 3pm", "15:00-"),
        ("around 10", "09:00-11:59"),
        ("at 25:70", "never"),
        ("at 13pm", "never"),
        ("between 12 and 10", "never"),
    ],
)
def test_a_time_is_read(text: str, written: str) -> None:
    span = find_time(text).span
    assert span is not None
    assert span.written() == written
    assert span_written(written) == span


@pytest.mark.parametrize(
    "text",
    ["on the 3rd", "3 december", "03.12.2026", "in 2 weeks", "after 2 weeks", "by friday", ""],
)
def test_a_date_is_no_time(text: str) -> None:
    told = find_time(text)
    assert (told.span, told.rest) == (None, text)


def test_the_rest_is_what_tells_the_day() -> None:
    assert find_time("Tuesday at 9.30, please").rest == "tuesday , please"


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    span = find_time(text).span
    if span is not None:
        assert span_written(span.written()) == span
