"""What time of day somebody means: pure, from their words.

An hour without am or pm is one at which people go to a clinic or to work: from 7 in the morning
to 6 in the evening. `rest` is the text without what told the time, so that 9.30 is no date.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time

_WORDS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip
_HOUR = rf"(\d{{1,2}}|{'|'.join(_WORDS)})"
_HALF_DAY = r"(?:\s*([ap])\.?\s?m\b\.?)"
_CLOCK = rf"{_HOUR}(?:[:.h](\d{{2}}))?{_HALF_DAY}?(?:\s*o['’]?\s?clock)?"
_PARTS = {
    "early morning": (7, 9),
    "late morning": (10, 12),
    "morning": (0, 12),
    "lunchtime": (12, 14),
    "lunch": (12, 14),
    "early afternoon": (12, 15),
    "late afternoon": (15, 18),
    "afternoon": (12, 18),
    "evening": (17, 24),
    "tonight": (17, 24),
}
_EARLIEST = 7


@dataclass(frozen=True)
class Span:
    """Times of day from `after` on and before `before`; `exact` where one moment was told."""

    after: time | None = None
    before: time | None = None
    exact: bool = False
    impossible: bool = False
    """A time that no clock shows, such as 25:70."""

    def written(self) -> str:
        """Return it as text, to be kept from turn to turn."""
        if self.impossible:
            return "never"
        ends = (f"{end:%H:%M}" if end else "" for end in (self.after, self.before))
        return ("=" if self.exact else "") + "-".join(ends)


@dataclass(frozen=True)
class Told:
    """What was told of the time, and the rest of the text."""

    span: Span | None
    rest: str


def span_written(text: str) -> Span:
    """Return what `Span.written` has written. Raises `ValueError` for anything else."""
    if text == "never":
        return Span(impossible=True)
    after, before = text.removeprefix("=").split("-")
    return Span(
        time.fromisoformat(after) if after else None,
        time.fromisoformat(before) if before else None,
        exact=text.startswith("="),
    )


def find_time(text: str) -> Told:
    """Return the time of day that a text tells of, if any."""
    low = " ".join(text.lower().split())
    for pattern, read in _READ:
        found = pattern.search(low)
        if found:
            return Told(
                read(found), " ".join(f"{low[: found.start()]} {low[found.end() :]}".split())
            )
    return Told(None, low)


def _between(found: re.Match[str]) -> Span:
    first, second = _moment(*found.groups()[:3]), _moment(*found.groups()[3:6])
    if first is None or second is None or second <= first:
        return Span(impossible=True)
    return Span(first, second)


def _bounded(found: re.Match[str]) -> Span:
    moment = _moment(*found.groups()[1:4])
    if moment is None:
        return Span(impossible=True)
    early = found.group(1) in {
        "before",
        "until",
        "by",
        "no later than",
        "not after",
        "earlier than",
    }
    return Span(before=moment) if early else Span(after=moment)


def _around(found: re.Match[str]) -> Span:
    moment = _moment(*found.groups()[:3])
    if moment is None:
        return Span(impossible=True)
    return Span(time(max(moment.hour - 1, 0), moment.minute), time(min(moment.hour + 1, 23), 59))


def _at(found: re.Match[str]) -> Span:
    return _exactly(_moment(*found.groups()[:3]))


def _spoken(found: re.Match[str]) -> Span:
    which, hour = found.groups()[:2]
    moment = _moment(hour, None, found.group(3))
    if moment is None:
        return Span(impossible=True)
    minutes = {"half past": 30, "quarter past": 15, "quarter to": 45}[which]
    if which == "quarter to":
        moment = moment.replace(hour=(moment.hour - 1) % 24)
    return _exactly(moment.replace(minute=minutes))


def _noon(_found: re.Match[str]) -> Span:
    return _exactly(time(12))


def _part(found: re.Match[str]) -> Span:
    first, end = _PARTS[found.group(1)]
    return Span(time(first) if first else None, time(end) if end < 24 else None)


def _exactly(moment: time | None) -> Span:
    if moment is None:
        return Span(impossible=True)
    after = moment.hour * 60 + moment.minute + 1
    return Span(moment, time(*divmod(after, 60)) if after < 24 * 60 else None, exact=True)


def _moment(hour: str, minute: str | None, half: str | None) -> time | None:
    """Return a time of day; None for one that no clock shows."""
    number = _WORDS.index(hour) + 1 if hour in _WORDS else int(hour)
    if half is not None:
        if not 1 <= number <= 12:
            return None
        number = number % 12 + (12 if half == "p" else 0)
    elif number < _EARLIEST and (len(hour) < 2 or hour in _WORDS):
        number += 12
    try:
        return time(number, int(minute or 0))
    except ValueError:
        return None


_READ: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Span]], ...] = (
    (
        re.compile(rf"\b(?:between|from)\s+{_CLOCK}\s*(?:and|to|until|till|-)\s*{_CLOCK}\b"),
        _between,
    ),
    (
        re.compile(
            r"\b(before|until|by|no later than|not after|earlier than|after|from|not before|"
            r"later than)"
            rf"\s+{_CLOCK}\b(?!\s*(?:days?|weeks?|months?|st|nd|rd|th|[/.-]\d))"
        ),
        _bounded,
    ),
    (re.compile(rf"\b(?:around|about|roughly|ish)\s+{_CLOCK}\b(?!\s*(?:days?|weeks?))"), _around),
    (
        re.compile(rf"\b(?:a\s+)?(half past|quarter past|quarter to)\s+{_HOUR}{_HALF_DAY}?"),
        _spoken,
    ),
    (re.compile(rf"\b(?:at|@)\s*{_CLOCK}(?!\d)"), _at),
    (re.compile(r"(?<![\d.])(\d{1,2})[:h](\d{2})" + _HALF_DAY + r"?(?!\d)"), _at),
    (re.compile(rf"\b{_HOUR}(?:[:.](\d{{2}}))?{_HALF_DAY}"), _at),
    (re.compile(rf"\b{_HOUR}()()\s*o['’]?\s?clock\b"), _at),
    (re.compile(r"(?<![\d.])(\d{1,2})\.([3-5]\d)()(?![\d.])"), _at),
    (re.compile(r"\b(?:noon|midday|mid-day)\b"), _noon),
    (re.compile(rf"\b({'|'.join(_PARTS)})s?\b"), _part),
)
