"""Help for who cannot sign in: the same words for everybody, whatever is known of them."""

from __future__ import annotations

from typing import Any, ClassVar

from actions.base import Events, ProtectedAction, Tracker, ticket_of
from actions.speech import Dispatcher, Say
from security.errors import Refused

RECOVER = {"kind": "recover"}


class HelpAction(ProtectedAction):
    """Shows the way to prove who one is. It names nobody, and asks for no name."""

    response: ClassVar[str]

    async def run(self, dispatcher: Dispatcher, tracker: Tracker, domain: object) -> Events:
        """Show the way, and whom to call where there is a desk; the way is there without one."""
        say = Say()
        say(self.response, RECOVER)
        try:
            ticket = ticket_of(tracker)
            self.render(await self._security.invoke(ticket, self.operation, {}, self.name), say)
        except Refused:
            pass  # A tenant without a desk; what happened is on the trail.
        say.send(dispatcher)
        return []


def desk_words(result: Any) -> dict[str, str]:
    """Return the values of a sentence about the desk."""
    return {name: str(result[name]) for name in ("desk", "phone", "hours")}
