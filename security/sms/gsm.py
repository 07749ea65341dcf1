"""The characters of an SMS and what they cost (3GPP TS 23.038, TS 23.040).

A text in GSM-7 takes 160 units in one message, 153 in each of several that are linked; any other
character makes all of it UCS-2, with 70 and 67.
"""

from __future__ import annotations

import math
import re
import unicodedata

MAX_SMS_UNITS = 306
"""Two linked segments of 153 units; a character of the extension table takes two units."""

MAX_UCS2_UNITS = 134
"""Two linked segments of 67 UTF-16 units."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€")
_ALIKE = str.maketrans("‘’‚“”„«»‐‑‒–—•·", '\'\'\'"""""-----**', "\u00ad") | {
    ord("…"): "...",
    ord("\u00a0"): " ",
    ord("ł"): "l",
    ord("Ł"): "L",
    ord("đ"): "d",
    ord("ı"): "i",
}

_UNSENDABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""What no XML, and so no TwiML, may hold (XML 1.0, section 2.2), and what reorders other words."""


def for_sms(text: str) -> str:
    """Return `text` as one line in GSM-7 characters, cut to two segments."""
    line = " ".join(text.split())
    return cut("".join(map(_gsm, line.translate(_ALIKE))), MAX_SMS_UNITS)


def plain(text: str) -> str:
    """Return `text` in GSM-7 where that loses no more than accents and curly quotes.

    Where a letter of another script is in it, all of it stays as it is, and becomes UCS-2.
    """
    alike = _UNSENDABLE.sub("", text).translate(_ALIKE)
    bare = [_bare(character) for character in alike]
    return alike if None in bare else "".join(filter(None, bare))


def is_gsm(text: str) -> bool:
    """Tell whether every character is one of GSM-7."""
    return all(c in _BASIC or c in _EXTENDED for c in text)


def units(text: str) -> int:
    """Return how many of a segment's 153 units a text in GSM-7 takes."""
    return sum(2 if c in _EXTENDED else 1 for c in text)


def weight(text: str) -> int:
    """Return how many units a text takes in the alphabet that it needs."""
    return units(text) if is_gsm(text) else len(text.encode("utf-16-le")) // 2


def room(text: str) -> int:
    """Return how many units two linked segments of this text's alphabet have."""
    return MAX_SMS_UNITS if is_gsm(text) else MAX_UCS2_UNITS


def segments(text: str) -> int:
    """Return in how many messages a text travels; each of them is paid for."""
    one, linked = (160, 153) if is_gsm(text) else (70, 67)
    total = weight(text)
    return 1 if total <= one else math.ceil(total / linked)


def cut(text: str, most: int) -> str:
    """Return at most `most` units of a text in GSM-7; what is left out becomes three dots."""
    if units(text) <= most:
        return text
    while units(text) > most - 3:
        text = text[:-1]
    return text.rstrip() + "..."


def _gsm(character: str) -> str:
    return _bare(character) or "?"


def _bare(character: str) -> str | None:
    if character in _BASIC or character in _EXTENDED:
        return character
    bare = unicodedata.normalize("NFKD", character)[0]
    return bare if bare in _BASIC else None
