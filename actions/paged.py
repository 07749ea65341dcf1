"""A list that is shown a page at a time: what to say of a page, and where the next one begins."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from actions.base import (
    Events,
    ProtectedAction,
    Reply,
    Tracker,
    making_sense,
    refusal,
    ticket_of,
)
from actions.flow import LATER
from actions.requests import MORE, SHOW_MORE, Request, forget, keep, open_request
from actions.speech import Choice, Dispatcher, Say, saying
from security.errors import Refused

_AFTER, _LIST = "after", "list"


@dataclass(frozen=True)
class Page:
    """How a page was asked for, and what may come after it."""

    text: str = ""
    """The person's words; a page that follows another is asked for by none of its own."""
    later: bool = False
    """Whether it follows another page."""
    more: Sequence[Choice] = ()


class PagedAction(ProtectedAction):
    """Tells a list, and its next page to whoever asks for more."""

    @abstractmethod
    def tell(self, operation: str, result: Any, page: Page, say: Say) -> None:
        """Put a page into words and a card, with the choices of `page.more`."""

    def render(self, result: Any, say: Say) -> None:
        """Tell it as the first page."""
        self.tell(self.operation, result, Page(), say)

    async def went_on(self, operation: str, result: Any, tracker: Tracker) -> Reply:
        """Tell a first page, and keep where the next one begins."""
        return self._told(operation, result, tracker, Page(text_of(tracker)))

    async def answer(self, before: Request, dispatcher: Dispatcher, tracker: Tracker) -> Events:
        """Show the next page of what was shown."""
        operation, after = before.details.get(_LIST), before.details.get(_AFTER)
        if after is None or operation not in self.operations:
            saying("utter_nothing_open").send(dispatcher)
            return forget()
        asked = {"after": after}
        try:
            result = await self._security.invoke(
                ticket_of(tracker), operation, asked, self.name, self.purpose
            )
            say, events = self._told(operation, result, tracker, Page(later=True))
        except Refused as refused:
            say = refusal(refused.code)
            events = keep(before) if refused.code in LATER else forget()
        say.send(dispatcher)
        return events

    def _told(self, operation: str, result: Any, tracker: Tracker, page: Page) -> Reply:
        say = Say()
        with making_sense(self.name):
            events, more = self._going_on(operation, result, tracker)
            self.tell(operation, result, Page(page.text, page.later, more), say)
        return say, events

    def _going_on(
        self, operation: str, result: Any, tracker: Tracker
    ) -> tuple[Events, Sequence[Choice]]:
        """Keep where the next page begins, unless something else is open."""
        before = open_request(tracker)
        if before and before.action != self.name and before.asked != MORE:
            return [], ()
        if "next" not in result:
            return forget() if before else [], ()
        kept = {_LIST: operation, _AFTER: result["next"]}
        return keep(Request(self.name, kept, MORE)), (SHOW_MORE,)


def text_of(tracker: Tracker) -> str:
    """Return the person's words."""
    return str(tracker.latest_message.get("text") or "")
