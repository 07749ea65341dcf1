"""How tickets are told: one's own, and the desk's queue."""

from __future__ import annotations

from typing import Any

from actions.base import ProtectedAction, Reply, Tracker, making_sense, ticket_of
from actions.it_words import named_in, state_words, tickets_card
from actions.speech import Say

_QUEUE = "it.list_queue"


class TicketsAction(ProtectedAction):
    """Tells one's own tickets, and asks for the desk's where the person sits there."""

    operation = "it.list_tickets"

    @property
    def operations(self) -> frozenset[str]:
        """One's own, and the queue."""
        return frozenset({self.operation, _QUEUE})

    async def went_on(self, operation: str, result: Any, tracker: Tracker) -> Reply:
        """Say what there is; the desk's queue is another request."""
        if operation == _QUEUE:
            return self.rendered(result), []
        say = Say()
        with making_sense(self.name):
            at_desk = _tell_own(say, result, str(tracker.latest_message.get("text") or ""))
        if at_desk:
            queue = await self._security.invoke(ticket_of(tracker), _QUEUE, {}, self.name)
            with making_sense(self.name):
                self.render(queue, say)
        return say, []


def tell_queue(say: Say, result: Any) -> None:
    """Say what waits for the desk."""
    tickets = result["tickets"]
    count = result["total"]
    response = "utter_queue" if tickets else "utter_queue_empty"
    if count > len(tickets):
        response = "utter_queue_long"
    shown = {"count": str(count), "shown": str(len(tickets))}
    say(response, tickets_card(tickets, "The queue"), **shown)


def _tell_own(say: Say, result: Any, text: str) -> bool:
    """Say how one's own tickets stand; return whether the person sits at the desk."""
    own = named_in(result["tickets"], text)
    if not result["tickets"]:
        say("utter_no_tickets")
    elif not own:
        say("utter_no_such_ticket", tickets_card(result["tickets"], "Your tickets"))
    elif len(own) == 1:
        [one] = own
        words = {"number": one["number"], "title": one["title"], "state": state_words(one)}
        say("utter_ticket", tickets_card(own, "Your ticket"), **words)
    else:
        say("utter_tickets", tickets_card(own, "Your tickets"), count=str(_open(own)))
    return bool(result["at_desk"])


def _open(tickets: Any) -> int:
    return sum(ticket["state"] != "solved" for ticket in tickets)
