"""A request about one of the things that a person has: which one is chosen, never guessed.

The first turn lists them as choices; the one that is pressed names itself, and only that is
asked of security, together with what the person was shown of it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from actions.base import Events, ProtectedAction, Reply, Tracker, making_sense, refusal, ticket_of
from actions.speech import Choice, Dispatcher, Say
from security.errors import Refused


class ChosenAction(ProtectedAction):
    """Does its operation to the thing that was chosen among those that `options` lists."""

    options: ClassVar[str]
    """The operation that lists the things."""
    listed: ClassVar[str]
    """The field of its result that holds them."""
    intent: ClassVar[str]
    """The intent that a choice states."""
    thing: ClassVar[str]
    """The argument, and the entity, that carries the chosen one's id."""
    shown: ClassVar[tuple[str, ...]]
    """Its fields that the person sees and that the API compares; the first is the title."""
    which: ClassVar[str]
    """The response that asks which one."""
    none: ClassVar[str]
    """The response where there is nothing to choose from."""

    @property
    def operations(self) -> frozenset[str]:
        """The listing and the doing."""
        return frozenset({self.operation, self.options})

    def arguments(self, tracker: Tracker) -> dict[str, Any]:
        """Return the chosen thing with what was shown of it, empty where none was chosen."""
        names = (self.thing, *self.shown)
        said = {e["entity"]: e["value"] for e in tracker.latest_message.get("entities") or []}
        return {name: said[name] for name in names} if set(names) <= set(said) else {}

    async def run(self, dispatcher: Dispatcher, tracker: Tracker, domain: object) -> Events:
        """Do it to what was chosen, or list what there is to choose from."""
        chosen = self.arguments(tracker)
        asked = self.operation if chosen else self.options
        try:
            ticket = ticket_of(tracker)
            result = await self._security.invoke(ticket, asked, chosen, self.name, self.purpose)
            say, events = await self.went_on(asked, result, tracker)
        except Refused as refused:
            say, events = refusal(refused.code), []
        say.send(dispatcher)
        return events

    async def went_on(self, operation: str, result: Any, tracker: Tracker) -> Reply:
        """Ask which one, or tell what was done; also in a resumed turn."""
        if operation == self.operation:
            return self.rendered(result), []
        say = Say()
        with making_sense(self.name):
            choices = [self._choice(thing) for thing in result[self.listed]]
            say(self.which if choices else self.none, None, choices)
        return say, []

    def _choice(self, thing: dict[str, Any]) -> Choice:
        stated = {name: str(thing[name]) for name in self.shown}
        return Choice(stated[self.shown[0]], self.intent, {self.thing: thing["id"], **stated})
