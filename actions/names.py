"""Which of the saved names is meant: exact, then by first name, then by a beginning."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

MIN_BEGINNING = 2
"""A beginning shorter than this many letters says nothing."""

_SYNONYMS = (
    "electricity electric power energy",
    "phone mobile cell cellphone telephone wireless",
    "rent landlord housing homes home flat apartment living",
    "internet broadband wifi web fibre fiber",
    "water waterworks",
    "gas heating heat",
    "insurance insurer",
)
_KINDS = {word: group.split()[0] for group in _SYNONYMS for word in group.split()}


def word_set(words: str) -> frozenset[str]:
    """Return the words of `words`, which spaces separate."""
    return frozenset(words.split())


def plain(words: str) -> str:
    """Return `words` without case, accents and signs, one space between them."""
    letters = words
    for _ in range(2):  # As Unicode defines that two texts match but for case and form.
        letters = unicodedata.normalize("NFKD", letters).casefold()
    letters = unicodedata.normalize("NFKD", letters)
    bare = (letter for letter in letters if not unicodedata.combining(letter))
    return " ".join("".join(letter if letter.isalnum() else " " for letter in bare).split())


def matches(words: str, names: Sequence[str]) -> list[int]:
    """Return where in `names` the one that `words` means stands; several where it is not clear.

    Longer words never match a shorter name: "Anna Smith" is not a saved "Anna Berg".
    """
    said, known = plain(words), [plain(name) for name in names]
    if not said:
        return []
    ways: tuple[Callable[[str], bool], ...] = (
        lambda name: name == said,
        lambda name: name.split()[:1] == [said],
        lambda name: len(said) >= MIN_BEGINNING and name.startswith(said),
        lambda name: said in name.split(),
    )
    for way in ways:
        found = [at for at, name in enumerate(known) if name and way(name)]
        if found:
            return found
    return []


def kin(words: str, names: Sequence[str]) -> list[int]:
    """Return where in `names` (billers, accounts) something of `words` or of its kind stands.

    Those that share the most words come back: "Tidewater" or "power" for Tidewater Energy.
    """
    said = _kinds(words)
    shared = [len(said & _kinds(name)) for name in names]
    most = max(shared, default=0)
    return [at for at, count in enumerate(shared) if count == most] if most else []


def _kinds(words: str) -> set[str]:
    return {_KINDS.get(word, word) for word in plain(words).split()}
