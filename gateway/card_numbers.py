"""Payment card numbers typed into the chat are masked before anything else sees them.

A card number (PAN, ISO/IEC 7812-1) has 13 to 19 digits, the last of them the Luhn check digit.
People write it in groups, and beside other numbers, so every sequence of whole groups is
tried. The three or four digits after "CVV" go as well: nobody may keep those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_RUN = re.compile(r"[0-9](?:[\W_]{0,3}[0-9])*")
_GROUP = re.compile(r"[0-9]+")
_SECURITY_CODE = re.compile(
    r"\b(cvv2?|cvc2?|cid|security code|verification value|(?:3|4|three|four).digit code)"
    r"(\W{0,3}(?:(?:is|number)\W{1,3}){0,2})[0-9]{3,4}\b",
    re.IGNORECASE,
)
_LENGTHS = range(13, 20)
_DOUBLED = "0246813579"


def mask_card_numbers(text: str) -> str:
    """Return `text` with each card number as four dots and its last four digits."""
    masked = _RUN.sub(lambda run: _mask_run(run[0]), text)
    return _SECURITY_CODE.sub(r"\1\2•••", masked)


def passes_luhn(digits: str) -> bool:
    """Tell whether the last of `digits` is their check digit (ISO/IEC 7812-1, annex B)."""
    plain = sum(int(digit) for digit in digits[-1::-2])
    doubled = sum(int(_DOUBLED[int(digit)]) for digit in digits[-2::-2])
    return (plain + doubled) % 10 == 0


def _mask_run(run: str) -> str:
    kept, end = [], 0
    for start, stop in _merged(_card_spans(run)):
        digits = "".join(_GROUP.findall(run[start:stop]))
        kept += [run[end:start], "•••• ", digits[-4:]]
        end = stop
    return "".join((*kept, run[end:]))


def _card_spans(run: str) -> Iterator[tuple[int, int]]:
    groups = list(_GROUP.finditer(run))
    for first, group in enumerate(groups):
        digits = ""
        for other in groups[first:]:
            digits += other[0]
            if len(digits) > _LENGTHS[-1]:
                break
            if len(digits) in _LENGTHS and passes_luhn(digits):
                yield group.start(), other.end()


def _merged(spans: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged
