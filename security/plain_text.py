"""What a person typed, made plain: visible characters, single spaces, no card numbers.

Nothing here looks for commands: a leading slash, or a lookalike, stays a word of the text and
travels as words. What is invisible goes, because it can only mislead whoever reads it next.
"""

from __future__ import annotations

import re
import unicodedata

from security.card_numbers import mask_card_numbers
from security.national_ids import mask_national_ids

# What makes the picture of a key out of a digit, and hides it as one.
_KEYCAP = re.compile("(?<=\\d)[\ufe00-\ufe0f]*[\u20dd-\u20e4]*")
_LAYOUT = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85")
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def plain(typed: str) -> str:
    """Return the visible characters of what was typed, card numbers masked."""
    return mask_national_ids(mask_card_numbers(normalise(typed)))


def normalise(typed: str) -> str:
    """Fold compatibility forms (NFKC), drop what is invisible, collapse white space.

    Control, bidirectional and other format characters go; digits of every script become
    ASCII digits, so that codes and card numbers are recognised in all of them.
    """
    if typed.isascii() and typed.isprintable():
        return " ".join(typed.split())
    seen = "".join(_visible(char) for char in _KEYCAP.sub("", typed))
    return " ".join(unicodedata.normalize("NFKC", seen).split())


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if char in _LAYOUT or category[0] == "Z":
        return " "
    if category[0] == "C" or char in _BLANK_LETTERS:
        return ""
    return str(unicodedata.digit(char)) if category == "Nd" else char
