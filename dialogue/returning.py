"""The way back from a digression: the question that was left, asked again by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from dialogue.looking_back import asked

BACK = "utter_back"
LEAD = "back to where we were."
"""How every variant of `utter_back` ends, so that a question is not led in twice."""


class Question(NamedTuple):
    """A question of the bot: its words, and the choices that it came with."""

    text: str
    buttons: list[dict[str, Any]]


def back_to(left: Mapping[str, Any], tracker: DialogueStateTracker) -> Question | None:
    """Return the question that still waits for an answer; None where it does not.

    It does not where the request has moved on, and where this turn was refused: then something
    else is asked of the person first.
    """
    if asked(tracker) != left:
        return None
    events = list(tracker.events)
    turns = [at for at, event in enumerate(events) if isinstance(event, UserUttered)]
    if not turns:
        return None
    said = events[turns[-1] :]
    if any(isinstance(event, BotUttered) and _refused(event) for event in said):
        return None
    before = events[turns[-2] if len(turns) > 1 else 0 : turns[-1]]
    for event in reversed(before):
        if isinstance(event, BotUttered) and event.text:
            text = event.text.rpartition(LEAD)[2].strip()
            return Question(text, event.data.get("buttons") or [])
    return None


def _refused(event: BotUttered) -> bool:
    return bool(event.data.get("refused") or event.metadata.get("refused"))
