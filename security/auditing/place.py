"""A place on the trail: for each of its writers the number of a record, as one word."""

from __future__ import annotations

import re
from collections.abc import Mapping

from security.errors import Refused

Place = Mapping[str, int]

_ONE = r"[A-Za-z0-9_-]{1,32}\.(?:0|[1-9][0-9]{0,14})"
_WHOLE = re.compile(rf"{_ONE}(?:~{_ONE}){{0,7}}", re.ASCII)
NOWHERE = "-"
"""The place of a trail that nobody has written yet."""


def written(place: Place) -> str:
    """Return a place as a word: `1.57~2.12`."""
    return "~".join(f"{writer}.{number}" for writer, number in sorted(place.items())) or NOWHERE


def read_place(word: str) -> dict[str, int]:
    """Return the place that a word means. Raises `Refused("invalid_arguments")`.

    A word that nobody was given is harmless: it is a number to begin reading at, and each record
    is held against the reader's organisation wherever it stands.
    """
    if word == NOWHERE:
        return {}
    if _WHOLE.fullmatch(word) is None:
        raise Refused("invalid_arguments", field="place")
    pairs = [one.rpartition(".") for one in word.split("~")]
    place = {writer: int(number) for writer, _, number in pairs}
    if len(place) != len(pairs):
        raise Refused("invalid_arguments", field="place")
    return place
