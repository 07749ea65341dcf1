"""The base of every protected request: it asks security, and renders the answer or the refusal.

A subclass names its operation and says how the result is put into words. It holds no state:
the client comes from the composition root, the ticket from the turn.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

import structlog

from actions.speech import Dispatcher, Say
from security.errors import Refused
from security.model import Resumed

Events = list[dict[str, Any]]

EXPLAINED = frozenset(
    {
        "authentication_required",
        "step_up_required",
        "forbidden",
        "nothing_pending",
        "invalid_arguments",
        "rate_limited",
        "session_expired",
        "turn_over",
        "api_unavailable",
        "api_invalid",
        "security_unavailable",
    }
)
"""The refusals with a response of their own, `utter_refused_<code>`, in the domain. Any other
would mean that this process and security disagree: the person hears `security_unavailable`."""

_UNUSABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


class Security(Protocol):
    """What actions need of `security.client.ActionsClient`."""

    async def invoke(
        self, ticket: str, operation: str, arguments: Mapping[str, Any], action: str
    ) -> Any:
        """Run a declared operation, or raise `Refused`."""
        ...

    async def resume(self, ticket: str) -> Resumed:
        """Run the released pending operation, or raise `Refused`."""
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

    def __init__(self, security: Security) -> None:
        self._security = security

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
                ticket_of(tracker), self.operation, self.arguments(tracker), self.name
            )
            self.rendered(result).send(dispatcher)
        except Refused as refused:
            say_refused(refused.code, dispatcher)
        return []

    def rendered(self, result: Any) -> Say:
        """Return everything to say about `result`; refuses `api_invalid` if it makes no sense."""
        say = Say()
        try:
            self.render(result, say)
        except _UNUSABLE as error:
            log: structlog.stdlib.BoundLogger = structlog.get_logger("actions")
            log.error("result not rendered", action=self.name, error=type(error).__name__)
            raise Refused("api_invalid") from None
        return say


def ticket_of(tracker: Tracker) -> str:
    """Return this turn's ticket; refuses `turn_over` where the turn carries none."""
    metadata = tracker.latest_message.get("metadata")
    ticket = metadata.get("ticket") if isinstance(metadata, dict) else None
    if not isinstance(ticket, str) or not 0 < len(ticket) <= 128:
        raise Refused("turn_over")
    return ticket


def say_refused(code: str, dispatcher: Dispatcher) -> None:
    """Say why not, with the code beside the text for the page."""
    known = code if code in EXPLAINED else "security_unavailable"
    say = Say()
    say(f"utter_refused_{known}", refused=known)
    say.send(dispatcher)
