"""Whether two names look alike: what a person could not tell apart is not saved side by side."""

from __future__ import annotations

import unicodedata

# Letters of other alphabets that are drawn like Latin ones (Unicode TR 39, the common ones).
_CYRILLIC = str.maketrans("авекмнорстухіјѕԁһɡьӏ", "abekmhopctyxijsdhgbl")
_GREEK = str.maketrans("αβεηικμνορτυχγ", "abenikmvoptuxy")
_FIGURES = str.maketrans("01", "ol")
_DRAWN_LIKE_L = str.maketrans("i|", "ll")
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters and signs that leave an empty place."""


def looks(name: str) -> str:
    """Return what is left of a name's look: equal for two that can be taken for each other."""
    shown = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    kept = "".join(c for c in shown if (c.isalnum() or c == "|") and c not in _BLANK)
    for alike in (_CYRILLIC, _GREEK, _FIGURES, _DRAWN_LIKE_L):
        kept = kept.translate(alike)
    return kept.replace("rn", "m").replace("vv", "w")


def folded(text: str) -> str:
    """Return words as they are searched: without case, accents and signs, single spaces."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(kept.split())
