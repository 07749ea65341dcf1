"""The bot's messages as one text: words, cards in lines, choices as a numbered list.

A text stays within two linked segments; what does not fit is kept for whoever replies MORE. The
words of the carrier are never asked for ("reply CANCEL" would sign the number off).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from security.model import Message, OfferedChoice
from security.sms.cards import lines_of
from security.sms.gsm import plain, room, weight

MORE = "Reply MORE for the rest."
_CONTINUE = "To go on, please open {url} and sign in."
_CODE = "Reply with the 6-digit code of your authenticator app, or open {url}."
_PROOFS = frozenset(
    {
        "authentication_required",
        "confirmation_required",
        "step_up_impossible",
        "step_up_required",
    }
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")
_MOST_CHOICES = 9


@dataclass(frozen=True)
class Worded:
    """What is sent now, and what is kept for MORE."""

    text: str
    rest: str


def worded(messages: Sequence[Message], url: str) -> Worded:
    """Return the answer of a turn. `url` is where the rest is done that a text must not do.

    The choices of the last message that has any are numbered: those are what the dialogue takes
    "2" or "the second one" for.
    """
    lines: list[str] = []
    offered: list[OfferedChoice] = []
    for message in messages:
        if message.text:
            lines.append(message.text.strip())
        lines += lines_of(message.card)
        lines += _onward(message, url)
        offered = message.choices or offered
    numbered = [f"{at}) {one.title}" for at, one in enumerate(offered[:_MOST_CHOICES], 1)]
    text = plain("\n".join([*_once(lines), *numbered]))
    now, rest = page(text)
    return Worded(now, rest)


def _onward(message: Message, url: str) -> list[str]:
    """Return how to go on where something has to be proved: by a code here, or at the page."""
    asked = message.challenge
    if asked is not None and asked.purpose == "step_up":
        return [_CODE.format(url=url)]
    needs = message.refused in _PROOFS or message.sign_in or message.enrol or asked is not None
    return [_CONTINUE.format(url=url)] if needs else []


def page(text: str) -> tuple[str, str]:
    """Return as much of a text as two segments take, and the rest; it says so where there is one.

    It ends at the end of a sentence or a line where there is one, else between words.
    """
    if weight(text) <= room(text):
        return text, ""
    most = room(text) - weight(f"\n{MORE}")
    at = _last(_SENTENCE, text, most) or _last(re.compile(r"\s+"), text, most)
    at = at or _fitting(text, most)
    return f"{text[:at].rstrip()}\n{MORE}", text[at:].lstrip()


def _last(between: re.Pattern[str], text: str, most: int) -> int:
    """Return the last of the places between which still fits, or 0."""
    limit = _fitting(text, most)
    places = [found.start() for found in between.finditer(text) if found.start() <= limit]
    return places[-1] if places else 0


def _fitting(text: str, most: int) -> int:
    """Return how many characters take no more than `most` units of the whole text's alphabet."""
    wide = room(text) < room("")
    total = 0
    for at, character in enumerate(text):
        total += len(character.encode("utf-16-le")) // 2 if wide else weight(character)
        if total > most:
            return at
    return len(text)


def _once(lines: Sequence[str]) -> list[str]:
    """Leave out a line that says again what the one before has said."""
    return [line for at, line in enumerate(lines) if at == 0 or line != lines[at - 1]]
