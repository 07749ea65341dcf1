"""The way of a request that takes several turns: read what there is, ask for what is missing,
have it approved.

Nothing is done on the way: the write is handed to security as a whole, which shows it to the
person and waits for a code. What was said survives a sign-in, because it is kept before security
is asked.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from actions.base import (
    Events,
    ProtectedAction,
    Reply,
    Tracker,
    making_sense,
    refusal,
    ticket_of,
)
from actions.requests import (
    APPROVAL,
    MORE,
    Details,
    Request,
    Said,
    changed,
    forget,
    keep,
    open_request,
    said_by,
    tells_of,
)
from actions.speech import Choice, Dispatcher, Say, saying
from security.errors import Refused

_WAITS = frozenset({"authentication_required", "step_up_required"})
_ANOTHER_AMOUNT = frozenset({"insufficient_funds", "limit_exceeded"})
LATER = frozenset({"api_unavailable", "rate_limited", "security_unavailable"})
"""Nothing is wrong with what was asked for: the same words may do a little later."""
_MAX_TRIES = 2
"""How often in a row the same question is asked again before the request is left."""
_CHANGE = re.compile(r"\b(?:it|that|instead|rather|change|only|actually|make)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Ask:
    """A detail is missing: say `response`, and take the answer for `asked`."""

    asked: str
    response: str
    details: Details
    choices: Sequence[Choice] = ()
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stop:
    """The request cannot be made: say why."""

    response: str
    choices: Sequence[Choice] = ()
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Do:
    """Everything is known: these are the exact arguments of the write."""

    arguments: Mapping[str, Any]
    operation: str | None = None
    """Which of the action's operations; None is `writes`."""


Step = Ask | Stop | Do


