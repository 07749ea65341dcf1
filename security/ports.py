"""What the guard needs of the world, so that its checklist can be read and tested without one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from security.audit.record import AuditEvent
from security.errors import Refused
from security.model import Method
from security.operations.confirmation import NO_LIMIT, Limit
from security.operations.manifest import Operation
from security.pending import State
from security.sessions import SessionState


@dataclass(frozen=True)
class Person:
    """The person of a session, as they are at this moment."""

    id: str
    tenant: str
    roles: tuple[str, ...]
    disabled: bool


class Holder(Protocol):
    """In whose name an API is called: a person, or a visitor of a tenant."""

    @property
    def person(self) -> Person | None:
        """Who signed in, if anybody has."""

    @property
    def tenant(self) -> str | None:
        """The organisation."""


@dataclass(frozen=True)
class Somebody:
    """A holder of whom nothing else is known."""

    person: Person | None
    tenant: str


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
    session_tenant: str | None
    """The tenant that the session belongs to, also before anybody has signed in."""
    email_proved_at: datetime | None = None
    """When the person last gave a code by email in this session, if ever."""
    channel: str = "web"
    sms_limit: Limit = NO_LIMIT
    subject: Person | None = None
    """For whom the person acts, where it is somebody else."""

    @property
    def tenant(self) -> str | None:
        """In whose name something is done: the person's tenant, or that of a visitor's session."""
        return self.person.tenant if self.person else self.session_tenant


@dataclass(frozen=True)
class Approval:
    """A person's approval of one operation with exactly the arguments of this digest."""

    digest: str
    method: str
    at: datetime


@dataclass(frozen=True)
class Waiting:
    """A pending operation that was released and is now being executed.

    `id` is also the idempotency key under which a write reaches its API.
    """

    id: str
    operation: str
    arguments: Mapping[str, Any]
    action: str
    approval: Approval | None = None
    stored_result: Any = None
    has_result: bool = False
    purpose: str | None = None
    words: str | None = None
    """What was said where it was asked for, where that is another conversation."""


@dataclass(frozen=True)
class Earlier:
    """What became of the same write, asked for before: `code` says why it was not done.

    `waiting` holds the result of one that was done and may not have been told.
    """

    state: State
    code: str | None = None
    waiting: Waiting | None = None


@dataclass(frozen=True)
class Done:
    """What somebody did; `about` is whom it is about, by the name that its API knows them by."""

    operation: Operation
    arguments: Mapping[str, Any]
    about: str | None
    purpose: str | None = None


