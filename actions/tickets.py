"""How tickets are told: one's own, and the desk's queue, each a page at a time."""

from __future__ import annotations

from typing import Any

from actions.base import Reply, Tracker, making_sense, ticket_of
from actions.it_words import named_in, state_words, tickets_card
from actions.paged import Page, PagedAction, text_of
from actions.speech import Say

_OWN, _QUEUE = "it.list_tickets", "it.list_queue"


class TicketsAction(PagedAction):
    """Tells one's own tickets, and asks for the desk's where the person sits there."""

    operation = _OWN

    @property
    def operations(self) -> frozenset[str]:
        """One's own, and the queue."""
        return frozenset({_OWN, _QUEUE})

    async def went_on(self, operation: str, result: Any, tracker: Tracker) -> Reply:
        """Say what there is; the desk's queue is another request."""
        with making_sense(self.name):
            at_desk = operation == _OWN and result["at_desk"]
        if not at_desk:
            return await super().went_on(operation, result, tracker)
        say = Say()
        with making_sense(self.name):
            self.tell(_OWN, result, Page(text_of(tracker)), say)
        queue = await self._security.invoke(ticket_of(tracker), _QUEUE, {}, self.name)
        rest, events = await super().went_on(_QUEUE, queue, tracker)
        return say.then(rest), events


def tell_tickets(operation: str, result: Any, page: Page, say: Say) -> None:
    """Say how tickets stand: one's own, or those that wait for the desk."""
    if operation == _QUEUE:
        _tell_queue(result, page, say)
    else:
        _tell_own(result, page, say)


def _tell_queue(result: Any, page: Page, say: Say) -> None:
    """Say what waits for the desk; a later page does not say again how much there is."""
    tickets, total = result["tickets"], result.get("total")
    response = "utter_queue" if tickets else "utter_queue_empty"
    if total is None:
        response = "utter_queue_next" if tickets else "utter_queue_end"
    elif total > len(tickets):
        response = "utter_queue_long"
    shown = {"count": str(total), "shown": str(len(tickets))}
    say(response, tickets_card(tickets, "The queue"), page.more, **shown)


def _tell_own(result: Any, page: Page, say: Say) -> None:
    """Say how one's own tickets stand."""
    tickets = result["tickets"]
    own = named_in(tickets, page.text)
    if page.later:
        response = "utter_tickets_next" if tickets else "utter_tickets_end"
        say(response, tickets_card(tickets, "Your tickets"), page.more, shown=str(len(tickets)))
    elif not tickets:
        say("utter_no_tickets")
    elif not own:
        # A number of long ago may be on a later page.
        response = "utter_no_such_ticket_here" if "next" in result else "utter_no_such_ticket"
        say(response, tickets_card(tickets, "Your tickets"), page.more, shown=str(len(tickets)))
    elif len(own) == 1:
        [one] = own
        words = {"number": one["number"], "title": one["title"], "state": state_words(one)}
        say("utter_ticket", tickets_card(own, "Your ticket"), **words)
    else:
        say("utter_tickets", tickets_card(own, "Your tickets"), page.more, count=str(_open(own)))


def _open(tickets: Any) -> int:
    return sum(ticket["state"] != "solved" for ticket in tickets)
