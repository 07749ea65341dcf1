"""One's own data: who accessed it, a copy of it, and having it deleted."""

from __future__ import annotations

import re
from typing import Any

from actions.base import Events, ProtectedAction, Reply, Tracker, refusal, ticket_of
from actions.flow import Do, RequestAction, Step
from actions.own_data_words import FILE, accesses_card, kept_card
from actions.paged import Page, PagedAction
from actions.requests import Details, Request, Said, said_by
from actions.speech import Choice, Dispatcher, Say, saying
from security.errors import Refused

_LIST, _ACCOUNTING = "account.list_accesses", "account.read_accounting"
_FOR_PROGRAMS = re.compile(r"\b(?:json|machine|program|portab|another provider)", re.IGNORECASE)
_SAVE = Choice("Save the whole list", "who_accessed_my_data", {FILE: "html"})
_JSON = Choice("For other programs (JSON)", "export_my_data", {FILE: "json"})


class WhoAccessedMyData(PagedAction):
    """Who saw or changed it, in which role, when, what and why; the whole list as a file."""

    name, operation = "action_who_accessed_my_data", _LIST

    @property
    def operations(self) -> frozenset[str]:
        """The list, and the file of all of it."""
        return frozenset({_LIST, _ACCOUNTING})

    async def run(self, dispatcher: Dispatcher, tracker: Tracker, domain: object) -> Events:
        """Tell the newest, or have security put a link to the file on the page."""
        form = said_by(tracker).chosen.get(FILE)
        if form is None:
            return await super().run(dispatcher, tracker, domain)
        asked = (ticket_of(tracker), _ACCOUNTING, {"form": form}, self.name)
        try:
            await self._security.invoke(*asked)
            say = saying("utter_accounting")
        except Refused as refused:
            say = refusal(refused.code)
        say.send(dispatcher)
        return []

    async def went_on(self, operation: str, result: Any, tracker: Tracker) -> Reply:
        """Tell a page; the link to a file appears by itself."""
        if operation == _ACCOUNTING:
            return saying("utter_accounting"), []
        return await super().went_on(operation, result, tracker)

    def tell(self, operation: str, result: Any, page: Page, say: Say) -> None:
        """Say how many there are, and show this page of them."""
        accesses, total = result["accesses"], result["total"]
        if not accesses:
            response = "utter_accesses_end" if page.later else "utter_no_accesses"
            say(response, None, (), years=str(result["years"]))
            return
        response = "utter_accesses_next" if page.later else "utter_accesses"
        card = accesses_card(accesses)
        shown = {"count": str(total), "shown": str(len(accesses)), "years": str(result["years"])}
        say(response, card, (*page.more, _SAVE), **shown)


class ExportMyData(ProtectedAction):
    """A copy of everything, by a link on the page that works once; nothing of it comes here."""

    name, operation = "action_export_my_data", "account.read_copy"

    def arguments(self, tracker: Tracker) -> dict[str, Any]:
        """To read, unless it is asked for other programs."""
        said = said_by(tracker)
        form = said.chosen.get(FILE)
        return {"form": form or ("json" if _FOR_PROGRAMS.search(said.text) else "html")}

    def render(self, result: Any, say: Say) -> None:
        """Say that it is there."""
        say("utter_copy", None, [_JSON])


class DeleteMyData(RequestAction):
    """Everything goes but for what has to be kept, which is told first and is what is approved."""

    name, operation, writes = "action_delete_my_data", "account.erasure_terms", "account.erase"

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

    def render(self, result: Any, say: Say) -> None:
        """Say that it has begun, and ends the session."""
        say("utter_erasure", day=result["until"])
