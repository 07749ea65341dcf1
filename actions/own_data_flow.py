"""One's own data: a list that can be saved whole, and a deletion that says first what stays."""

from __future__ import annotations

from typing import Any, ClassVar

from actions.base import Events, Reply, Tracker, refusal, ticket_of
from actions.flow import Do, RequestAction, Step
from actions.own_data_words import FILE, accesses_card, kept_card
from actions.paged import Page, PagedAction
from actions.requests import Details, Request, Said, said_by
from actions.speech import Choice, Dispatcher, Say, saying
from security.errors import Refused

_SAVE = Choice("Save the whole list", "who_accessed_my_data", {FILE: "html"})


class SavedList(PagedAction):
    """A list, a page at a time; all of it as a file, which only the page can fetch."""

    whole: ClassVar[str]
    """The operation whose answer is a link to the file."""

    @property
    def operations(self) -> frozenset[str]:
        """The list, and the file of all of it."""
        return frozenset({self.operation, self.whole})

    async def run(self, dispatcher: Dispatcher, tracker: Tracker, domain: object) -> Events:
        """Tell the newest, or have security put a link to the file on the page."""
        form = said_by(tracker).chosen.get(FILE)
        if form is None:
            return await super().run(dispatcher, tracker, domain)
        asked = (ticket_of(tracker), self.whole, {"form": form}, self.name)
        try:
            await self._security.invoke(*asked)
            say = saying("utter_accounting")
        except Refused as refused:
            say = refusal(refused.code)
        say.send(dispatcher)
        return []

    async def went_on(self, operation: str, result: Any, tracker: Tracker) -> Reply:
        """Tell a page; the link to a file appears by itself."""
        if operation == self.whole:
            return saying("utter_accounting"), []
        return await super().went_on(operation, result, tracker)


def say_accesses(result: Any, page: Page, say: Say) -> None:
    """Say how many there are, and show this page of them."""
    accesses, total = result["accesses"], result["total"]
    if not accesses:
        response = "utter_accesses_end" if page.later else "utter_no_accesses"
        say(response, None, (), years=str(result["years"]))
        return
    response = "utter_accesses_next" if page.later else "utter_accesses"
    shown = {"count": str(total), "shown": str(len(accesses)), "years": str(result["years"])}
    say(response, accesses_card(accesses), (*page.more, _SAVE), **shown)


class Deletion(RequestAction):
    """Tells what has to be kept, and has exactly that approved."""

    def details(self, said: Said) -> Details:
        """Nothing has to be known but that it is meant."""
        return {}

    def plan(self, details: Details, options: Any) -> Step:
        """Have exactly what is kept approved."""
        return Do({f"kept_{number}": row for number, row in enumerate(options["shown"], 1)})

    async def _planned(self, request: Request, options: Any, ticket: str) -> Reply:
        """Tell what is kept, why and until when, before anything is approved."""
        say = Say()
        say("utter_erasure_terms", kept_card(options["kept"]))
        rest, events = await super()._planned(request, options, ticket)
        return say.then(rest), events
