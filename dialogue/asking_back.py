"""When words could mean several things, or nothing twice in a row: what the bot asks back.

Pure rules over what the model ranks and what was understood before. They work on a turn, not in
the model: what a sentence is taken for stays what `nlu-report` measures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

AMBIGUOUS, LOST = "ambiguous", "lost"
_FALLBACK, _FOREIGN = "nlu_fallback", "out_of_scope"
MARGIN = 0.15
"""Intents this close to the first are asked back. Chosen on our own held-out sentences: of the 26
of 693 that are this near and this likely, the first is right in 2 of 7 above the threshold, and
one of those asked for in 21 of 26 (docs/adr/0016-asking-back.md)."""
LEAST = 0.15
"""What is less likely than this is no choice."""
MOST = 3
FAILED = frozenset({_FALLBACK, _FOREIGN, LOST})
_SMALL_TALK = frozenset(
    {
        "greet",
        "goodbye",
        "thank",
        "help",
        "affirm",
        "deny",
        "cancel",
        "repeat",
        "bot_challenge",
        _FOREIGN,
        _FALLBACK,
    }
)
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
_POLITE = r"(?:\W*(?:please|thanks|thank you))?\W*"
_POINTS = re.compile(
    r"\W*(?:(?:i (?:mean|meant|want|take|choose)|take|make it|yes|ok(?:ay)?|well|it'?s)\W+)?"
    r"(?:the\s+)?(?:(?:number|option|choice|no\.?|nr\.?|#)\s*)?"
    rf"(\d|{'|'.join(_PLACES)}|{'|'.join(_NUMBERS)}|last|former|latter|1st|2nd|3rd|[4-8]th)"
    rf"(?:\s+(?:one|option|choice))?{_POLITE}",
    re.IGNORECASE,
)


def close_ones(ranking: Sequence[Mapping[str, Any]], may: Callable[[str], bool]) -> list[str]:
    """Return the intents that words may mean, none where they are clear.

    `may` tells whether the person can ask for an intent at all: what they cannot is no choice.
    Where only one is left, it is asked for if words that are this unclear would not have led to it.
    """
    ranked = [one for one in ranking if one["name"] != _FALLBACK]
    if len(ranked) < 2 or any(one["name"] in _SMALL_TALK for one in ranked[:2]):
        return []
    near = ranked[0]["confidence"] - MARGIN
    close = [
        one["name"]
        for one in ranked
        if one["confidence"] >= max(near, LEAST) and one["name"] not in _SMALL_TALK
    ]
    possible = [name for name in close if may(name)]
    leads_there = possible == close[:1] and ranking[0]["name"] != _FALLBACK
    return [] if len(close) < 2 or leads_there else possible[:MOST]


def failed_again(intent: str, before: str | None) -> bool:
    """Tell whether the words before were not understood either."""
    return intent in FAILED and before in {*FAILED, AMBIGUOUS}


def pointed_at(text: str, titles: Sequence[str]) -> int | None:
    """Return which of the choices with these titles `text` names: by its place or its words."""
    plain = _plain(text)
    named = [at for at, title in enumerate(titles) if _plain(title) == plain]
    if len(named) == 1:
        return named[0]
    found = _POINTS.fullmatch(text)
    at = _place(found.group(1).lower(), len(titles)) if found else None
    return at if at is not None and 0 <= at < len(titles) else None


def _place(word: str, count: int) -> int | None:
    if word == "last" or (word == "latter" and count == 2):
        return count - 1
    if word == "former":
        return 0
    if word[0].isdigit():
        return int(word[0]) - 1 if word[0] != "0" else None
    for words in (_PLACES, _NUMBERS):
        if word in words:
            return words.index(word)
    return None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
