"""The guard's transaction on the security database: prepared statements, no mapped rows."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select

from security.adapters import audit_log, pending_store
from security.adapters.tables import (
    PendingRow,
    PersonRow,
    SessionRow,
    TenantRow,
    TurnRow,
    UtcTime,
)
from security.audit.record import AuditEvent, Tag
from security.operations.manifest import Operation
from security.pending import State, canonical
from security.ports import Case, Person, Waiting
from security.sessions import Limits, SessionState
from security.vault.envelope import Place, Vault
from security.vault.keys import KeyRing

_turns, _sessions = TurnRow.__table__.c, SessionRow.__table__.c
_people, _tenants = PersonRow.__table__.c, TenantRow.__table__.c
_pending = PendingRow.__table__.c

# One statement counts the operation, so that no two callers count as one.
_TAKE = (
    TurnRow.__table__.update()  # type: ignore[attr-defined]
    .where(
        _turns.ticket_hash == bindparam("ticket"),
        _turns.closed_at.is_(None),
        _turns.expires_at > bindparam("now", type_=UtcTime),
        _turns.operations_left > 0,
    )
    .values(operations_left=_turns.operations_left - 1)
    .returning(_turns.id)
)
_CASE = (
    select(
        _turns.id,
        _turns.resume,
        _turns.conversation_id,
        _sessions.id.label("session_id"),
        _sessions.created_at,
        _sessions.last_seen_at,
        _sessions.ended_at,
        _sessions.idle_seconds,
        _sessions.absolute_seconds,
        _sessions.assurance,
        _sessions.proved_at,
        _people.id.label("person_id"),
        _people.tenant_id,
        _people.roles,
        _people.disabled_at,
        _tenants.apis,
    )
    .select_from(TurnRow.__table__)
    .join(SessionRow.__table__, _sessions.id == _turns.session_id)
    .outerjoin(PersonRow.__table__, _people.id == _sessions.person_id)
    .outerjoin(TenantRow.__table__, _tenants.id == _people.tenant_id)
    .where(_turns.id == bindparam("turn"))
)
_RELEASED = (
    select(PendingRow.__table__)
    .where(
        _pending.conversation_id == bindparam("conversation"),
        _pending.session_id == bindparam("session"),
        _pending.person_id == bindparam("person"),
        _pending.state.in_((State.APPROVED, State.DONE)),
        _pending.expires_at > bindparam("now", type_=UtcTime),
    )
    .order_by(_pending.created_at.desc())
    .limit(1)
)


class SqlGuardStore:
    """Implements `security.ports.GuardStore` for one database transaction."""

    def __init__(
        self, connection: Connection, vault: Vault, keys: KeyRing, life: timedelta
    ) -> None:
        self._connection = connection
        self._vault = vault
        self._keys = keys
        self._life = life

    def take_ticket(self, ticket_hash: str, now: datetime) -> Case | None:
        """Count one operation of an open turn and return what is known of it."""
        taken = self._connection.execute(_TAKE, {"ticket": ticket_hash, "now": now})
        turn_id = taken.scalar_one_or_none()
        if turn_id is None:
            return None
        return _case(self._connection.execute(_CASE, {"turn": turn_id}).one())

    def audit(self, event: AuditEvent, now: datetime) -> int:
        """Append to the trail in this transaction."""
        return audit_log.append(self._connection, event, now)

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
        tenant = case.person.tenant if case.person else None
        self._displace(case, now)
        pending_id = secrets.token_urlsafe(16)
        plain = canonical(operation.name, arguments)
        digest = self._keys.arguments_digest(plain)
        values = {
            "id": pending_id,
            "conversation_id": case.conversation_id,
            "session_id": case.session_id,
            "turn_id": case.turn_id,
            "kind": "read",
            "operation": operation.name,
            "action": action,
            "digest": digest,
            "arguments_sealed": self._vault.seal(plain, _arguments_place(pending_id)),
            "reason": reason,
            "state": State.WAITING,
            "created_at": now,
            "expires_at": now + self._life,
            "tenant_id": tenant,
            "person_id": case.person.id if case.person else None,
        }
        self._connection.execute(PendingRow.__table__.insert(), values)  # type: ignore[attr-defined]
        stored = AuditEvent(
            tag=Tag.PENDING_STORED,
            tenant=tenant,
            session=case.session_id,
            turn=case.turn_id,
            operation=operation.name,
            arguments=digest,
            reason=reason,
        )
        self.audit(stored, now)

    def _displace(self, case: Case, now: datetime) -> None:
        for row in pending_store.displace_reads(self._connection, case.conversation_id):
            voided = AuditEvent(
                tag=Tag.PENDING_VOIDED,
                tenant=case.person.tenant if case.person else None,
                session=case.session_id,
                turn=row.turn_id,
                operation=row.operation,
                arguments=row.digest,
                reason="displaced",
            )
            self.audit(voided, now)

    def claim_pending(self, case: Case, now: datetime) -> Waiting | None:
        """Consume the released operation by one compare-and-set.

        It must be this conversation's, released for this session and this person, unexpired,
        and its digest must still be that of its arguments. One that was done but never
        delivered is given out again, with its stored result.
        """
        if case.person is None:
            return None
        wanted = {
            "conversation": case.conversation_id,
            "session": case.session_id,
            "person": case.person.id,
            "now": now,
        }
        row = self._connection.execute(_RELEASED, wanted).one_or_none()
        if row is None:
            return None
        plain = self._vault.open(row.arguments_sealed, _arguments_place(row.id))
        operation, arguments = orjson.loads(plain)
        if self._keys.arguments_digest(plain) != row.digest or operation != row.operation:
            return None
        if row.state == State.DONE:
            return self._redeliver(row, arguments)
        if not pending_store.move(self._connection, row.id, State.APPROVED, State.EXECUTING):
            return None
        return Waiting(row.id, operation, arguments, row.action)

    def settle_pending(
        self, waiting: Waiting, case: Case, result: Any, failed: bool, now: datetime
    ) -> None:
        """End the execution; a result is kept, sealed, until its turn is closed."""
        values = {}
        if not failed:
            tenant = case.person.tenant if case.person else None
            place = _result_place(waiting.id, tenant)
            values["result_sealed"] = self._vault.seal(orjson.dumps(result), place)
        target = State.FAILED if failed else State.DONE
        moved = pending_store.move(self._connection, waiting.id, State.EXECUTING, target, **values)
        if not moved:
            raise RuntimeError("a pending operation moved under the guard")

    def _redeliver(self, row: Any, arguments: Mapping[str, Any]) -> Waiting | None:
        if row.result_sealed is None:
            return None
        sealed_at = _result_place(row.id, row.tenant_id)
        result = orjson.loads(self._vault.open(row.result_sealed, sealed_at))
        return Waiting(row.id, row.operation, arguments, row.action, result, True)


def _arguments_place(row: str) -> Place:
    """Arguments may be sealed before the person, and so the tenant, is known."""
    return Place("pending_operations", "arguments", row, None)


def _result_place(row: str, tenant: str | None) -> Place:
    return Place("pending_operations", "result", row, tenant)


def _case(row: Any) -> Case:
    person = None
    if row.person_id is not None:
        disabled = row.disabled_at is not None
        person = Person(row.person_id, row.tenant_id, tuple(row.roles), disabled)
    limits = Limits(row.idle_seconds, row.absolute_seconds)
    return Case(
        turn_id=row.id,
        resume=row.resume,
        conversation_id=row.conversation_id,
        session_id=row.session_id,
        session=SessionState(row.created_at, row.last_seen_at, row.ended_at, limits),
        assurance=row.assurance,
        proved_at=row.proved_at,
        person=person,
        tenant_apis=frozenset(row.apis or ()),
    )
