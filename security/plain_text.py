"""What a person typed, made plain: visible characters, single spaces, no card numbers.

Nothing here looks for commands: a leading slash, or a lookalike, stays a word of the text and
travels as words. What is invisible goes, because it can only mislead whoever reads it next.
"""

from __future__ import annotations

import re
import unicodedata

from security.card_numbers import mask_card_numbers
from security.national_ids import mask_long_ids, mask_national_ids

# What makes the picture of a key out of a digit, strikes it out or underlines it: it hides it as
# one. After a letter, what chooses its picture.
_MARKS = re.compile("(?<=[0-9])[\u0300-\u036f\u20d0-\u20f0\ufe0e\ufe0f]+|(?<=\\w)[\ufe0e\ufe0f]+")
_LAYOUT = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85")
# Letters without a shape, and marks that leave none. The one that colours a heart stays.
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
) | {chr(code) for code in (*range(0xFE00, 0xFE0E), *range(0xE0100, 0xE01F0))}
# What looks like a dash and is none by its category: minus signs, a bullet, lines of a box.
_DASHES = frozenset("\u02d7\u2043\u207b\u208b\u2212\u2500\u2501\u2796")


def plain(typed: str) -> str:
    """Return the visible characters of what was typed, numbers of cards and people masked."""
    return mask_national_ids(mask_card_numbers(mask_long_ids(normalise(typed))))


def normalise(typed: str) -> str:
    """Fold compatibility forms (NFKC), drop what is invisible, collapse white space.

    Control, bidirectional and other format characters go; digits of every script, and those in
    circles, become ASCII digits and every dash a hyphen, so that codes and card numbers are
    recognised in all of them.
    """
    if typed.isascii() and typed.isprintable():
        return " ".join(typed.split())
    seen = unicodedata.normalize("NFKC", "".join(map(_visible, typed)))
    return " ".join(unicodedata.normalize("NFKC", _MARKS.sub("", seen)).split())


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if char in _LAYOUT or category[0] == "Z":
        return " "
    if category[0] == "C" or char in _INVISIBLE:
        return ""
    if category == "Pd" or char in _DASHES:
        return "-"
    return str(unicodedata.digit(char, char)) if category[0] == "N" else char
