"""The guard's transaction on the security database."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.pending_store import displace_reads, move
from security.adapters.tables import PendingRow, PersonRow, SessionRow, TenantRow, TurnRow
from security.audit.record import AuditEvent, Tag
from security.operations.manifest import Operation
from security.pending import State, canonical
from security.ports import Case, Person, Waiting
from security.sessions import Limits, SessionState
from security.vault.envelope import Place, Vault
from security.vault.keys import KeyRing

_CASE = (
    select(
        TurnRow.id,
        TurnRow.resume,
        TurnRow.conversation_id,
        SessionRow.id,
        SessionRow.created_at,
        SessionRow.last_seen_at,
        SessionRow.ended_at,
        SessionRow.idle_seconds,
        SessionRow.absolute_seconds,
        SessionRow.assurance,
        SessionRow.proved_at,
        PersonRow.id,
        PersonRow.tenant_id,
        PersonRow.roles,
        PersonRow.disabled_at,
        TenantRow.apis,
    )
    .join(SessionRow, SessionRow.id == TurnRow.session_id)
    .outerjoin(PersonRow, PersonRow.id == SessionRow.person_id)
    .outerjoin(TenantRow, TenantRow.id == PersonRow.tenant_id)
)


class SqlGuardStore:
    """Implements `security.ports.GuardStore` for one SQLAlchemy session."""

    def __init__(self, session: Session, vault: Vault, keys: KeyRing, life: timedelta) -> None:
        self._session = session
        self._vault = vault
        self._keys = keys
        self._life = life

    def take_ticket(self, ticket_hash: str, now: datetime) -> Case | None:
        """Count one operation of an open turn, in one statement, so that no two count as one."""
        taken = self._session.execute(
            update(TurnRow)
            .where(
                TurnRow.ticket_hash == ticket_hash,
                TurnRow.closed_at.is_(None),
                TurnRow.expires_at > now,
                TurnRow.operations_left > 0,
            )
            .values(operations_left=TurnRow.operations_left - 1)
            .returning(TurnRow.id)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if taken is None:
            return None
        return _case(self._session.execute(_CASE.where(TurnRow.id == taken)).one())

    def audit(self, event: AuditEvent, now: datetime) -> int:
        """Append to the trail in this transaction."""
        return audit_log.append(self._session, event, now)

    def keep_pending(
        self,
        case: Case,
        operation: Operation,
        arguments: Mapping[str, Any],
        action: str,
        reason: str,
        now: datetime,
    ) -> None:
        """Store a read until the person has proved more; only the last read waits."""
        displace_reads(self._session, case.conversation_id)
        pending_id = secrets.token_urlsafe(16)
        plain = canonical(operation.name, arguments)
        tenant = case.person.tenant if case.person else None
        row = PendingRow(
            id=pending_id,
            conversation_id=case.conversation_id,
            session_id=case.session_id,
            turn_id=case.turn_id,
            kind="read",
            operation=operation.name,
            action=action,
            digest=self._keys.arguments_digest(plain),
            arguments_sealed=self._vault.seal(plain, _place("arguments", pending_id, tenant)),
            reason=reason,
            state=State.WAITING,
            created_at=now,
            expires_at=now + self._life,
            tenant_id=tenant,
            person_id=case.person.id if case.person else None,
        )
        self._session.add(row)
        self._session.flush()
        stored = AuditEvent(
            tag=Tag.PENDING_STORED,
            tenant=tenant,
            session=case.session_id,
            turn=case.turn_id,
            operation=operation.name,
            arguments=row.digest,
            reason=reason,
        )
        self.audit(stored, now)

    def claim_pending(self, case: Case, now: datetime) -> Waiting | None:
        """Consume the released operation by one compare-and-set.

        It must be this conversation's, released for this session and this person, unexpired,
        and its digest must still be that of its arguments. One that was done but never
        delivered is given out again, with its stored result.
        """
        if case.person is None:
            return None
        row = self._session.scalars(
            select(PendingRow)
            .where(
                PendingRow.conversation_id == case.conversation_id,
                PendingRow.session_id == case.session_id,
                PendingRow.person_id == case.person.id,
                PendingRow.state.in_((State.APPROVED, State.DONE)),
                PendingRow.expires_at > now,
            )
            .order_by(PendingRow.created_at.desc())
            .limit(1)
        ).one_or_none()
        if row is None:
            return None
        plain = self._open(row, "arguments", row.arguments_sealed)
        operation, arguments = orjson.loads(plain)
        if self._keys.arguments_digest(plain) != row.digest or operation != row.operation:
            return None
        if row.state == State.DONE:
            return self._redeliver(row, arguments)
        if not move(self._session, row.id, State.APPROVED, State.EXECUTING):
            return None
        return Waiting(row.id, operation, arguments, row.action)

    def settle_pending(
        self, waiting: Waiting, case: Case, result: Any, failed: bool, now: datetime
    ) -> None:
        """End the execution; a result is kept, sealed, until its turn is closed."""
        target = State.FAILED if failed else State.DONE
        if not move(self._session, waiting.id, State.EXECUTING, target):
            raise RuntimeError("a pending operation moved under the guard")
        if failed:
            return
        tenant = case.person.tenant if case.person else None
        sealed = self._vault.seal(orjson.dumps(result), _place("result", waiting.id, tenant))
        self._session.execute(
            update(PendingRow).where(PendingRow.id == waiting.id).values(result_sealed=sealed)
        )

    def _redeliver(self, row: PendingRow, arguments: Mapping[str, Any]) -> Waiting | None:
        if row.result_sealed is None:
            return None
        place = _place("result", row.id, row.tenant_id)
        result = orjson.loads(self._vault.open(row.result_sealed, place))
        return Waiting(row.id, row.operation, arguments, row.action, result, True)

    def _open(self, row: PendingRow, column: str, sealed: bytes) -> bytes:
        return self._vault.open(sealed, _place(column, row.id, row.tenant_id))


def _place(column: str, row: str, tenant: str | None) -> Place:
    # Arguments may be sealed before the person, and so the tenant, is known.
    return Place("pending_operations", column, row, tenant if column == "result" else None)


def _case(row: Any) -> Case:
    person_id = row[11]
    person = None
    if person_id is not None:
        person = Person(person_id, row[12], tuple(row[13]), row[14] is not None)
    return Case(
        turn_id=row[0],
        resume=row[1],
        conversation_id=row[2],
        session_id=row[3],
        session=SessionState(row[4], row[5], row[6], Limits(row[7], row[8])),
        assurance=row[9],
        proved_at=row[10],
        person=person,
        tenant_apis=frozenset(row[15] or ()),
    )
