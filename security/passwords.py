"""Passwords as Argon2id hashes (RFC 9106); an unknown name costs the same work as a known one.

A new one is weighed by how it would be guessed, not by what it is composed of (ASVS 6.2.5).
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib import import_module
from itertools import chain
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH, MAX_LENGTH = 12, 128
"""How long a new password is, in characters (ASVS 6.2.1, 6.2.9)."""

NO_PASSWORD = "!"
"""In the place of a hash: nothing that anybody types is right."""

_STRONG = 3
_WEIGHED = 100
_PART = 24
_MOST_LOOK_ALIKES = 10
_MOST_ADVICE = 3
_SHORTEST_WORD = 3
_TOO_SHORT = f"Use at least {MIN_LENGTH} characters."
_TOO_LONG = f"Use at most {MAX_LENGTH} characters."
_NOT_YOURS = "Avoid names and words that have to do with you."
_PUBLIC = "Everybody can read this one in the demo. Choose another."
_BETTER = "Add another word or two. Uncommon words are better."


class Passwords:
    """Hashes and checks passwords with the low-memory profile of RFC 9106 section 4."""

    def __init__(
        self, hasher: PasswordHasher | None = None, public: Collection[str] = frozenset()
    ) -> None:
        """`public` are passwords that everybody can read somewhere: none of them is new."""
        self._public = frozenset(public)
        self._hasher = hasher or PasswordHasher()
        self._dummy = self._hasher.hash(secrets.token_urlsafe(24))
        self._one_at_a_time = threading.Lock()

    def hash(self, password: str) -> str:
        """Return the encoded hash with its own salt and parameters."""
        return self._hasher.hash(password)

    def matches(self, stored: str | None, password: str) -> bool:
        """Tell whether `password` has the hash `stored`.

        None (no such person) and `NO_PASSWORD` are checked against a hash of nothing that anyone
        knows, so that the time taken tells no names (ASVS 6.3.8).
        """
        known = None if stored == NO_PASSWORD else stored
        try:
            verified = self._hasher.verify(known or self._dummy, password)
        except (VerificationError, InvalidHashError):
            return False
        return verified and known is not None

    def weakness(self, password: str, about: Iterable[str] = ()) -> list[str] | None:
        """Return what to do about a new password that is too weak, None for one that is not.

        `about` is what everybody can know of the person: names, organisation, mail address; it
        makes no password stronger (ASVS 6.2.11). Takes up to half a second: call it off the
        event loop.
        """
        if len(password) < MIN_LENGTH:
            return [_TOO_SHORT]
        if len(password) > MAX_LENGTH:
            return [_TOO_LONG]
        if password in self._public:
            return [_PUBLIC]
        known = _words(about)
        # A line feed after digits is more than zxcvbn can bear.
        unknown = _without(known, re.sub(r"\s", " ", password))
        said = [] if len(unknown) == len(password) else [_NOT_YOURS]
        for part in _parts(unknown[:_WEIGHED]):
            # zxcvbn keeps the words of the call at hand in a table that all threads share.
            with self._one_at_a_time:
                weighed = _zxcvbn().zxcvbn(part, user_inputs=known)
            if weighed["score"] >= _STRONG:
                return None
            said += _advice(weighed["feedback"])
        return list(dict.fromkeys(said))[:_MOST_ADVICE] or [_BETTER]


def _zxcvbn() -> Any:
    """Return the module: its lists of words are nine megabytes, wanted for new passwords alone."""
    return import_module("zxcvbn")


def _parts(password: str) -> Iterator[str]:
    """Yield a password in parts that zxcvbn weighs quickly.

    A password is at least as hard to guess as any part of it. What takes zxcvbn long, seconds
    even, are length and how many characters of one text may stand for letters ("4" for "a").
    """
    known = frozenset(chain.from_iterable(_zxcvbn().matching.L33T_TABLE.values()))
    start, look_alikes = 0, set[str]()
    for end, character in enumerate(password):
        look_alikes |= {character} & known
        if end - start == _PART or len(look_alikes) > _MOST_LOOK_ALIKES:
            yield password[start:end]
            start, look_alikes = end, {character} & known
    yield password[start:]


def _without(words: Iterable[str], password: str) -> str:
    """Return a password with one space in place of each of these words."""
    longest_first = sorted(words, key=len, reverse=True)
    pattern = "|".join(map(re.escape, longest_first))
    return re.sub(pattern, " ", password, flags=re.IGNORECASE) if pattern else password


def _words(about: Iterable[str]) -> list[str]:
    """Return texts and the words in them; parts of a word are left to zxcvbn."""
    whole = [text for text in about if text]
    parts = [word for text in whole for word in re.split(r"[\W_]+", text)]
    return [word for word in dict.fromkeys(whole + parts) if len(word) >= _SHORTEST_WORD]


def _advice(feedback: Mapping[str, Any]) -> list[str]:
    """Return zxcvbn's sentences; none of them carries anything of the password."""
    return [text for text in (feedback["warning"], *feedback["suggestions"]) if text]
