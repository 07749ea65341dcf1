"""Rasa's templates, with what the person of this turn may ask for in their words and choices.

A response of the domain may have `{can}` (a few) or `{can_all}` in its text, and
`metadata: {offers: few|all|person|asked}` for choices of the same.
"""

from __future__ import annotations

from typing import Any

from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.trackers import DialogueStateTracker

from dialogue.offers import Offers, buttons_of, current_words, filling

ASKED = "asked"


class Wording(TemplatedNaturalLanguageGenerator):
    """Draws up responses; all else is Rasa's."""

    def __init__(self, responses: dict[str, Any], offers: Offers) -> None:
        super().__init__(responses)
        self._offers = offers

    async def generate(
        self,
        utter_action: str,
        tracker: DialogueStateTracker,
        output_channel: str,
        **kwargs: Any,
    ) -> dict[str, Any] | None:
        """Return a response of the domain in words for this person, None where there is none."""
        words = current_words()
        offered = self._offers.to(words.operations)
        values = {**filling(offered), **kwargs}
        said = await super().generate(utter_action, tracker, output_channel, **values)
        kind = ((said or {}).get("metadata") or {}).get("offers")
        if said is not None and kind is not None:
            asked = [dict(button) for button in words.buttons]
            said = {**said, "buttons": asked if kind == ASKED else buttons_of(kind, offered)}
        return said
