"""Payment card numbers typed into the chat are masked before anything else sees them.

A card number (PAN, ISO/IEC 7812-1) has 13 to 19 digits, the last of them the Luhn check digit.
People write it in groups, and beside other numbers, so every sequence of whole groups is
tried, whatever stands between them but letters. The three or four digits that are said to be
its security code go as well: nobody may keep those.

A date stays, or two in a row would be a card's number by chance in one of five cases; zeros in
front do not count as digits of a card, and a telephone's number stays that begins with a plus
or 00.

An account number (IBAN, ISO 13616) stays: its check digits tell it from a card's, while every
third one that is written in groups has sixteen digits or so that could be a card by chance.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_RUN = re.compile(r"[0-9](?:(?:[\W_]|dash|hyphen){0,12}[0-9])*", re.IGNORECASE)
_GROUP = re.compile(r"[0-9]+")
_CODE_NAME = (
    r"(?:c\W?v\W?v\W?2?|c\W?v\W?c\W?2?|csc|cvn|cvd|cav2?|cid|(?:security|sec) (?:code|number|no)"
    r"|card (?:verification|validation|security|identification)|verification value"
    r"|(?:code|digits) on (?:the|its) (?:back|front)"
    r"|(?:3|4|three|four)[^\w]?digit (?:security )?(?:code|number))"
)
# What people say between its name and the digits: also which card, by its end.
_BETWEEN = (
    r"(?:\W{1,3}(?:(?:card|visa|mastercard|amex)(?: ending)?(?: in)? (?:•••• )?[0-9]{4}(?=\W)"
    r"|code|number|no|value|s|is|was|are|it|says|reads|equals|would|be|which|that|this"
    r"|of|on|at|in|for|to|the|my|our|her|his"
    r"|back|front|side|credit|debit|bank|card|visa|mastercard|amex|c[sv][cvn]2?)(?![A-Za-z0-9])){0,12}"
)
_THREE_OR_FOUR = r"(?:[0-9]{3,4}|[0-9](?:[ .\-_/]{1,3}[0-9]){2,3})(?![0-9])"
_SECURITY_CODE = re.compile(
    rf"((?<![A-Za-z]){_CODE_NAME}{_BETWEEN}\W{{0,6}}(?<![0-9])_?){_THREE_OR_FOUR}", re.IGNORECASE
)
# A card's number that is masked by now, its last month, and three or four digits without a name.
_CODE_AFTER_CARD = re.compile(
    r"(•••• [0-9]{4}\W{1,4}(?:(?:exp|expires?|expiry|valid|until|thru|to)\W{1,4}){0,2}"
    r"(?:0?[1-9]|1[0-2])\W{1,3}(?:20)?[0-9]{2}\W{1,4}(?:(?:and|with|the|code)\W{1,3}){0,3})"
    rf"{_THREE_OR_FOUR}",
    re.IGNORECASE,
)
_CODE_BEFORE_NAME = re.compile(
    rf"(?<![0-9]){_THREE_OR_FOUR}"
    rf"(?=\W{{0,3}}(?:(?:is|was|as) |= ?)(?:(?:my|the|its|her|his|card'?s?) )*{_CODE_NAME})",
    re.IGNORECASE,
)
_YEAR, _MONTH, _DAY = "(?:19|20)[0-9]{2}", "(?:0?[1-9]|1[0-2])", "(?:0?[1-9]|[12][0-9]|3[01])"
# Not among other digits that the same sign parts: that could be a card's number.
_DATE = re.compile(
    "|".join(
        rf"(?<![0-9])(?<![0-9]{sign})(?:{_YEAR}{sign}{_MONTH}{sign}{_DAY}"
        rf"|{_DAY}{sign}{_MONTH}{sign}{_YEAR}|{_MONTH}{sign}{_DAY}{sign}{_YEAR})(?!{sign}?[0-9])"
        for sign in ("-", r"\.", "/")
    )
)
_IBAN_START = re.compile(r"\b[A-Za-z]{2}[0-9]{2}(?=[ -]?[A-Za-z0-9])")
_IBAN_PART = re.compile(r"[ -]?([A-Za-z0-9]+)")
_IBAN_LENGTHS = range(15, 35)
_LENGTHS = range(13, 20)
# Countries with numbers as long as a card's; not those where Diners Club's begin alike.
_TELEPHONE = re.compile(r"(?:\+|00)(?!3[068])[1-9][0-9]{12,13}")
_DOUBLED = "0246813579"


def mask_card_numbers(text: str) -> str:
    """Return `text` with each card number as four dots and its last four digits."""
    kept, end = [], 0
    for start, stop in _iban_spans(text):
        kept += [between_dates(text[end:start], _mask_runs), text[start:stop]]
        end = stop
    masked = "".join((*kept, between_dates(text[end:], _mask_runs)))
    masked = _CODE_BEFORE_NAME.sub("•••", _CODE_AFTER_CARD.sub(r"\1•••", masked))
    return _SECURITY_CODE.sub(r"\1•••", masked)


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


def between_dates(text: str, mask: Callable[[str], str]) -> str:
    """Return `text` with `mask` laid on each piece of it that is no date."""
    kept, end = [], 0
    for date in _DATE.finditer(text):
        kept += [mask(text[end : date.start()]), date[0]]
        end = date.end()
    return "".join((*kept, mask(text[end:])))


def _mask_runs(text: str) -> str:
    return _RUN.sub(_masked, text)


def _masked(run: re.Match[str]) -> str:
    return run[0] if _is_telephone(run) else _mask_run(run[0])


def _is_telephone(run: re.Match[str]) -> bool:
    """Tell whether a run begins as one of another country, and is no longer than one (E.164)."""
    plus = "+" if run.string[: run.start()].endswith("+") else ""
    return _TELEPHONE.fullmatch(plus + "".join(_GROUP.findall(run[0]))) is not None


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
            digits = (digits + other[0]).lstrip("0")
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
