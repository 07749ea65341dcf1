"""Words of a person as one line that others can be shown: nothing hidden, nothing piled up.

The APIs refuse characters that hide, reorder or control. People bring them without knowing, in an
emoji or in a script that joins its letters with them, and are not sent away for it.
"""

from __future__ import annotations

import unicodedata

_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Letters, marks and signs that show nothing."""
_MOST_MARKS = 3
"""How many marks a letter may carry; more would be drawn over the lines around it."""


def one_line(words: str) -> str:
    """Return `words` on one line without what cannot be seen: a break is a space."""
    kept: list[str] = []
    marks = 0
    for character in words:
        kind = unicodedata.category(character)
        marks = marks + 1 if kind.startswith("M") else 0
        if kind in {"Cc", "Zl", "Zp", "Zs"}:
            kept.append(" ")
        elif kind[0] != "C" and character not in _BLANK and marks <= _MOST_MARKS:
            kept.append(character)
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))
