"""Which days of leave somebody means: pure, from their words, kept as words from turn to turn.

A span is kept as `first|last|days`, each in words or empty: `3 march|7 march|`, `monday||3`,
`next week||`. Only once it is known what day it is (the API says so) does it become dates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from actions.days import MONTHS, WEEKDAYS, Days, Never, Unclear, day_meant, day_words
from actions.requests import Details, Said

_NUMBERS = ("a", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MONTH = rf"(?:{'|'.join(MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b"
_BARE = r"(?:the\s+)?\d{1,2}(?:st|nd|rd|th)?"
_BARE_TO_DATE = re.compile(
    rf"\b({_BARE})\s*(?:to|until|till|through|thru|and|-|–)\s*(?:the\s+)?"
    rf"(\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?({_MONTH}))"
)
_DATE_TO_BARE = re.compile(
    rf"\b(({_MONTH})\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?)\s*(?:to|until|till|through|thru|and|-|–)"
    rf"\s*({_BARE})(?!\s*(?:{_MONTH}|days?))"
)
_TO = re.compile(r"\s+(?:to|until|till|through|thru|up to)\s+|\s+[-–]\s+")
_BETWEEN = re.compile(r"\bbetween\s+(.+?)\s+and\s+(.+)")
_COUNT = re.compile(
    rf"\b(\d{{1,2}}|{'|'.join(_NUMBERS)})\s+(?:whole\s+|full\s+)?(days?|weeks?)\b(?!\s+(?:ago|after))"
)
_IN_COUNT = re.compile(r"\bin\s+(?:\d{1,2}|\w+)\s+(?:days?|weeks?|months?)\b")
_WEEKDAY = rf"(?:{'|'.join(WEEKDAYS)})"
_WEEK = re.compile(rf"\b({_WEEKDAY})\b.*\b({_WEEKDAY})\b.*\b(next week|this week)\b")
_WEEK_FIRST = re.compile(rf"\b(next week|this week)\b.*\b({_WEEKDAY})\b.*\b({_WEEKDAY})\b")
_HALVES = (
    ("morning", re.compile(r"\b(?:morning|a\.?m\.?|first half)\b", re.IGNORECASE)),
    ("afternoon", re.compile(r"\b(?:afternoon|p\.?m\.?|second half)\b", re.IGNORECASE)),
    ("half", re.compile(r"\bhalf(?:[- ]a)?[- ]day\b|\bhalf (?:of )?", re.IGNORECASE)),
    ("whole", re.compile(r"\b(?:whole|full|entire|all) day\b", re.IGNORECASE)),
)
_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|sure|ok|okay|please do|go ahead|do it|right|correct|ask)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Off:
    """From the first to the last of these days."""

    first: date
    last: date


Meant = Off | Unclear | Never


def leave_details(said: Said) -> Details:
    """Return what is told of the days, of half a day, and whether a yes was meant."""
    if said.chosen:
        return said.chosen
    details = {}
    span, part = find_span(said.text), _part(said.text)
    if span is not None:
        details["span"] = span
    if part is not None:
        details["part"] = part
    if said.asked == "sure" and not details and _YES.search(said.text):
        details["sure"] = "yes"
    return details


def find_span(text: str) -> str | None:
    """Return the words of the days in `text`; None where it names none."""
    low = " ".join(text.lower().replace(",", " ").split())
    if found := _BARE_TO_DATE.search(low):
        return f"{_number(found[1])} {found[3]}|{found[2]}|"
    if found := _DATE_TO_BARE.search(low):
        return f"{found[1]}|{found[2]} {_number(found[3])}|"
    return _of_a_week(low) or _two_days(low) or _counted(low)


def span_meant(span: str, today: date) -> Meant:
    """Return which days a span means. Raises `ValueError` for what is no span."""
    first, last, count = span.split("|")
    begins = day_meant(first, today)
    if not isinstance(begins, Days):
        return begins
    if count:
        return Off(begins.first, _working_days_on(begins.first, int(count)))
    if not last:
        return Off(begins.first, begins.last)
    ends = day_meant(last, today)
    if isinstance(ends, Days) and ends.last < begins.first:
        ends = day_meant(last, begins.first)  # "From Monday to Thursday", said on a Wednesday.
    return Off(begins.first, ends.last) if isinstance(ends, Days) else ends


def told_day(day: date, today: date) -> str:
    """Return a day for reading: ``Mon 7 December``, with its year where it is another one."""
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day:%a} {day.day} {day:%B}{year}"


def told_span(first: date, last: date, part: str, today: date) -> str:
    """Return the days of a request for reading."""
    one = told_day(first, today)
    half = "" if part == "whole" else f", {part} only"
    return f"{one}{half}" if first == last else f"{one} to {told_day(last, today)}"


def _of_a_week(low: str) -> str | None:
    if found := _WEEK.search(low):
        return f"{found[1]} {found[3]}|{found[2]} {found[3]}|"
    if found := _WEEK_FIRST.search(low):
        return f"{found[2]} {found[1]}|{found[3]} {found[1]}|"
    return None


def _two_days(low: str) -> str | None:
    """Return two days with a word between them; "Monday and Tuesday" are the days from one on."""
    between = _BETWEEN.search(low)
    parts = list(between.groups()) if between else _TO.split(low, maxsplit=1)
    if len(parts) != 2 and low.count(" and ") == 1:
        parts = low.split(" and ")
    if len(parts) != 2:
        return None
    first, last = map(day_words, parts)
    return f"{first}|{last}|" if first and last else None


def _counted(low: str) -> str | None:
    counted = _COUNT.search(_IN_COUNT.sub(" ", low))
    rest = low
    if counted:
        rest = low.replace(counted.group(), " ", 1)
    first = day_words(rest)
    if first is None:
        return None
    if counted is None or (counted[1] in {"a", "one"} and counted[2] == "day"):
        return f"{first}||"
    number = int(counted[1]) if counted[1].isdigit() else max(_NUMBERS.index(counted[1]), 1)
    days = number * 5 if counted[2].startswith("week") else number
    return f"{first}||{days}" if 0 < days <= 60 else f"{first}||"


def _number(words: str) -> str:
    return re.sub(r"\D", "", words)


def _part(text: str) -> str | None:
    return next((part for part, pattern in _HALVES if pattern.search(text)), None)


def _working_days_on(first: date, count: int) -> date:
    day, left = first, count
    while True:
        left -= day.weekday() < 5
        if left <= 0:
            return day
        day += timedelta(days=1)
