"""What the guard says on the trail: one record a decision, one an outcome."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from security.audit.naming import session_name
from security.audit.record import AuditEvent, SessionName, Tag
from security.checks import Denial
from security.errors import Refused
from security.operations.manifest import Operation
from security.pending import State, canonical
from security.ports import Approval, Case
from security.tokens.issuer import AccessToken
from security.vault.keys import KeyRing

_NAMED_BY = 24
"""Characters: as many as a pseudonym has."""
_SUBJECT = re.compile(r"[0-9a-f]{64}")
"""A pairwise name (`security.vault.keys`)."""
_LAST = re.compile(r"(?:•••• )?([0-9A-Z]{4})")


@dataclass(frozen=True)
class Ask:
    """What an action wants; `approval` is there where the person has approved it."""

    operation: str
    arguments: Mapping[str, Any]
    action: str
    approval: Approval | None = None
    purpose: str | None = None
    """For what, where the operation serves several purposes."""
    pending: str | None = None
    """The pending operation that this is, where it was one."""
    entered: Mapping[str, str] | None = field(default=None, repr=False)
    """What the person typed into the panel with their approval, and its salt: for the API alone."""


@dataclass(frozen=True)
class Intent:
    """An allowed operation whose intent is on the trail; `record` is that record's id."""

    case: Case
    operation: Operation
    ask: Ask
    record: str
    token: AccessToken


def on_trail(names: Iterable[str]) -> tuple[str, ...]:
    """Return names that an API knows people by, as the trail has them: 96 bits tell them apart.

    An API was given no other names than these. What is none is nobody's, and could be any words.
    """
    return tuple(name[:_NAMED_BY] for name in names if _SUBJECT.fullmatch(name))


def _object(operation: Operation | None, ask: Ask) -> str | None:
    """Return which thing it was, masked; anything else would be a caller's own words."""
    named = ask.arguments.get(operation.on_trail) if operation and operation.on_trail else None
    last = _LAST.fullmatch(named) if isinstance(named, str) else None
    return f"•••• {last[1]}" if last else None


def _magnitude(operation: Operation | None, ask: Ask) -> int | None:
    """Return how many digits the amount has before its point; what it is stays in its digest."""
    confirmation = operation.confirmation if operation else None
    if confirmation is None or confirmation.amount is None:
        return None
    worth = confirmation.worth(ask.arguments, str(ask.arguments.get(confirmation.amount.currency)))
    return len(str(int(worth))) if worth is not None else None


