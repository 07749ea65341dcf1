"""Postal addresses as people write them: what is there, what is missing, and what does not fit.

Only what the words say is taken; a town is never looked up, and nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from actions.lines import one_line
from actions.names import plain

COUNTRIES: Mapping[str, str] = {
    "AT": "Austria",
    "BE": "Belgium",
    "CH": "Switzerland",
    "DE": "Germany",
    "FR": "France",
    "GB": "United Kingdom",
    "IE": "Ireland",
    "NL": "Netherlands",
    "US": "United States",
}
"""The countries that the shop delivers to."""

_ALSO = {
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "usa": "US",
    "us": "US",
    "united states of america": "US",
    "holland": "NL",
    "the netherlands": "NL",
    "the united kingdom": "GB",
    "the united states": "US",
    "deutschland": "DE",
    "osterreich": "AT",
    "schweiz": "CH",
}
_CALLED = {**{plain(name): code for code, name in COUNTRIES.items()}, **_ALSO}

_UK = r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}"
_POSTCODES = {
    "AT": r"[1-9][0-9]{3}",
    "BE": r"[1-9][0-9]{3}",
    "CH": r"[1-9][0-9]{3}",
    "DE": r"[0-9]{5}",
    "FR": r"[0-9]{5}",
    "GB": _UK,
    "IE": r"[A-Z][0-9][0-9W] ?[A-Z0-9]{4}",
    "NL": r"[1-9][0-9]{3} ?[A-Z]{2}",
    "US": r"[0-9]{5}(?:-[0-9]{4})?",
}
_IRISH, _DUTCH = r"[A-Z][0-9][0-9W] ?[A-Z0-9]{4}", r"[1-9][0-9]{3} [A-Z]{2}"
_ANY = re.compile(
    rf"\b(?:{_UK}|{_IRISH}|{_DUTCH}|[0-9]{{5}}(?:-[0-9]{{4}})?|[1-9][0-9]{{3}})\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^.*?\b(?:address(?:es)?(?:\s+(?:to|is|will be|now|for me|please))*|"
    r"moved?\s+(?:house\s+)?(?:to|into)|(?:i|we)\s+live\s+(?:at|in|on)|"
    r"send\s+(?:it|them|my\s+\w+|everything)\s+to|ship\s+\w+\s+to|"
    r"(?:change|update)\s+(?:it|that)?\s*to|it'?s|it is|to)\b[\s:,]*(?=.*[0-9])",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"\b(?:please|thanks|thank you|now|from now on|instead|in|at)\b", re.IGNORECASE
)
_LONGEST = 64


class Address(NamedTuple):
    """What words tell of an address; each part may be missing."""

    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str | None = None


def address_in(text: str, asked: bool = False) -> Address:
    """Return the address in a sentence; `asked`: the words answer a question for it.

    ``Elm Street 5, 10115 Berlin``, ``12 Mill Lane, Northbridge LS1 4AP, UK``.
    """
    bare = _LEAD.sub("", text, count=1) if not asked else _answer(text)
    parts = [part.strip(" .") for part in re.split(r"[,;\n]", bare) if part.strip(" .")]
    country, parts = _country(parts)
    postcode, parts = _postcode(parts)
    street, parts = _street(parts)
    city = next((_clean(part) for part in parts if _is_town(part)), None)
    if not asked and street is None and postcode is None:
        return Address(None, None, None, country)  # Nothing that only an address has.
    return Address(street, postcode, city, country)


def fits(postcode: str, country: str) -> bool:
    """Tell whether a postcode has the form of this country's."""
    return re.fullmatch(_POSTCODES[country], postcode) is not None


def country_of(words: str) -> str | None:
    """Return the code of the country that `words` call, None for any other."""
    called = plain(words)
    return words if words in COUNTRIES else _CALLED.get(called)


def _answer(text: str) -> str:
    return re.sub(
        r"^\W*(?:(?:the\s+)?(?:street|postcode|zip(?: code)?|town|city|country|address)\s+is|it'?s|"
        r"it is|to|in|oh|sorry)\b\s*",
        "",
        text,
        flags=re.IGNORECASE,
    )


def _country(parts: list[str]) -> tuple[str | None, list[str]]:
    if parts:
        words = parts[-1].split()
        for length in range(min(4, len(words)), 0, -1):
            code = country_of(" ".join(words[-length:]))
            if code is not None:
                left = " ".join(words[:-length])
                return code, [*parts[:-1], *([left] if left else [])]
    return None, parts


def _postcode(parts: list[str]) -> tuple[str | None, list[str]]:
    """The last thing that looks like one; a house's number stands before its street's end."""
    for at in range(len(parts) - 1, -1, -1):
        found = list(_ANY.finditer(parts[at]))
        if not found or (at == 0 and len(parts) > 1 and _looks_like_street(parts[at])):
            continue
        match = found[-1]
        before, after = parts[at][: match.start()].strip(), parts[at][match.end() :].strip()
        left = [part for part in (before, after) if part]
        return match.group().upper(), [*parts[:at], *left, *parts[at + 1 :]]
    return None, parts


def _looks_like_street(part: str) -> bool:
    number = re.search(r"\b[0-9]{1,4}[a-z]?\b", part)
    return number is not None and re.search(r"[A-Za-zÀ-ž]{3,}", part) is not None


def _street(parts: list[str]) -> tuple[str | None, list[str]]:
    for at, part in enumerate(parts):
        if _looks_like_street(part):
            return _clean(part), [*parts[:at], *parts[at + 1 :]]
    return None, parts


def _is_town(part: str) -> bool:
    return re.fullmatch(r"[^\W\d_][^\d_,]{1,63}", part) is not None and bool(_clean(part))


def _clean(part: str) -> str:
    return one_line(_FILLER.sub(" ", part))[:_LONGEST].rstrip()
