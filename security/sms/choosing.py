"""Which of the offered choices a text names: "2", "2)", "two", "the second", its words."""

from __future__ import annotations

import re
from collections.abc import Sequence

_COUNTED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ORDERED = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip
_NUMBER = re.compile(r"(?:number|no|option|choice)? ?([0-9]{1,2})(?:st|nd|rd|th)?", re.ASCII)
_AROUND = re.compile(r"^(?:the |number |option |choice )*|(?: one| please)*$")


def chosen(text: str, titles: Sequence[str]) -> int | None:
    """Return the index of the one choice that these words name, or None.

    Only a whole message counts: "one" is a choice, "one of them is wrong" is a sentence.
    """
    said = _bare(text)
    named = [index for index, title in enumerate(titles) if said and _bare(title) == said]
    if len(named) == 1:
        return named[0]
    index = _index(said, len(titles))
    return index if index is not None and 0 <= index < len(titles) else None


def _index(said: str, count: int) -> int | None:
    digits = _NUMBER.fullmatch(said)
    if digits is not None:
        return int(digits[1]) - 1
    if said in _COUNTED:
        return _COUNTED.index(said)
    core = _AROUND.sub("", said)
    if core == "last":
        return count - 1
    for words in (_ORDERED, _COUNTED):
        if core in words:
            return words.index(core)
    return None


def _bare(text: str) -> str:
    kept = "".join(c if c.isalnum() else " " for c in text.casefold())
    return " ".join(kept.split())
