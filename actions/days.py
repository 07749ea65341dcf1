"""Which day somebody means: pure, from their words and from what day it is for them.

Days of the week, weeks and figures such as 3/4 are read here, because only their speaker knows
which of two readings is meant, and is then asked; all else (in two weeks, 3 December) by
dateparser.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from dateparser.date import DateDataParser

from actions.spelling import corrected

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
FAR = timedelta(days=92)
"""How far ahead "as soon as possible" looks."""

_KNOWN = (*WEEKDAYS, *MONTHS, "tomorrow")
_SHORT = {"mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3,
          "fri": 4, "sat": 5, "sun": 6}  # fmt: skip
_OWN_YEAR = timedelta(days=300)
"""A date without a year that lies further ahead was this year's, and is over."""
_FIGURES = r"(\d{1,2})([/.-])(\d{1,2})(?:\2(\d{4}|\d{2}))?"
_MONTH = rf"(?:{'|'.join(MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
_NTH = r"(\d{1,2})(?:st|nd|rd|th)"
_DATE = re.compile(
    rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+({_MONTH})|({_MONTH})\s+(?:the\s+)?(\d{{1,2}})"
    r"(?:st|nd|rd|th)?)\b(?:,?\s+(\d{4}))?"
)
_WEEKDAY = rf"({'|'.join(WEEKDAYS)}|{'|'.join(_SHORT)})"
_DAY_OF_WEEK = re.compile(
    rf"\b(?:(a week on|this|next|coming|following)\s+)?(?:coming\s+)?{_WEEKDAY}\b"
    r"(?:\s+(next week|this week|week))?"
)
_WHOLE = re.compile(
    r"\b(?:(this|next|in the next|the)\s+(?:coming\s+)?(week|weekend|month)|()(weekend)|"
    r"(?:in|during)\s+"
    rf"({_MONTH}))\b(?:\s+(?:on\s+)?{_WEEKDAY}\b)?"
)
_RELATIVE = re.compile(
    r"\b(?:the\s+)?day\s+after\s+tomorrow\b|\btomorrow\b|\btoday\b|\btonight\b|\bthis\s+(?:morning|"
    r"afternoon|evening)\b|\byesterday\b|\blast\s+(?:week|month|" + "|".join(WEEKDAYS) + r")\b|"
    r"\bin\s+(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten)\s+"
    r"(?:day|week|month|fortnight)s?\b"
)
_SOON = re.compile(
    r"\b(?:as soon as possible|asap|soonest|earliest|first available|next available|any ?time|"
    r"any day|whenever|next (?:free )?(?:slot|appointment|one)|first free)\b"
)
_ISO = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_NUMERIC = re.compile(rf"(?<![\d:./-]){_FIGURES}(?![\d:])\.?")
_THE_NTH = re.compile(rf"\b(?:on\s+)?the\s+{_NTH}\b")
_KINDS = (_ISO, _DATE, _NUMERIC, _THE_NTH, _RELATIVE, _WHOLE, _DAY_OF_WEEK, _SOON)


@dataclass(frozen=True)
class Days:
    """From the first to the last of these days."""

    first: date
    last: date


@dataclass(frozen=True)
class Unclear:
    """One of two days: only the speaker knows which."""

    readings: tuple[date, ...]


@dataclass(frozen=True)
class Never:
    """No day that can be meant: `over` for one that has been, else one that no calendar has."""

    over: bool


Meant = Days | Unclear | Never


def day_words(text: str) -> str | None:
    """Return the words that tell of a day, corrected where they were mistyped."""
    plain = corrected(text, _KNOWN)
    found = [hit for kind in _KINDS if (hit := kind.search(plain))]
    if not found:
        return None
    # The first kind is the most exact, unless another one says more around it.
    best = found[0]
    wider = [hit for hit in found if hit.start() <= best.start() and hit.end() >= best.end()]
    words = max(wider, key=lambda hit: len(hit.group())).group().strip()
    beside = _DAY_OF_WEEK.search(plain) if best.re in (_ISO, _DATE, _NUMERIC) else None
    return f"{words} {beside.group(2)}" if beside else words


def day_meant(words: str, today: date) -> Meant:
    """Return which days the words of `day_words` mean."""
    meant = _agreeing(_read(words, today), words)
    if isinstance(meant, Unclear):
        ahead = tuple(day for day in meant.readings if day >= today)
        if len(ahead) > 1:
            return Unclear(ahead)
        return Days(ahead[0], ahead[0]) if ahead else Never(over=True)
    if isinstance(meant, Days):
        return Never(over=True) if meant.last < today else Days(max(meant.first, today), meant.last)
    return meant


def _agreeing(meant: Meant, words: str) -> Meant:
    """Return a date whose day of the week was told as well: where they differ, both readings."""
    told = _DAY_OF_WEEK.search(words)
    if told is None or not (_DATE.search(words) or _NUMERIC.search(words) or _ISO.search(words)):
        return meant
    wanted = _weekday(told.group(2))
    if isinstance(meant, Unclear):
        fitting = [day for day in meant.readings if day.weekday() == wanted]
        return Days(fitting[0], fitting[0]) if len(fitting) == 1 else meant
    if not isinstance(meant, Days) or meant.first.weekday() == wanted:
        return meant
    near = meant.first + timedelta(days=(wanted - meant.first.weekday() + 3) % 7 - 3)
    return Unclear(tuple(sorted((meant.first, near))))


def _read(words: str, today: date) -> Meant:
    weekday = _DAY_OF_WEEK.search(words)
    if weekday and weekday.group(3) == "next week":
        return _day_of_week(weekday, today)
    ways = ((found, read) for pattern, read in _READ if (found := pattern.search(words)))
    for found, read in ways:
        return read(found, today)
    return Never(over=False)


