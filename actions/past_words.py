"""The words of a sentence that tell of days of the past: pure.

Words are kept as words until it is known what day it is (`actions.past_days`): `since|3 march`,
`between|1 march|15 march`.
"""

from __future__ import annotations

import re

from actions.days import MONTHS, WEEKDAYS
from actions.spelling import corrected

NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
            "eleven", "twelve")  # fmt: skip
_KNOWN = (*WEEKDAYS, *MONTHS, "yesterday")
SHORT_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
COUNT = rf"(?:\d{{1,3}}|{'|'.join(NUMBERS)})"
UNIT = r"(?:day|week|month|year)s?"
# "May" and "mar" are words of their own: they are months beside a number or behind a preposition.
_SURE_MONTH = (
    rf"(?:{'|'.join(m for m in MONTHS if m != 'may')}|jan|feb|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
MONTH = rf"(?:{'|'.join(MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
NTH = r"\d{1,2}(?:st|nd|rd|th)?"
YEAR = r"(?:19|20)\d\d"
_EXACT = (
    r"\d{4}-\d{2}-\d{2}",
    rf"(?:the\s+)?{NTH}(?:\s+of)?\s+{MONTH}\b(?:,?\s+{YEAR})?",
    rf"{MONTH}\s+(?:the\s+)?{NTH}\b(?:,?\s+{YEAR})?",
    r"\d{1,2}/\d{1,2}(?:/(?:\d{4}|\d{2}))?(?!\d)",
    r"\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})?(?!\d)",
)
_RELATIVE = (
    r"(?:the\s+)?day\s+before\s+yesterday",
    r"yesterday|today|tomorrow|tonight|this\s+(?:morning|afternoon|evening)",
    rf"(?:the\s+)?(?:last|past|previous)\s+{COUNT}\s+{UNIT}",
    rf"(?:{COUNT}|an?)\s+{UNIT}\s+ago",
    r"(?:the\s+)?(?:last|past|previous|this|current|next)\s+(?:week|weekend|month|year|quarter)",
    r"(?:the\s+)?weekend",
    r"(?:the\s+)?year\s+(?:so\s+far|to\s+date)",
    rf"(?:last|past|previous|this)\s+(?:{MONTH}|{'|'.join((*WEEKDAYS, *SHORT_DAYS))})\b",
    rf"{_SURE_MONTH}\b(?:\s+{YEAR})?",
    rf"(?:{'|'.join(WEEKDAYS)})\b",
)
_BEHIND = (rf"{MONTH}\b(?:\s+{YEAR})?", YEAR, r"the\s+\d{1,2}(?:st|nd|rd|th)",
           rf"(?:{'|'.join(SHORT_DAYS)})\b")  # fmt: skip
"""What is a time only behind a preposition."""
_ANY = "|".join((*_EXACT, *_RELATIVE, *_BEHIND))
_JOIN = r"\s*(?:to|until|till|through|thru|and|[-–])\s*"
_BETWEEN = (
    re.compile(rf"\b(?:from|between)\s+(?:the\s+)?({NTH}){_JOIN}(?:the\s+)?({NTH})(?:\s+of)?\s+({MONTH}\b(?:\s+{YEAR})?)"),
    re.compile(rf"\b(?:from|between)\s+({_ANY}){_JOIN}({_ANY})"),
    re.compile(
        rf"\b({'|'.join(_EXACT)}|{_SURE_MONTH}\b(?:\s+{YEAR})?|{'|'.join(WEEKDAYS)})"
        rf"\s*(?:to|until|till|through|thru|[-–])\s*({_ANY})"
    ),
)  # fmt: skip
_EDGE = re.compile(rf"(?<!\bday )\b(since|after|starting|until|till|before|up\s+to)\s+({_ANY})")
_WITHIN = re.compile(rf"\b(?:on|in|during|for|of|over|from|within)\s+({_ANY})")
_ALONE = re.compile(rf"(?<![\w.,/])({'|'.join((*_EXACT, *_RELATIVE))})(?![\w])")
_DATE = re.compile(rf"(?:{'|'.join(_EXACT)})")
_FROM_ON = re.compile(rf"\bfrom\s+({_ANY})\s+(?:on|onwards?)\b")


def days_in(text: str) -> tuple[str | None, str]:
    """Return the words of `text` that tell of days, and the rest of it in small letters."""
    low = corrected(text, _KNOWN)
    if found := _BETWEEN[0].search(low):
        month = found[3]
        return f"between|{digits_of(found[1])} {month}|{digits_of(found[2])} {month}", _less(
            low, found
        )
    for pattern in _BETWEEN[1:]:
        if found := pattern.search(low):
            return f"between|{found[1]}|{found[2]}", _less(low, found)
    if found := _FROM_ON.search(low):
        return f"since|{found[1]}", _less(low, found)
    if found := _EDGE.search(low):
        word = " ".join(found[1].split())
        return f"{word}|{found[2]}", _less(low, found)
    if found := _WITHIN.search(low) or _ALONE.search(low):
        return f"in|{found[1]}", _less(low, found)
    return None, low


def begins_with_date(text: str) -> bool:
    """Tell whether `text` begins with figures of a date: "3 march", not "300"."""
    return bool(_DATE.match(text))


def digits_of(nth: str) -> str:
    """Return the figures of "3rd"."""
    return re.sub(r"\D", "", nth)


def _less(low: str, found: re.Match[str]) -> str:
    return f"{low[: found.start()]} {low[found.end() :]}"
