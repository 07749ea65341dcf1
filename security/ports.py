"""What the guard needs of the world, so that its checklist can be read and tested without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from security.audit.record import AuditEvent
from security.operations.manifest import Operation
from security.sessions import SessionState


@dataclass(frozen=True)
class Person:
    """The person of a session, as they are at this moment."""

    id: str
    tenant: str
    roles: tuple[str, ...]
    disabled: bool


@dataclass(frozen=True)
class Case:
    """All that is known when an action asks: the turn, its session, its person."""

    turn_id: str
    resume: bool
    conversation_id: str
    session_id: str
    session: SessionState
    assurance: str
    proved_at: datetime | None
    person: Person | None
    tenant_apis: frozenset[str]


@dataclass(frozen=True)
class Waiting:
    """A pending operation that was released and is now being executed."""

    id: str
    operation: str
    arguments: Mapping[str, Any]
    action: str
    stored_result: Any = None
    has_result: bool = False


class GuardStore(Protocol):
    """One transaction of the guard."""

    def take_ticket(self, ticket_hash: str, now: datetime) -> Case | None:
        """Use one of the turn's operations; None where the ticket is unknown, spent or over."""

    def audit(self, event: AuditEvent, now: datetime) -> int:
        """Append to the trail; durable when the transaction ends. Returns the sequence number."""

    def keep_pending(
        self,
        case: Case,
        operation: Operation,
        arguments: Mapping[str, Any],
        action: str,
        reason: str,
        now: datetime,
    ) -> None:
        """Store the operation until the person has proved more; it displaces the last read."""

    def claim_pending(self, case: Case, now: datetime) -> Waiting | None:
        """Move this conversation's approved operation to `executing`, once, for this person."""

    def settle_pending(
        self, waiting: Waiting, case: Case, result: Any, failed: bool, now: datetime
    ) -> None:
        """Move an executing operation to `done`, its result kept until delivered, or `failed`."""


class ApiCaller(Protocol):
    """Calls one API with one token."""

    async def call(self, operation: Operation, arguments: Mapping[str, Any], token: str) -> Any:
        """Return the API's validated and trimmed answer.

        Raises `Refused`: `api_unavailable` or `api_invalid`.
        """
