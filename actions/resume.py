"""Coming back after a proof: the pending operation runs, and the class that asked renders it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from actions.base import Events, ProtectedAction, Security, Tracker, say_refused, ticket_of
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
        """Resume with this turn's ticket, and say what came of it."""
        try:
            resumed = await self._security.resume(ticket_of(tracker))
            self._asked_by(resumed).rendered(resumed.result).send(dispatcher)
        except Refused as refused:
            say_refused(refused.code, dispatcher)
        return []

    def _asked_by(self, resumed: Resumed) -> ProtectedAction:
        """Return the class that asked; one that does not ask for this operation is refused."""
        action = self._actions.get(resumed.action)
        if action is None or action.operation != resumed.operation:
            raise Refused("api_invalid")
        return action