class Records:
    """Makes the guard's records; people stand in them by the trail's own pseudonym."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def decision(
        self,
        case: Case,
        operation: Operation | None,
        ask: Ask,
        denial: Denial | None,
        token_id: str | None = None,
    ) -> AuditEvent:
        """Return the record of an allowed or denied operation."""
        person = case.person
        return AuditEvent(
            tag=Tag.OPERATION_DENIED if denial else Tag.OPERATION_INTENDED,
            tenant=case.tenant,
            person=self._to_whom(case),
            actor=self._by_whom(case),
            roles=person.roles if person else (),
            session=self._where(case),
            turn=case.turn_id,
            # An undeclared name is the caller's own text, so only its digest is kept.
            operation=operation.name if operation else None,
            scope=operation.scope if operation else None,
            arguments=self.digest(ask),
            purpose=self._purpose(operation, ask),
            decision="deny" if denial else "allow",
            reason=denial.reason if denial else None,
            assurance=case.assurance,
            method=ask.approval.method if ask.approval else None,
            token=token_id,
            object=None if denial else _object(operation, ask),
            counterparty=None if denial else self._counterparty(operation, ask),
            magnitude=None if denial else _magnitude(operation, ask),
        )

    def digest(self, ask: Ask) -> str:
        """Return the keyed digest that stands for exactly this operation and arguments."""
        return self._keys.arguments_digest(canonical(ask.operation, ask.arguments, ask.purpose))

    def _purpose(self, operation: Operation | None, ask: Ask) -> str | None:
        """Return what for; a purpose that the operation does not name is the caller's own text."""
        return ask.purpose if operation and ask.purpose in operation.purposes else None

    def _counterparty(self, operation: Operation | None, ask: Ask) -> str | None:
        """Return the keyed digest that stands for whoever a payment goes to."""
        named = ask.arguments.get(operation.counterparty or "") if operation else None
        if operation is None or not isinstance(named, str):
            return None
        return self._keys.arguments_digest(canonical("counterparty", {operation.api: named}))[:32]

    def redelivery(self, case: Case, operation: Operation, ask: Ask) -> AuditEvent:
        """Return the record of a stored result that is given out again; nothing is called."""
        return replace(self.decision(case, operation, ask, None), tag=Tag.OPERATION_REDELIVERED)

    def linked(self, case: Case, operation: Operation, ask: Ask) -> AuditEvent:
        """Return the record of a link to a document, left in the place of a call."""
        return replace(self.decision(case, operation, ask, None), tag=Tag.DOCUMENT_LINKED)

    def link_refused(self, session_id: str) -> AuditEvent:
        """Return the record of a link that is not this session's, or not good any more."""
        # Links are opened at the page alone, and a stranger's link says nothing of a tenant.
        where = session_name(self._keys, None, session_id, "web")
        return AuditEvent(tag=Tag.OPERATION_DENIED, session=where, decision="deny", reason="link")

    def outcome(
        self,
        intent: Intent,
        state: State,
        refusal: Refused | None,
        duration_us: int,
        about: tuple[str, ...] = (),
    ) -> AuditEvent:
        """Return the record of how a call ended; `in_doubt` where nobody knows."""
        tags = {State.DONE: Tag.OPERATION_DONE, State.IN_DOUBT: Tag.OPERATION_DOUBTED}
        return AuditEvent(
            tag=tags.get(state, Tag.OPERATION_FAILED),
            tenant=intent.case.tenant,
            person=self._to_whom(intent.case),
            actor=self._by_whom(intent.case),
            session=self._where(intent.case),
            turn=intent.case.turn_id,
            operation=intent.operation.name,
            purpose=self._purpose(intent.operation, intent.ask),
            token=intent.token.token_id,
            reason=refusal.code if refusal else None,
            intent=intent.record,
            duration_us=duration_us,
            about=on_trail(about),
        )

    def retry(self, intent: Intent, token_id: str, code: str) -> AuditEvent:
        """Return the record of a call that is made once more, with a token of its own."""
        return AuditEvent(
            tag=Tag.OPERATION_RETRIED,
            tenant=intent.case.tenant,
            person=self._to_whom(intent.case),
            actor=self._by_whom(intent.case),
            session=self._where(intent.case),
            turn=intent.case.turn_id,
            operation=intent.operation.name,
            token=token_id,
            reason=code,
            intent=intent.record,
        )

    def _where(self, case: Case) -> SessionName:
        return session_name(self._keys, case.tenant, case.session_id, case.channel)

    def _to_whom(self, case: Case) -> str | None:
        """Return the pseudonym of the person whose data it is about."""
        person = case.subject or case.person
        return self._keys.pseudonym(person.id) if person else None

    def _by_whom(self, case: Case) -> str | None:
        """Return the pseudonym of whoever asks, where that is somebody else."""
        if case.subject is None or case.person is None:
            return None
        return self._keys.pseudonym(case.person.id)

    def of_no_turn(self, over: Case | None) -> AuditEvent:
        """Return the record of a ticket that is no turn's, with the turn whose it was.

        One that was given out tells whose turn it was; nobody ever has one that was not.
        """
        return self.unreached("ticket" if over is None else "ticket_over", over)

    def unreached(self, reason: str, case: Case | None = None) -> AuditEvent:
        """Return the record of a request that never got as far as an operation."""
        return AuditEvent(
            tag=Tag.OPERATION_DENIED,
            tenant=case.tenant if case else None,
            session=self._where(case) if case else None,
            turn=case.turn_id if case else None,
            decision="deny",
            reason=reason,
        )