def _exact(year: int, month: int, day: int) -> Meant:
    try:
        found = date(year, month, day)
    except ValueError:
        return Never(over=False)
    return Days(found, found)


def _iso(found: re.Match[str], _today: date) -> Meant:
    return _exact(*map(int, found.group().split("-")))


def _soon(_found: re.Match[str], today: date) -> Meant:
    return Days(today, today + FAR)


def _dated(found: re.Match[str], today: date) -> Meant:
    day = int(found.group(1) or found.group(4))
    month = _month(found.group(2) or found.group(3))
    return _of_year(found.group(5), month, day, today)


def _of_year(year: str | None, month: int, day: int, today: date) -> Meant:
    if year is not None:
        return _exact(int(year) + (2000 if len(year) == 2 else 0), month, day)
    this = _exact(today.year, month, day)
    if isinstance(this, Days) and this.first < today:
        ahead = _exact(today.year + 1, month, day)
        near = isinstance(ahead, Days) and ahead.first - today <= _OWN_YEAR
        return ahead if near else Never(over=True)
    return this


def _figures(found: re.Match[str], today: date) -> Meant:
    """Read 3/4: of two readings that there are, both."""
    first, sign, second, year = found.groups()
    orders = [(second, first)] if sign == "." else [(second, first), (first, second)]
    read = [_of_year(year, int(month), int(day), today) for month, day in orders]
    days = sorted({each.first for each in read if isinstance(each, Days)})
    if not days:
        return Never(over=any(isinstance(each, Never) and each.over for each in read))
    return Days(days[0], days[0]) if len(days) == 1 else Unclear(tuple(days))


def _nth(said: re.Match[str], today: date) -> Meant:
    """Read "the 15th": of this month, or of the next one that has it."""
    day = int(said.group(1))
    for ahead in range(3):
        years, month = divmod(today.month - 1 + ahead, 12)
        found = _exact(today.year + years, month + 1, day)
        if isinstance(found, Days) and found.first >= today:
            return found
    return Never(over=False)


def _relative(found: re.Match[str], today: date) -> Meant:
    words = found.group()
    if re.match(r"today|tonight|this", words):
        return Days(today, today)
    told = _parser().get_date_data(re.sub(r"^the ", "", words), date_formats=None)
    now = datetime.combine(date(2000, 1, 1), time(12))
    if told.date_obj is None:
        return Never(over=False)
    day = today + (told.date_obj.date() - now.date())
    if "month" in words:  # Months differ in length: counted from today, not from the parser's day.
        return _month_ahead(told.date_obj.date(), today)
    return Days(day, day)


def _month_ahead(told: date, today: date) -> Meant:
    years, month = divmod(today.month - 1 + (told.year - 2000) * 12 + told.month - 1, 12)
    first = date(today.year + years, month + 1, 1)
    last = _end_of_month(first)
    day = first.replace(day=min(today.day, last.day))
    return Days(day, day)


def _whole(found: re.Match[str], today: date) -> Meant:
    which, kind, _, alone, month, weekday = found.groups()
    kind = kind or alone
    monday = today - timedelta(days=today.weekday())
    if month is not None:
        first = date(today.year + (_month(month) < today.month), _month(month), 1)
        return Days(first, _end_of_month(first))
    if kind == "month":
        first = _end_of_month(today) + timedelta(days=1) if which == "next" else today
        return Days(first, _end_of_month(first))
    if which in {"next", "in the next"}:
        monday += timedelta(days=7)
    if kind == "weekend":
        return Days(monday + timedelta(days=5), monday + timedelta(days=6))
    if weekday is not None:
        day = monday + timedelta(days=_weekday(weekday))
        return Days(day, day)
    return Days(monday, monday + timedelta(days=6))


def _day_of_week(found: re.Match[str], today: date) -> Meant:
    which, name, after = found.groups()
    ahead = (_weekday(name) - today.weekday()) % 7
    coming = today + timedelta(days=ahead or (0 if which == "this" else 7))
    later = coming + timedelta(days=7)
    if after == "next week":
        monday = today + timedelta(days=7 - today.weekday())
        day = monday + timedelta(days=_weekday(name))
        return Days(day, day)
    if after == "week" or which == "a week on":
        return Days(later, later)
    # "Next Tuesday" on a Monday: tomorrow for some, in eight days for others.
    if which in {"next", "following"} and 0 < ahead <= 6 - today.weekday():
        return Unclear((coming, later))
    return Days(coming, coming)


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _month(name: str) -> int:
    return next(at for at, month in enumerate(MONTHS, 1) if month.startswith(name[:3]))


def _weekday(name: str) -> int:
    return _SHORT[name] if name in _SHORT else WEEKDAYS.index(name)


_READ: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Meant]], ...] = (
    (_SOON, _soon),
    (_ISO, _iso),
    (_DATE, _dated),
    (_NUMERIC, _figures),
    (_THE_NTH, _nth),
    (_WHOLE, _whole),
    (_RELATIVE, _relative),
    (_DAY_OF_WEEK, _day_of_week),
)


@cache
def _parser() -> DateDataParser:
    """Return the parser, made once: that takes half a second. It counts from a day of its own."""
    return DateDataParser(
        languages=["en"],
        settings={
            "RELATIVE_BASE": datetime(2000, 1, 1, 12),
            "PREFER_DATES_FROM": "future",
            "RETURN_AS_TIMEZONE_AWARE": False,
        },
    )