class GuardStore(Protocol):
    """One transaction of the guard."""

    def take_ticket(self, ticket_hash: str, now: datetime) -> Case | None:
        """Use one of the turn's operations; None where the ticket is unknown, spent or over."""

    def case_of_ticket(self, ticket_hash: str) -> Case | None:
        """Return what is known of the turn of a ticket that is spent or over; None of none."""

    def audit(self, event: AuditEvent, now: datetime) -> str:
        """Append to the trail; durable when the transaction ends. Returns the record's id."""

    def keep_pending(
        self,
        case: Case,
        operation: Operation,
        arguments: Mapping[str, Any],
        action: str,
        reason: str,
        now: datetime,
        purpose: str | None = None,
    ) -> None:
        """Store the operation until the person has proved more, or has approved it.

        It displaces the last read, or the last write.
        """

    def earlier_write(self, case: Case, digest: str, now: datetime) -> Earlier | None:
        """Return what became of this very write before: asked for in this turn, in doubt now, or
        done and never told. None where it is a new one."""

    def begin_write(
        self,
        case: Case,
        operation: Operation,
        arguments: Mapping[str, Any],
        action: str,
        now: datetime,
        purpose: str | None = None,
    ) -> Waiting:
        """Store a write that nobody approves as being executed; its id is the turn's and the
        arguments' own, so that no second one can begin. What waits to do the same is void."""

    def sms_limit_left(self, case: Case, now: datetime, but: str | None) -> Limit:
        """Return how much SMS codes may still approve today; `but` is the pending operation that
        is asking, so it is not counted."""

    def person_named(self, tenant: str, words: str) -> Person | None:
        """Return who is called so in a tenant, by user name or full name; None if not just one."""

    def mark_sensitive(self, case: Case) -> None:
        """Remember that what the turn answers may tell of something sensitive."""

    def can_prove(self, case: Case, methods: Sequence[Method]) -> bool:
        """Tell whether the person has one of these methods, and it can be used."""

    def is_in_doubt(self, case: Case, digest: str | None = None) -> bool:
        """Tell whether nobody knows if a write was done: this very one, or any of this
        conversation."""

    def cancel_pending(self, case: Case, now: datetime) -> bool:
        """Void the write that waits in this conversation, with its challenge; tell if one did."""

    def claim_pending(self, case: Case, now: datetime) -> Waiting | None:
        """Move this conversation's approved operation to `executing`, once, for this person."""

    def settle_pending(
        self,
        waiting: Waiting,
        person: Person | None,
        to: State,
        result: Any,
        now: datetime,
        code: str | None = None,
    ) -> None:
        """Move an executing or doubtful operation to `to`; a result is kept until delivered.

        `code` says why it was not done.
        """

    def tell(self, person: Person, what: str, now: datetime) -> None:
        """Tell the person by another channel what was done in their name."""

    def note_consent(self, person: Person, done: Done, now: datetime) -> None:
        """Write down a yes of the person, or that it was withdrawn, where `done` is one."""

    def case_of_session(self, session_id: str) -> Case | None:
        """Return what is known of a session outside any turn; None where there is none."""

    def inform(self, person: Person, done: Done, now: datetime) -> None:
        """Tell others what `person` did: whom it is about, and those who hold its roles."""

    def keep_link(
        self,
        case: Case,
        operation: Operation,
        arguments: Mapping[str, Any],
        action: str,
        now: datetime,
        purpose: str | None = None,
    ) -> None:
        """Keep what a document was asked for by, until its page is told of the link."""

    def take_link(
        self, session_id: str, link_hash: str, now: datetime
    ) -> tuple[Case, Waiting] | None:
        """Use up a link of this session, once and in time; None for any other.

        The case is that of its turn, as session and person are at this moment.
        """


@dataclass(frozen=True)
class Settled:
    """What became of a write: done with its result, or not done and now impossible."""

    done: bool
    result: Any = None


class Unanswered(Refused):
    """An API gave no answer; `sent` says whether the call may have reached it.

    `again` is after how many seconds another try makes sense: 0 for soon, None for never.
    """

    def __init__(self, *, sent: bool, again: float | None = None) -> None:
        super().__init__("api_unavailable")
        self.sent = sent
        self.again = again


class Transactions(Protocol):
    """Runs a function in a transaction; durable once awaited, where nothing else is said."""

    def __call__[T](
        self, work: Callable[[GuardStore], T], about: Case | None = None
    ) -> Awaitable[T]:
        """Run `work`; a `Refused` that it raises commits and is raised.

        It reaches rows of one tenant: that of the case that it is `about`, or takes a ticket of.
        """


class ApiCaller(Protocol):
    """Calls one API with one token."""

    async def call(
        self,
        operation: Operation,
        arguments: Mapping[str, Any],
        token: str,
        key: str | None = None,
    ) -> Any:
        """Return the API's validated and trimmed answer; `key` makes a write happen once.

        Raises `Refused`: a code of `operation.refusals` or `api_refused` where nothing was
        changed, `api_unavailable` or `api_invalid` where nobody knows; `Unanswered` tells more.
        """

    async def settle(
        self, operation: Operation, key: str, token: str, arguments: Mapping[str, Any]
    ) -> Settled:
        """Ask what became of a write; one that never arrived can never be done after this.

        `arguments` are those of the write: the result has to be about them.

        Raises `Refused`: `api_unavailable`, `api_invalid`.
        """
