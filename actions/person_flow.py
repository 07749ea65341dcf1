"""The way to a person: how to reach one is said first, then what may go along is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from actions.base import Events, Tracker, ticket_of
from actions.flow import RequestAction, Step
from actions.helping import desk_words
from actions.person_words import plan_person, told_details, words_of
from actions.requests import Details, Request, Said
from actions.speech import Dispatcher, Say
from security.errors import Refused

DESK = "it.service_desk"


class PersonFlow(RequestAction):
    """Says whom to call, also to strangers; then asks before anything goes along."""

    @property
    def operations(self) -> frozenset[str]:
        """How to reach the desk, whether it is asked already, and asking it."""
        return frozenset({DESK, self.operation, self.writes})

    async def run(self, dispatcher: Dispatcher, tracker: Tracker, domain: object) -> Events:
        """Say how to reach a person; go on to ask for one, which needs somebody who is known."""
        say = Say()
        try:
            desk = await self._security.invoke(ticket_of(tracker), DESK, {}, self.name)
            say("utter_person_contact", **desk_words(desk))
        except Refused:
            say("utter_person_nowhere")  # No tenant yet, or its desk cannot be looked up now.
        say.send(dispatcher)
        return await super().run(dispatcher, tracker, domain)

    async def _taken(self, request: Request, dispatcher: Dispatcher, tracker: Tracker) -> Events:
        # What was said last is of the turn in which a person was asked for, not of the answers.
        if "words" not in request.details:
            details = {**request.details, "words": words_of(tracker)}
            request = replace(request, details=details)
        return await super()._taken(request, dispatcher, tracker)

    def details(self, said: Said) -> Details:
        """Take the answer to whether the last messages may go along."""
        return told_details(said)

    def plan(self, details: Details, options: Any) -> Step:
        """Ask that; where somebody has been asked already, say so."""
        return plan_person(details, options)
