"""Going on with what was asked for in another conversation: by text, or inside another site."""

from __future__ import annotations

from typing import Any

from actions.base import ProtectedAction, Tracker
from actions.flow import RequestAction
from actions.requests import SLOT, Request, Said, kept


class Elsewhere:
    """A turn in which the words of then stand for those of now.

    What was open here does not belong to them; the ticket is this turn's.
    """

    def __init__(self, tracker: Tracker, action: ProtectedAction, words: str) -> None:
        said: dict[str, Any] = {"text": words, "entities": []}
        self.latest_message = {**tracker.latest_message, **said}
        opened = None
        if isinstance(action, RequestAction):
            opened = kept(Request(action.name, action.details(Said(words))))
        self.slots = {**tracker.slots, SLOT: opened}
