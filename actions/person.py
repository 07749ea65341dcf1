"""A person to talk to: how to reach one, and a ticket so that one gets in touch."""

from __future__ import annotations

from typing import Any

from actions.person_flow import PersonFlow
from actions.speech import Say


class TalkToHuman(PersonFlow):
    """Somebody of the organisation's desk."""

    name = "action_talk_to_human"
    operation, writes = "it.person_options", "it.request_person"

    def render(self, result: Any, say: Say) -> None:
        """Say its number."""
        say("utter_person_asked", number=result["number"])
