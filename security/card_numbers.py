"""Payment card numbers typed into the chat are masked before anything else sees them.

A card number (PAN, ISO/IEC 7812-1) has 13 to 19 digits, the last of them the Luhn check digit.
People write it in groups, and beside other numbers, so every sequence of whole groups is
tried. The three or four digits after "CVV" go as well: nobody may keep those.

An account number (IBAN, ISO 13616) stays: its check digits tell it from a card's, while every
third one that is written in groups has sixteen digits or so that could be a card by chance.
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
_IBAN_START = re.compile(r"\b[A-Za-z]{2}[0-9]{2}(?=[ -]?[A-Za-z0-9])")
_IBAN_PART = re.compile(r"[ -]?([A-Za-z0-9]+)")
_IBAN_LENGTHS = range(15, 35)
_LENGTHS = range(13, 20)
_DOUBLED = "0246813579"


def mask_card_numbers(text: str) -> str:
    """Return `text` with each card number as four dots and its last four digits."""
    kept, end = [], 0
    for start, stop in _iban_spans(text):
        kept += [_RUN.sub(_masked, text[end:start]), text[start:stop]]
        end = stop
    masked = "".join((*kept, _RUN.sub(_masked, text[end:])))
    return _SECURITY_CODE.sub(r"\1\2•••", masked)


def mask_ibans(text: str) -> str:
    """Return `text` with each account number as four dots and its last four signs."""
    kept, end = [], 0
    for start, stop in _iban_spans(text, longest=True):
        kept += [text[end:start], "•••• ", text[start:stop].replace(" ", "")[-4:]]
        end = stop
    return "".join((*kept, text[end:]))


def is_iban(written: str) -> bool:
    """Tell whether letters and digits are an account number, by its check digits (mod 97)."""
    if len(written) not in _IBAN_LENGTHS or not written.isascii() or not written.isalnum():
        return False
    turned = written[4:] + written[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def _iban_spans(text: str, longest: bool = False) -> Iterator[tuple[int, int]]:
    end = 0
    for found in _IBAN_START.finditer(text):
        if found.start() >= end and (stop := _iban_end(text, found.start(), longest)) is not None:
            end = stop
            yield found.start(), stop


def _iban_end(text: str, start: int, longest: bool) -> int | None:
    """Return where the account number that begins at `start` ends, whole groups only.

    By chance a beginning of one passes as well: what is to be hidden is the `longest` that does,
    what is to be kept from being taken for a card the shortest.
    """
    written, at, end = "", start, None
    while len(written) <= _IBAN_LENGTHS[-1] and (part := _IBAN_PART.match(text, at)):
        written, at = written + part[1], part.end()
        if is_iban(written):
            end = at
            if not longest:
                break
    return end


def _masked(run: re.Match[str]) -> str:
    return _mask_run(run[0])


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
