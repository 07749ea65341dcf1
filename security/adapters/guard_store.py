"""The guard's transaction on the security database: prepared statements, no mapped rows."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from security.adapters import audit_log, case_store, pending_store
from security.adapters.tables import (
    PendingRow,
    UtcTime,
)
from security.audit.record import AuditEvent, Tag
from security.model import Method
from security.operations.manifest import Operation
from security.pending import State, canonical
from security.ports import Approval, Case, Person, Waiting
from security.vault.envelope import Place, Vault
from security.vault.keys import KeyRing

_pending = PendingRow.__table__.c

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


@dataclass(frozen=True)
class Ways:
    """What the guard needs of the services: which of some methods a person has and can use, and
    how something is told to them."""

    usable: Callable[[Session, str, Sequence[str]], Sequence[str]]
    tell: Callable[[Session, Person, str, datetime], None]


class SqlGuardStore:
    """Implements `security.ports.GuardStore` for one database transaction."""

    def __init__(
        self,
        connection: Connection,
        vault: Vault,
        keys: KeyRing,
        life: timedelta,
        ways: Ways,
    ) -> None:
        self._connection = connection
        self._vault = vault
        self._keys = keys
        self._life = life
        self._ways = ways

    def take_ticket(self, ticket_hash: str, now: datetime) -> Case | None:
        """Count one operation of an open turn and return what is known of it."""
        return case_store.take(self._connection, ticket_hash, now)

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
        """Store a read or a write until the person has proved more, or approved it."""
        tenant = case.person.tenant if case.person else None
        kind = "read" if operation.confirmation is None else "write"
        plain = canonical(operation.name, arguments)
        digest = self._keys.arguments_digest(plain)
        replaced = self._displace(case, kind, now)
        pending_id = secrets.token_urlsafe(16)
        values = {
            "id": pending_id,
            "conversation_id": case.conversation_id,
            "session_id": case.session_id,
            "turn_id": case.turn_id,
            "kind": kind,
            "operation": operation.name,
            "action": action,
            "digest": digest,
            "arguments_sealed": self._vault.seal(plain, arguments_place(pending_id)),
            "reason": reason,
            "state": State.WAITING,
            "created_at": now,
            "expires_at": now + self._life,
            "tenant_id": tenant,
            "person_id": case.person.id if case.person else None,
            # Told only of another write: the same one is simply asked for again.
            "replaces": _other(replaced, digest) if kind == "write" else None,
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

    def can_prove(self, case: Case, methods: Sequence[Method]) -> bool:
        """Tell whether the person has one of these methods, and it can be used."""
        if case.person is None:
            return False
        with Session(self._connection) as store:
            return bool(self._ways.usable(store, case.person.id, methods))

    def is_in_doubt(self, case: Case, digest: str | None = None) -> bool:
        """Tell whether nobody knows if a write was done: this very one, or any of this
        conversation."""
        if digest is None or case.person is None:
            return pending_store.doubtful(self._connection, case.conversation_id)
        return pending_store.in_doubt(self._connection, case.person.id, digest, case.turn_id)

    def cancel_pending(self, case: Case, now: datetime) -> bool:
        """Void the write that waits in this conversation, with its challenge; tell if one did."""
        return self._displace(case, "write", now, "cancelled") is not None

    def _displace(self, case: Case, kind: str, now: datetime, reason: str = "displaced") -> Any:
        """Void what waits of this kind; return the row of the last one, or None."""
        last = None
        for row in pending_store.displace(self._connection, case.conversation_id, kind):
            last = row
            if kind == "write" and row.challenge_id is not None:
                pending_store.void_challenge(self._connection, row.challenge_id)
            voided = AuditEvent(
                tag=Tag.PENDING_VOIDED,
                tenant=case.person.tenant if case.person else None,
                session=case.session_id,
                turn=row.turn_id,
                operation=row.operation,
                arguments=row.digest,
                reason=reason,
            )
            self.audit(voided, now)
        return last

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
        plain = self._vault.open(row.arguments_sealed, arguments_place(row.id))
        operation, arguments = orjson.loads(plain)
        if self._keys.arguments_digest(plain) != row.digest or operation != row.operation:
            return None
        if row.state == State.DONE:
            return self._redeliver(row, arguments, case.turn_id)
        if not pending_store.move(
            self._connection, row.id, State.APPROVED, State.EXECUTING, resumed_by=case.turn_id
        ):
            return None
        return Waiting(row.id, operation, arguments, row.action, _approval(row))

    def tell(self, person: Person, what: str, now: datetime) -> None:
        """Tell the person by another channel what was done in their name."""
        with Session(self._connection) as store:
            self._ways.tell(store, person, what, now)
            store.flush()

    def settle_pending(
        self, waiting: Waiting, person: Person | None, to: State, result: Any, now: datetime
    ) -> None:
        """End the execution; a result is kept, sealed, until its turn is closed.

        A write that was done is told in the next turn, unless its receipt was delivered.
        """
        row = pending_store.find(self._connection, waiting.id)
        if row is None:
            raise RuntimeError("a pending operation vanished under the guard")
        values: dict[str, Any] = {}
        if to == State.DONE:
            place = _result_place(waiting.id, person.tenant if person else None)
            values["result_sealed"] = self._vault.seal(orjson.dumps(result), place)
            values["tell"] = row.kind == "write"
        elif row.state == State.IN_DOUBT:
            values["tell"] = True
        moved = pending_store.move(self._connection, row.id, State(row.state), to, **values)
        if not moved:
            raise RuntimeError("a pending operation moved under the guard")

    def _redeliver(self, row: Any, arguments: Mapping[str, Any], turn_id: str) -> Waiting | None:
        if row.result_sealed is None:
            return None
        sealed_at = _result_place(row.id, row.tenant_id)
        result = orjson.loads(self._vault.open(row.result_sealed, sealed_at))
        pending_store.given_to(self._connection, row.id, turn_id)
        return Waiting(row.id, row.operation, arguments, row.action, _approval(row), result, True)


def _other(row: Any, digest: str) -> str | None:
    return row.id if row is not None and row.digest != digest else None


def arguments_place(row: str) -> Place:
    """Arguments may be sealed before the person, and so the tenant, is known."""
    return Place("pending_operations", "arguments", row, None)


def _result_place(row: str, tenant: str | None) -> Place:
    return Place("pending_operations", "result", row, tenant)


def _approval(row: Any) -> Approval | None:
    if row.method is None or row.approved_at is None:
        return None
    return Approval(row.digest, row.method, row.approved_at)
