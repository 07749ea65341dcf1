"""What the turn before has left: its question, its choices, and what it was taken for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rasa.shared.core.events import BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from dialogue.answers import MORE, SLOT
from dialogue.messages import typed_choice
from dialogue.turns import OfferedChoice


def intent_before(tracker: DialogueStateTracker) -> str | None:
    """Return what the last words of the person were taken for."""
    said = (event for event in reversed(tracker.events) if isinstance(event, UserUttered))
    last = next(said, None)
    name = last.intent.get("name") if last is not None else None
    return str(name) if name else None


def question_before(tracker: DialogueStateTracker) -> BotUttered | None:
    """Return what the bot said last."""
    return next(_answers(tracker), None)


def choices_before(tracker: DialogueStateTracker) -> list[OfferedChoice]:
    """Return the choices of the last message that had any."""
    for event in _answers(tracker):
        typed = [typed_choice(button) for button in event.data.get("buttons") or []]
        offered = [OfferedChoice(**choice) for choice in typed if choice is not None]
        if offered:
            return offered
    return []


def asked(tracker: DialogueStateTracker) -> dict[str, Any] | None:
    """Return the open request of the conversation where it waits for an answer."""
    request = tracker.current_slot_values().get(SLOT)
    if isinstance(request, dict) and request.get("asked") not in (None, MORE):
        return request
    return None


def _answers(tracker: DialogueStateTracker) -> Iterator[BotUttered]:
    """Yield what the bot said since the person's last words, the latest first."""
    event: Event
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return
        if isinstance(event, BotUttered):
            yield event
