"""Words of days as people type them: a letter wrong, a short form, a number in letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

_ORDINALS = {"first": "1st of", "second": "2nd of", "third": "3rd of"}
_TYPED = {"tmrw": "tomorrow", "tmr": "tomorrow", "2morrow": "tomorrow", "2moro": "tomorrow"}
_SHORTEST = 6
"""A shorter word is too near to others: "month" to "monday", "fired" to "friday"."""
_ALIKE = 0.82


def corrected(text: str, known: Sequence[str]) -> str:
    """Return `text` in small letters, with what is almost a word of `known` made that word."""
    counted = re.sub(r"\b(first|second|third)\s+of\b", lambda nth: _ORDINALS[nth[1]], text.lower())
    return re.sub(r"[^\W_]+", lambda word: _word(word.group(), known), " ".join(counted.split()))


def _word(word: str, known: Sequence[str]) -> str:
    if word in _TYPED:
        return _TYPED[word]
    if len(word) < _SHORTEST or word in known or not word.isalpha():
        return word
    return next(iter(get_close_matches(word, known, 1, _ALIKE)), word)
