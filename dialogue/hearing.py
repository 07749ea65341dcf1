"""What a person's words are taken for in their conversation: more than the model can know.

The model ranks intents by the words alone. Here the conversation has its say: an answer to an
open question, a place in a list of choices, two meanings that are too near, two failures in a row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rasa.shared.core.trackers import DialogueStateTracker

from dialogue import answers
from dialogue.asking_back import AMBIGUOUS, FAILED, LOST, close_ones, failed_again, pointed_at
from dialogue.looking_back import asked, choices_before, intent_before
from dialogue.offers import Offers, TurnWords
from dialogue.turns import MAX_VALUE, OfferedChoice, Turn

SAID = "said"
"""The entity of a choice that carries the words which it is to make clear."""
NONE_OF_THESE = {"title": "Something else", "payload": f"/{LOST}"}
_SURE_PLACES = {"code", "amount", "day", "number", "minutes", "reason"}
"""Questions whose answers may look like a place in a list: "1" is an amount as well."""
_GOES_ON = {answers.ANSWER, "cancel", "deny"}


@dataclass(frozen=True)
class Heard:
    """What words are taken for: what the model said of them, or a choice that they name."""

    intent: Mapping[str, Any]
    choice: OfferedChoice | None
    words: TurnWords


class Hearing:
    """Reads words in their conversation."""

    def __init__(
        self, understand: Callable[[str, DialogueStateTracker], dict[str, Any]], offers: Offers
    ) -> None:
        self._understand = understand
        self._offers = offers

    def heard(self, turn: Turn, text: str, tracker: DialogueStateTracker) -> Heard:
        """Return what `text` means now."""
        waiting = asked(tracker)
        choice = self._named(text, tracker, waiting)
        if choice is not None:
            return Heard({}, choice, self.words(turn, choice.intent, waiting))
        understood = self._understand(text, tracker)
        intent = answers.heard(understood, tracker.current_slot_values())["intent"]
        if intent["name"] == answers.ANSWER:
            return Heard(intent, None, TurnWords(turn.offered))
        close = close_ones(understood.get("ranking") or [], lambda name: self._may(name, turn))
        if close and (waiting is None or intent["name"] in FAILED):
            return Heard({**intent, "name": AMBIGUOUS}, None, self._asking(turn, close, text))
        if failed_again(intent["name"], intent_before(tracker)):
            intent = {**intent, "name": LOST}
        return Heard(intent, None, self.words(turn, intent["name"], waiting))

    def words(self, turn: Turn, intent: str, waiting: Mapping[str, Any] | None) -> TurnWords:
        """Return what the turn's words are made of, where `waiting` is left for something else."""
        return TurnWords(turn.offered, left=None if intent in _GOES_ON else waiting)

    @staticmethod
    def _named(
        text: str, tracker: DialogueStateTracker, waiting: Mapping[str, Any] | None
    ) -> OfferedChoice | None:
        if waiting is not None and waiting["asked"] in _SURE_PLACES:
            return None
        offered = choices_before(tracker)
        at = pointed_at(text, [choice.title for choice in offered])
        return offered[at] if at is not None else None

    def _may(self, intent: str, turn: Turn) -> bool:
        return self._offers.may_lead_somewhere(intent, turn.offered)

    def _asking(self, turn: Turn, intents: list[str], text: str) -> TurnWords:
        meant = json.dumps({SAID: text[:MAX_VALUE]})
        buttons = [
            {"title": self._offers.title_of(name, turn.offered), "payload": f"/{name}{meant}"}
            for name in intents
        ]
        return TurnWords(turn.offered, (*buttons, NONE_OF_THESE))
