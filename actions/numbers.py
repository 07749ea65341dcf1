"""Numbers as people write them, exact or refused: money is never guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

Why = Literal["vague", "several", "ambiguous", "not_positive", "too_precise", "too_large"]


MAX_FIGURES = 20
"""More figures are no amount of anybody's, and `Decimal` would begin to round."""


class Doubt(NamedTuple):
    """Why there is no exact amount; `readings` are what it may have meant, as ``1250.00``."""

    why: Why
    readings: tuple[str, ...] = ()
    currency: str | None = None


class Words(NamedTuple):
    """A number in words: its value, and how many words it took."""

    value: Decimal
    length: int


SCALES = {"hundred": 100, "thousand": 1_000, "grand": 1_000, "million": 1_000_000}
LETTER_SCALES = {"k": 1_000}

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_SMALL = {word: value for value, word in enumerate(_UNITS.split())}
_TENS_NAMES = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = {word: 10 * tens for tens, word in enumerate(_TENS_NAMES.split(), start=2)} | {"fourty": 40}
_GROUPED = re.compile(r"[0-9]{1,3}(?:[.,'][0-9]{3})+")


def in_digits(token: str) -> Decimal | Doubt:
    """Return the number that `token` (digits with ``. , '`` between them) can only mean.

    One mark with three digits behind it, as in ``1.250``, may group or divide: in doubt.
    """
    marks = [letter for letter in token if not letter.isdigit()]
    if len(token) - len(marks) > MAX_FIGURES:
        return Doubt("too_large")
    if not marks:
        return Decimal(token)
    whole, part = token.rsplit(marks[-1], 1)
    if len(marks) == 1 and marks[0] != "'":
        return _one_mark(whole, part)
    if len(set(marks)) == 1:
        return _plain(token) if _GROUPED.fullmatch(token) else Doubt("vague")
    divided = len(set(marks[:-1])) == 1 and marks[-1] != marks[-2] and marks[-1] != "'"
    if not divided or not _GROUPED.fullmatch(whole):
        return Doubt("vague")
    return _plain(whole) + Decimal(f"0.{part}") if len(part) <= 2 else Doubt("too_precise")


def _one_mark(whole: str, part: str) -> Decimal | Doubt:
    if len(part) <= 2:
        return Decimal(f"{whole}.{part}")
    if len(part) > 3 or len(whole) > 3 or whole.startswith("0"):
        return Doubt("too_precise")
    readings = [Decimal(whole + part)]
    readings += [Decimal(f"{whole}.{part}")] if part.endswith("0") else []
    return Doubt("ambiguous", tuple(f"{reading:.2f}" for reading in readings))


def _plain(token: str) -> Decimal:
    return Decimal(re.sub("[.,']", "", token))


def in_words(words: Sequence[str]) -> Words | None:
    """Return the number at the start of `words` (lower case), None where there is none.

    ``five fifty`` is two numbers, not one: nothing is joined that grammar does not join.
    """
    total, at = 0, 0
    for scale in (1_000_000, 1_000):
        part = _below_thousand(words[at:])
        after = at + part.length if part else at
        if part and after < len(words) and SCALES.get(words[after]) == scale:
            total, at = total + int(part.value) * scale, after + 1
    joined = at + _and(words[at:]) if at else at
    rest = _below_thousand(words[joined:], article=not at)
    if rest:
        total, at = total + int(rest.value), joined + rest.length
    return Words(Decimal(total), at) if at else None


def _below_thousand(words: Sequence[str], article: bool = True) -> Words | None:
    """``twelve hundred and five`` too: what people say for 1205."""
    first = _below_hundred(words)
    if first is None and article and words and words[0] in {"a", "an"}:
        # An article counts before a scale alone: "a hundred", never "a friend".
        first = Words(Decimal(1), 1) if words[1:2] and words[1] in SCALES else None
    if first is None and words and words[0] in SCALES and article:
        first = Words(Decimal(1), 0)
    if first is None or words[first.length : first.length + 1] != ["hundred"]:
        return first
    at = first.length + 1
    rest = _below_hundred(words[at + _and(words[at:]) :])
    value = first.value * 100
    return (
        Words(value + rest.value, at + _and(words[at:]) + rest.length) if rest else Words(value, at)
    )


def _below_hundred(words: Sequence[str]) -> Words | None:
    if not words:
        return None
    if words[0] in _SMALL:
        return Words(Decimal(_SMALL[words[0]]), 1)
    if words[0] not in _TENS:
        return None
    unit = _SMALL.get(words[1], 0) if len(words) > 1 else 0
    joined = 0 < unit < 10
    return Words(Decimal(_TENS[words[0]] + unit * joined), 1 + joined)


def _and(words: Sequence[str]) -> int:
    return int(bool(words) and words[0] == "and")
