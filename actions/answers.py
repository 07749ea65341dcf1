"""Answers to what the bot asked, and a no to all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol, runtime_checkable

from actions.base import Events, ProtectedAction, Security, Tracker, refusal, ticket_of
from actions.requests import Request, forget, open_request
from actions.speech import Dispatcher, saying
from security.errors import Refused


@runtime_checkable
class _Answers(Protocol):
    """An action that goes on with its open request; others leave none open."""

    async def answer(self, before: Request, dispatcher: Dispatcher, tracker: Tracker) -> Events:
        """Go on with the open request `before`."""
        ...


class AnswerAction:
    """Hands an answer to the action whose request is open."""

    name: ClassVar[str] = "action_answer"

    def __init__(self, actions: Mapping[str, ProtectedAction]) -> None:
        self._actions = actions

    async def run(self, dispatcher: Dispatcher, tracker: Tracker, domain: object) -> Events:
        """Go on with the open request; without one there is nothing that this could answer."""
        before = open_request(tracker)
        action = self._actions.get(before.action) if before else None
        if before is None or not isinstance(action, _Answers):
            saying("utter_nothing_open").send(dispatcher)
            return forget() if before else []
        return await action.answer(before, dispatcher, tracker)


class CancelAction:
    """Voids what waits for the person's approval, and forgets what was asked."""

    name: ClassVar[str] = "action_cancel"

    def __init__(self, security: Security) -> None:
        self._security = security

    async def run(self, dispatcher: Dispatcher, tracker: Tracker, domain: object) -> Events:
        """Say whether something was waiting; where security cannot tell, nothing is promised."""
        try:
            waited = await self._security.cancel(ticket_of(tracker))
            say = saying("utter_payment_cancelled" if waited else "utter_cancelled")
        except Refused as refused:
            say = refusal(refused.code)
        say.send(dispatcher)
        return forget() if open_request(tracker) else []
