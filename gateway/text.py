"""What a person typed, made plain, and not too long."""

from __future__ import annotations

from security.model import MAX_TEXT
from security.plain_text import plain


class UnusableText(ValueError):
    """The text is empty, or longer than `MAX_TEXT`, once it is plain."""


def plain_text(typed: str) -> str:
    """Return 1 to `MAX_TEXT` visible characters; raises `UnusableText` otherwise."""
    text = plain(typed)
    if not 1 <= len(text) <= MAX_TEXT:
        raise UnusableText
    return text
