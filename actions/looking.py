"""Reads that take words: a look at something, in the middle of a request or by itself.

Whatever is being prepared stays as it is: looking puts nothing aside.
"""

from __future__ import annotations

from typing import Any

from actions.base import Events, Reply, Tracker, refusal, ticket_of
from actions.flow import LATER, Ask, Do, RequestAction
from actions.requests import MORE, Details, Request, forget, keep, open_request, said_by
from actions.speech import Dispatcher, Say
from security.errors import Refused


class LookAction(RequestAction):
    """Reads what the words ask for; `writes` is a read as well."""

    async def run(self, dispatcher: Dispatcher, tracker: Tracker, domain: object) -> Events:
        """Look; where another request is open, without a question of one's own."""
        before = open_request(tracker)
        if before is None or before.action == self.name or before.asked in {None, MORE}:
            events = await super().run(dispatcher, tracker, domain)
            # Where nothing was open and nothing is, there is nothing to forget.
            return [] if before is None and events == forget() else events
        try:
            (await self._beside(self.details(said_by(tracker)), ticket_of(tracker))).send(
                dispatcher
            )
        except Refused as refused:
            refusal(refused.code).send(dispatcher)
        return []

    async def went_on(self, operation: str, result: Any, tracker: Tracker) -> Reply:
        """Tell what was found, and keep where it goes on, unless another request is open."""
        if operation in self.reads:
            return await super().went_on(operation, result, tracker)
        before = open_request(tracker)
        ours = before is None or before.action == self.name
        say, events = self.found(result, before.details if before and ours else {})
        return say, events if ours else []

    def found(self, result: Any, details: Details) -> Reply:
        """Return what to say, and what stays open after it; a page may have a next one."""
        return self.told(result, details), forget()

    def going_on(self, details: Details) -> Events:
        """Keep the request for its next page."""
        return keep(Request(self.name, details, MORE))

    async def _beside(self, details: Details, ticket: str) -> Say:
        step = await self.next_step(details, await self._options(ticket, details), ticket)
        if isinstance(step, Do):
            operation = step.operation or self.writes
            result = await self._security.invoke(ticket, operation, step.arguments, self.name)
            return self.told(result, details)
        say = Say()
        say(step.response, None, () if isinstance(step, Ask) else step.choices, **step.values)
        return say

    async def _done(self, request: Request, step: Do, ticket: str) -> Reply:
        try:
            operation = step.operation or self.writes
            result = await self._security.invoke(ticket, operation, step.arguments, self.name)
        except Refused as refused:
            if refused.code in LATER:
                return refusal(refused.code), keep(request)
            return await self.not_done(refused.code, request, ticket)
        return self.found(result, request.details)
