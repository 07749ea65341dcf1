"""The base of every protected request: it asks security, and renders the answer or the refusal.

A subclass names its operation and says how the result is put into words. It holds no state:
the client comes from the composition root, the ticket from the turn.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Protocol

import structlog

from actions.speech import Dispatcher, Say
from security.errors import Refused
from security.model import Resumed

Events = list[dict[str, Any]]
Reply = tuple[Say, Events]
"""What an action says, and what it leaves in the conversation."""

EXPLAINED = frozenset(
    {
        "authentication_required",
        "step_up_required",
        "consent_required",
        "forbidden",
        "nothing_pending",
        "confirmation_required",
        "full_page_required",
        "step_up_impossible",
        "insufficient_funds",
        "limit_exceeded",
        "details_changed",
        "account_frozen",
        "frozen_by_bank",
        "payee_mistakable",
        "in_doubt",
        "no_record",
        "not_in_care",
        "not_needed",
        "not_found",
        "slot_taken",
        "visit_overlaps",
        "too_many_visits",
        "too_late",
        "invalid_arguments",
        "rate_limited",
        "session_expired",
        "turn_over",
        "api_unavailable",
        "api_invalid",
        "api_refused",
        "security_unavailable",
        "not_a_manager",
        "not_at_desk",
        "already_decided",
        "dates_overlap",
        "day_is_over",
        "no_working_day",
        "too_far_ahead",
        "not_enough_days",
        "card_blocked",
        "entry_lost",
    }
)
"""The refusals with a response of their own, `utter_refused_<code>`, in the domain. Any other
would mean that this process and security disagree: the person hears `security_unavailable`."""

_UNUSABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


class Security(Protocol):
    """What actions need of `security.client.ActionsClient`."""

    async def invoke(
        self,
        ticket: str,
        operation: str,
        arguments: Mapping[str, Any],
        action: str,
        purpose: str | None = None,
    ) -> Any:
        """Run a declared operation for one of its purposes, if it names any, or raise `Refused`."""
        ...

    async def resume(self, ticket: str) -> Resumed:
        """Run the released pending operation, or raise `Refused`."""
        ...

    async def cancel(self, ticket: str) -> bool:
        """Void what waits for the person's approval; tell whether there was something."""
        ...


class Tracker(Protocol):
    """What is used of the SDK's tracker: the last message and the slots."""

    latest_message: dict[str, Any]
    slots: dict[str, Any]


class ProtectedAction(ABC):
    """A request that security decides about."""

    name: ClassVar[str]
    """The action's name in the domain."""
    operation: ClassVar[str]
    """The operation of the manifest, `<skill>.<operation>`."""
    purpose: ClassVar[str | None] = None
    """For what it is asked, where the manifest names purposes: it goes on the trail."""

    def __init__(self, security: Security) -> None:
        self._security = security

    @property
    def operations(self) -> frozenset[str]:
        """Every operation that this action asks for, and can put into words."""
        return frozenset({self.operation})

    def arguments(self, tracker: Tracker) -> dict[str, Any]:
        """Return the operation's arguments; security validates them against the manifest."""
        return {}

    @abstractmethod
    def render(self, result: Any, say: Say) -> None:
        """Put the operation's result into words and a card."""

    async def run(self, dispatcher: Dispatcher, tracker: Tracker, domain: object) -> Events:
        """Ask security with this turn's ticket, and say what came of it."""
        try:
            result = await self._security.invoke(
                ticket_of(tracker),
                self.operation,
                self.arguments(tracker),
                self.name,
                self.purpose,
            )
            say, events = await self.went_on(self.operation, result, tracker)
        except Refused as refused:
            say, events = refusal(refused.code), []
        say.send(dispatcher)
        return events

    async def went_on(self, operation: str, result: Any, tracker: Tracker) -> Reply:
        """Go on with the result of one of `operations`, in its own turn or in a resumed one.

        A subclass may ask security for more here: the turn's ticket is good for five operations.
        """
        return self.rendered(result), []

    def rendered(self, result: Any) -> Say:
        """Return everything to say about `result`; refuses `api_invalid` if it makes no sense."""
        say = Say()
        with making_sense(self.name):
            self.render(result, say)
        return say


@contextmanager
def making_sense(action: str) -> Iterator[None]:
    """Refuse `api_invalid` where a result is not what `action` can read; its error repeats it."""
    try:
        yield
    except _UNUSABLE as error:
        log: structlog.stdlib.BoundLogger = structlog.get_logger("actions")
        log.error("result_not_rendered", action=action, error=type(error).__name__)
        raise Refused("api_invalid") from None


def ticket_of(tracker: Tracker) -> str:
    """Return this turn's ticket; refuses `turn_over` where the turn carries none."""
    metadata = tracker.latest_message.get("metadata")
    ticket = metadata.get("ticket") if isinstance(metadata, dict) else None
    if not isinstance(ticket, str) or not 0 < len(ticket) <= 128:
        raise Refused("turn_over")
    return ticket


def refusal(code: str) -> Say:
    """Return why not, with the code beside the text for the page."""
    known = code if code in EXPLAINED else "security_unavailable"
    say = Say()
    say(f"utter_refused_{known}", refused=known)
    return say
