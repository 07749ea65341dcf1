"""What a person types into the secure panel beside the code: its form, and what is too obvious.

An entry is an argument that nobody else has: no action, no dialogue, no digest of what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

SALT = "salt"
"""The argument of the API that carries the salt of what the token commits to (256 bits)."""

SALT_LENGTH = 43
"""Of 256 bits in base64url."""

FEWEST_DIFFERENT = 3
_DIGITS = re.compile(r"[0-9]+")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
# Straight down or up the middle of a keypad, and all around it.
_ON_THE_KEYPAD = frozenset({"2580", "0852", "1397", "7931", "1379", "9731"})


@dataclass(frozen=True)
class Entry:
    """One field of the panel, asked twice by the page; `pin` is the only form by now."""

    name: str
    label: str
    form: Literal["pin"]
    shortest: int
    longest: int

    @property
    def specimen(self) -> str:
        """Something of the right form, to hold the other arguments against the API's document."""
        return "2749163850"[: self.shortest]

    def complaint(self, typed: str | None, known: Iterable[str]) -> str | None:
        """Return the code of the refusal, None where it will do.

        `known` are texts that whoever found the thing may read on it: what they end with is no
        secret.
        """
        if not typed:
            return "entry_required"
        if not _DIGITS.fullmatch(typed) or not self.shortest <= len(typed) <= self.longest:
            return "entry_invalid"
        if is_obvious(typed) or any(text.endswith(typed) for text in known):
            return "entry_guessable"
        return None


def is_obvious(pin: str) -> bool:
    """Tell whether a PIN is among the first that a thief tries.

    Repetitions, sequences, years (of birth above all) and lines on the keypad: what people choose
    far too often (Bonneau, Preibusch, Anderson: "A birthday present every eleven wallets?", 2012;
    NIST SP 800-63B section 3.1.1.2).
    """
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    return (
        len(set(pin)) < FEWEST_DIFFERENT
        or steps in ({1}, {9})
        or _repeats(pin)
        or _YEAR.fullmatch(pin) is not None
        or pin in _ON_THE_KEYPAD
    )


def _repeats(pin: str) -> bool:
    """123123 is 123 twice."""
    return any(
        pin == pin[:size] * (len(pin) // size)
        for size in range(1, len(pin) // 2 + 1)
        if len(pin) % size == 0
    )


def texts(arguments: Mapping[str, Any]) -> list[str]:
    """Return what an operation's arguments show."""
    return [value for value in arguments.values() if isinstance(value, str)]
