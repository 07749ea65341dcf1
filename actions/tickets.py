"""How tickets are told: one's own, and the desk's queue, each a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
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
from actions.it_words import named_in, state_words, tickets_card
from actions.requests import MORE, SHOW_MORE, Request, forget, keep, open_request
from actions.speech import Choice, Dispatcher, Say, saying
from security.errors import Refused

_OWN, _QUEUE = "it.list_tickets", "it.list_queue"
_NEXT = {_OWN: "own", _QUEUE: "queue"}
"""Under which name the open request holds the last of the page before."""


class TicketsAction(ProtectedAction):
    """Tells one's own tickets, and asks for the desk's where the person sits there."""

    operation = _OWN

    @property
    def operations(self) -> frozenset[str]:
        """One's own, and the queue."""
        return frozenset({_OWN, _QUEUE})

    async def went_on(self, operation: str, result: Any, tracker: Tracker) -> Reply:
        """Say what there is; the desk's queue is another request."""
        say = Say()
        with making_sense(self.name):
            at_desk = operation == _OWN and result["at_desk"]
            if at_desk:
                _tell_own(say, result, _text(tracker), ())
        if at_desk:
            operation = _QUEUE
            result = await self._security.invoke(ticket_of(tracker), _QUEUE, {}, self.name)
        with making_sense(self.name):
            events, more = self._going_on(operation, result, tracker)
            if operation == _QUEUE:
                tell_queue(say, result, more)
            else:
                _tell_own(say, result, _text(tracker), more)
        return say, events

    async def answer(self, before: Request, dispatcher: Dispatcher, tracker: Tracker) -> Events:
        """Show the next page of what was shown."""
        found = [name for name, kept in _NEXT.items() if kept in before.details]
        if not found:
            saying("utter_nothing_open").send(dispatcher)
            return forget()
        [operation] = found
        asked = {"after": before.details[_NEXT[operation]]}
        try:
            result = await self._security.invoke(
                ticket_of(tracker), operation, asked, self.name, self.purpose
            )
            say, events = await self.went_on(operation, result, tracker)
        except Refused as refused:
            say = refusal(refused.code)
            events = keep(before) if refused.code in LATER else forget()
        say.send(dispatcher)
        return events

    def _going_on(
        self, operation: str, result: Any, tracker: Tracker
    ) -> tuple[Events, Sequence[Choice]]:
        """Keep where the next page begins, unless something else is open."""
        before = open_request(tracker)
        if before and before.action != self.name and before.asked != MORE:
            return [], ()
        if "next" not in result:
            return forget() if before else [], ()
        kept = {_NEXT[operation]: result["next"]}
        return keep(Request(self.name, kept, MORE)), (SHOW_MORE,)


def tell_queue(say: Say, result: Any, more: Sequence[Choice] = ()) -> None:
    """Say what waits for the desk; a later page does not say again how much there is."""
    tickets, total = result["tickets"], result.get("total")
    response = "utter_queue" if tickets else "utter_queue_empty"
    if total is None:
        response = "utter_queue_next" if tickets else "utter_queue_end"
    elif total > len(tickets):
        response = "utter_queue_long"
    shown = {"count": str(total), "shown": str(len(tickets))}
    say(response, tickets_card(tickets, "The queue"), more, **shown)


def _tell_own(say: Say, result: Any, text: str, more: Sequence[Choice]) -> None:
    """Say how one's own tickets stand."""
    tickets = result["tickets"]
    own = named_in(tickets, text)
    if not tickets:
        say("utter_no_tickets")
    elif not own:
        # A number of long ago may be on a later page.
        response = "utter_no_such_ticket_here" if "next" in result else "utter_no_such_ticket"
        say(response, tickets_card(tickets, "Your tickets"), more, shown=str(len(tickets)))
    elif len(own) == 1:
        [one] = own
        words = {"number": one["number"], "title": one["title"], "state": state_words(one)}
        say("utter_ticket", tickets_card(own, "Your ticket"), **words)
    else:
        say("utter_tickets", tickets_card(own, "Your tickets"), more, count=str(_open(own)))


def _text(tracker: Tracker) -> str:
    return str(tracker.latest_message.get("text") or "")


def _open(tickets: Any) -> int:
    return sum(ticket["state"] != "solved" for ticket in tickets)
