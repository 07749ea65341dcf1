"""Coming back after a proof: the pending operation runs, and the class that asked goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from actions.base import Events, ProtectedAction, Security, Tracker, refusal, ticket_of
from actions.elsewhere import Elsewhere
from actions.flow import after_refusal
from actions.speech import Dispatcher
from security.errors import Refused
from security.model import Resumed


class ResumeAction:
    """What is pending is known to security alone, so it does not matter how this was called."""

    name: ClassVar[str] = "action_resume"

    def __init__(self, security: Security, actions: Mapping[str, ProtectedAction]) -> None:
        self._security = security
        self._actions = actions

    async def run(self, dispatcher: Dispatcher, tracker: Tracker, domain: object) -> Events:
        """Resume with this turn's ticket, and say what came of it.

        The class that asked may need more of security to answer, in this same turn.
        """
        try:
            resumed = await self._security.resume(ticket_of(tracker))
            action = self._asked_by(resumed)
            if resumed.words is not None:
                tracker = Elsewhere(tracker, action, resumed.words)
            say, events = await action.went_on(resumed.operation, resumed.result, tracker)
        except Refused as refused:
            say, events = refusal(refused.code), after_refusal(refused.code, tracker)
        say.send(dispatcher)
        return events

    def _asked_by(self, resumed: Resumed) -> ProtectedAction:
        """Return the class that asked; one that does not ask for this operation is refused."""
        action = self._actions.get(resumed.action)
        if action is None or resumed.operation not in action.operations:
            raise Refused("api_invalid")
        return action