class RequestAction(ProtectedAction):
    """A request that ends in one write; `operation` reads what there is to choose from."""

    writes: ClassVar[str]
    """The operation that is approved and done, `<skill>.<operation>`."""

    @abstractmethod
    def details(self, said: Said) -> Details:
        """Return what `said` tells of the request: pure, and no security needed."""

    @abstractmethod
    def plan(self, details: Details, options: Any) -> Step:
        """Return the next step, from what is known and what there is to choose from."""

    def asks(self, details: Details) -> dict[str, Any]:
        """Return the arguments of the read, from what is known."""
        return {}

    async def next_step(self, details: Details, options: Any, ticket: str) -> Step:
        """Return the next step; a subclass may read more before it knows. Raises `Refused`."""
        with making_sense(self.name):
            return self.plan(details, options)

    def offered(self, operation: str, result: Any, details: Details) -> Any:
        """Return what there is to choose from, as `plan` takes it, from the result of a read."""
        return result

    def told(self, result: Any, details: Details) -> Say:
        """Return what to say of the write; `details` are what was known of the request."""
        return self.rendered(result)

    def stays(self, result: Any, details: Details) -> Events:
        """Return what stays open after the write: nothing, but where a list has a next page."""
        return forget()

    @property
    def reads(self) -> frozenset[str]:
        """The operations that tell what there is to choose from."""
        return frozenset({self.operation}) - {self.writes}

    @property
    def operations(self) -> frozenset[str]:
        """The read and the write."""
        return frozenset({self.operation, self.writes})

    async def run(self, dispatcher: Dispatcher, tracker: Tracker, domain: object) -> Events:
        """Begin a request, or go on with one of the same kind that these words belong to."""
        before, said = open_request(tracker), said_by(tracker)
        details = self.details(said)
        request = Request(self.name, details)
        if before and before.action == self.name and _goes_on(before, details, said):
            request = replace(request, details=changed(before.details, details))
        if before and before.action != self.name and before.asked not in {None, APPROVAL, MORE}:
            saying("utter_request_aside").send(dispatcher)
        return await self._taken(request, dispatcher, tracker)

    async def answer(self, before: Request, dispatcher: Dispatcher, tracker: Tracker) -> Events:
        """Go on with the open request `before`, with what was said to its question."""
        details = self.details(said_by(tracker, before.asked))
        if details or before.asked != APPROVAL:
            request = replace(before, details=changed(before.details, details))
            return await self._taken(request, dispatcher, tracker)
        if before.tries >= _MAX_TRIES:
            saying("utter_request_left").send(dispatcher)
            return forget()
        saying("utter_ask_approval").send(dispatcher)
        return keep(replace(before, tries=before.tries + 1))

    async def went_on(self, operation: str, result: Any, tracker: Tracker) -> Reply:
        """Plan with what was read, or tell that the write is done."""
        before = open_request(tracker)
        ours = before if before and before.action == self.name else None
        if operation in self.reads:
            if ours is None:
                return saying("utter_nothing_open"), []  # Cancelled while a proof was awaited.
            if ours.asked == APPROVAL:
                return saying("utter_ask_approval"), []  # A read that is delivered once more.
            options = self.offered(operation, result, ours.details)
            return await self._planned(ours, options, ticket_of(tracker))
        done = ours is not None and ours.asked in {None, APPROVAL}
        details = ours.details if ours and done else {}
        return self.told(result, details), self.stays(result, details) if done else []

    async def _taken(self, request: Request, dispatcher: Dispatcher, tracker: Tracker) -> Events:
        try:
            ticket = ticket_of(tracker)
            options = await self._options(ticket, request.details)
            say, events = await self._planned(request, options, ticket)
        except Refused as refused:
            say, events = self.refused(refused.code, request)
            if refused.code in LATER:
                events = keep(request)
        say.send(dispatcher)
        return events

    async def _options(self, ticket: str, details: Details) -> Any:
        if self.operation == self.writes:
            return {}  # There is nothing to choose from.
        asked = (self.asks(details), self.name, self.purpose)
        result = await self._security.invoke(ticket, self.operation, *asked)
        return self.offered(self.operation, result, details)

    async def _planned(self, request: Request, options: Any, ticket: str) -> Reply:
        """Take the next step."""
        step = await self.next_step(request.details, options, ticket)
        if isinstance(step, Do):
            return await self._done(request, step, ticket)
        return self._said(request, step)

    def _said(self, request: Request, step: Ask | Stop) -> Reply:
        say = Say()
        say(step.response, None, step.choices, **step.values)
        if isinstance(step, Stop):
            return say, forget()
        again = request.tries + 1 if step.asked == request.asked else 0
        if again > _MAX_TRIES:
            return saying("utter_request_left"), forget()
        return say, keep(Request(self.name, step.details, step.asked, again))

    async def _done(self, request: Request, step: Do, ticket: str) -> Reply:
        try:
            operation = step.operation or self.writes
            asked = (step.arguments, self.name, self.purpose)
            result = await self._security.invoke(ticket, operation, *asked)
        except Refused as refused:
            return await self.not_done(refused.code, request, ticket)
        return self.told(result, request.details), self.stays(result, request.details)

    async def not_done(self, code: str, request: Request, ticket: str) -> Reply:
        """Go on after the write was refused; a subclass may offer something else instead."""
        return self.refused(code, request)

    @staticmethod
    def refused(code: str, request: Request) -> Reply:
        """Say why not; keep what is known where the person can still go on with it."""
        if code in _WAITS:
            return refusal(code), keep(replace(request, asked=None, tries=0))
        if code == "confirmation_required" or code in _ANOTHER_AMOUNT:
            return refusal(code), keep(replace(request, asked=APPROVAL, tries=0))
        return refusal(code), forget()


_OVER = frozenset(
    {
        "details_changed",
        "payee_mistakable",
        "account_frozen",
        "frozen_by_bank",
        "card_blocked",
        "entry_lost",
        "api_refused",
        "in_doubt",
        "forbidden",
        "step_up_impossible",
    }
)
"""The refusals after which a request is not gone on with."""


def after_refusal(code: str, tracker: Tracker) -> Events:
    """Return what becomes of the open request when a resumed operation was refused with `code`.

    Too large an amount may be followed by another one; what else a bank refuses is over.
    """
    before = open_request(tracker)
    over = code in _OVER
    return forget() if before and before.asked in {None, APPROVAL} and over else []


def _goes_on(before: Request, details: Details, said: Said) -> bool:
    """Tell whether a new request of the same kind is a change, or the answer, to the open one."""
    if said.chosen or before.asked is None:
        return False
    if before.asked == APPROVAL:
        return bool(_CHANGE.search(said.text))
    return tells_of(before.asked, details)
