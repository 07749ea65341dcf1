"""Texts that carry commands for a database, a browser, a file system or a model, by their form.

Nothing is refused for it: a text is words here, whatever it says. It is noted, so that a burst of
them is seen. Only forms that hardly anybody writes by chance are in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

LONGEST = 2_000
"""Only the beginning of a text is looked at."""

_FORMS: Mapping[str, str] = {
    "sql": r"\bunion\s+(?:all\s+)?select\b|'\s*or\s+'?\w{1,20}'?\s*=|\bor\s+1\s*=\s*1\b"
    r"|;\s*drop\s+table\b",
    "script": r"<\s*script\b|javascript\s*:|\bon(?:error|load)\s*=|<\s*iframe\b",
    "path": r"\.\./\.\./|/etc/passwd\b|\bfile:///",
    "template": r"\$\{\s*jndi\s*:|\{\{[^}]{1,80}\}\}|<%=|\{%[^%]{1,80}%\}",
    "payload": r"^\s*/[a-z_]{3,40}\s*\{",
    "model": r"\b(?:ignore|disregard|forget)\s+(?:all\s+|any\s+|your\s+|the\s+){0,3}"
    r"(?:previous|prior|above|earlier)\s+(?:instructions|rules|prompts)\b"
    r"|\b(?:reveal|print|show)\s+(?:me\s+)?(?:your|the)\s+system\s+prompt\b",
    "invisible": r"[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]",
}
_ANY = re.compile("|".join(f"(?P<{name}>{form})" for name, form in _FORMS.items()), re.IGNORECASE)


def hostile_form(text: str) -> str | None:
    """Return which form of hostile text this is, None for ordinary words."""
    found = _ANY.search(text, 0, LONGEST)
    return found.lastgroup if found else None
