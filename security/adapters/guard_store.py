"""The guard's transaction on the security database: prepared statements, no mapped rows."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from security.adapters import audit_log, case_store, pending_store, turn_store, write_store
from security.adapters.pending_seals import PendingSeals, approval_of
from security.adapters.spoken import words_along
from security.adapters.tables import PendingRow, UtcTime
from security.adapters.telling_store import SqlTelling
from security.adapters.ways import Ways
from security.audit.naming import session_name
from security.audit.pending import voided
from security.audit.record import AuditEvent, SessionName, Tag
from security.model import Method
from security.operations.confirmation import Limit
from security.operations.manifest import Operation
from security.pending import CONTINUED, State, canonical
from security.ports import Case, Earlier, Person, Waiting
from security.vault.keys import KeyRing
from security.vault.vault import Vault

NOT_APPROVED = "not_approved"
"""In the place of the reason why something waits: this did not have to."""

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
    # What a proof has just released goes before what was done and is not yet told.
    .order_by((_pending.state == State.APPROVED).desc(), _pending.created_at.desc())
    .limit(1)
)


class SqlGuardStore(SqlTelling):
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
        self._seals = PendingSeals(vault, keys)
        self._keys = keys
        self._life = life
        self._ways = ways

    def take_ticket(self, ticket_hash: str, now: datetime) -> Case | None:
        """Count one operation of an open turn and return what is known of it."""
        return case_store.take(self._connection, ticket_hash, now)

    def case_of_ticket(self, ticket_hash: str) -> Case | None:
        """Return what is known of the turn of a ticket, however it ended."""
        return case_store.of_ticket(self._connection, ticket_hash)

    def audit(self, event: AuditEvent, now: datetime) -> str:
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
        purpose: str | None = None,
    ) -> None:
        """Store a read or a write until the person has proved more, or approved it."""
        kind = "write" if operation.is_write else "read"
        plain = canonical(operation.name, arguments, purpose)
        digest = self._keys.arguments_digest(plain)
        replaced = self._displace(case, kind, now)
        self._insert(
            case,
            secrets.token_urlsafe(16),
            plain,
            now,
            kind=kind,
            operation=operation.name,
            action=action,
            digest=digest,
            reason=reason,
            state=State.WAITING,
            # Told only of another write: the same one is simply asked for again.
            replaces=_other(replaced, digest) if kind == "write" else None,
        )
        said: dict[str, Any] = {"operation": operation.name, "arguments": digest, "reason": reason}
        where: dict[str, Any] = {"session": self._where(case), "turn": case.turn_id}
        self.audit(AuditEvent(Tag.PENDING_STORED, case.tenant, **where, **said), now)

    def earlier_write(self, case: Case, digest: str, now: datetime) -> Earlier | None:
        """Return what became of this very write before. See `security.ports.GuardStore`."""
        row = write_store.same_write(
            self._connection,
            person_id=case.person.id if case.person else None,
            digest=digest,
            turn_id=case.turn_id,
            conversation=case.conversation_id,
        )
        if row is None or (row.state == State.DONE and now >= row.expires_at):
            return None
        if row.state != State.DONE:
            return Earlier(State(row.state), row.reason)
        return Earlier(State.DONE, waiting=self._redelivered(row, case))

    def begin_write(
        self,
        case: Case,
        operation: Operation,
        arguments: Mapping[str, Any],
        action: str,
        now: datetime,
        purpose: str | None = None,
    ) -> Waiting:
        """Store a write as being executed. See `security.ports.GuardStore`."""
        plain = canonical(operation.name, arguments, purpose)
        digest = self._keys.arguments_digest(plain)
        same = write_store.displace_same(self._connection, case.conversation_id, digest)
        self._voided(case, same, now, "displaced")
        key = self._keys.idempotency_key(case.turn_id, digest)
        self._insert(
            case,
            key,
            plain,
            now,
            kind="write",
            operation=operation.name,
            action=action,
            digest=digest,
            reason=NOT_APPROVED,
            state=State.EXECUTING,
            resumed_by=case.turn_id,
        )
        return Waiting(key, operation.name, arguments, action, purpose=purpose)

    def _insert(self, case: Case, row_id: str, plain: bytes, now: datetime, **values: Any) -> None:
        row = {
            "id": row_id,
            "conversation_id": case.conversation_id,
            "session_id": case.session_id,
            "turn_id": case.turn_id,
            "created_at": now,
            "expires_at": now + self._life,
            "tenant_id": case.tenant,
            "person_id": case.person.id if case.person else None,
            "resumed_by": None,
            "replaces": None,
            **values,
        }
        row["arguments_sealed"] = self._seals.arguments(row, plain)
        self._connection.execute(PendingRow.__table__.insert(), row)  # type: ignore[attr-defined]

    def sms_limit_left(self, case: Case, now: datetime, but: str | None) -> Limit:
        """Return what is left of the limit."""
        return self._ways.limit_left(self._connection, case, now, but)

    def person_named(self, tenant: str, words: str) -> Person | None:
        """See `security.ports.GuardStore`."""
        return case_store.person_named(self._connection, self._keys, tenant, words)

    def mark_sensitive(self, case: Case) -> None:
        """See `security.ports.GuardStore`."""
        turn_store.mark_sensitive(self._connection, case.turn_id)

    def can_prove(self, case: Case, methods: Sequence[Method]) -> bool:
        """Tell whether the person has one of these methods, and it can be used."""
        if case.person is None:
            return False
        with Session(self._connection) as store:
            return bool(self._ways.usable(store, case.person.id, methods))

    def is_in_doubt(self, case: Case, digest: str | None = None) -> bool:
        """Tell whether this very write, or any of this conversation, may have been done."""
        if digest is None or case.person is None:
            return pending_store.doubtful(self._connection, case.conversation_id)
        return pending_store.in_doubt(self._connection, case.person.id, digest, case.turn_id)

    def cancel_pending(self, case: Case, now: datetime) -> bool:
        """Void the write that waits in this conversation, with its challenge; tell if one did."""
        return self._displace(case, "write", now, "cancelled") is not None

    def _displace(self, case: Case, kind: str, now: datetime, reason: str = "displaced") -> Any:
        """Void what waits of this kind; return the row of the last one, or None."""
        rows = pending_store.displace(self._connection, case.conversation_id, kind)
        self._voided(case, rows, now, reason, challenges=kind == "write")
        return rows[-1] if rows else None

    def _voided(
        self, case: Case, rows: list[Any], now: datetime, reason: str, challenges: bool = True
    ) -> None:
        for row in rows:
            if challenges and row.challenge_id is not None:
                pending_store.void_challenge(self._connection, row.challenge_id)
            self.audit(voided(row, self._where(case), reason, case.tenant), now)

    def _where(self, case: Case) -> SessionName:
        return session_name(self._keys, case.tenant, case.session_id, case.channel)

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
        if row.state == State.DONE:
            return self._redelivered(row, case)
        asked = self._seals.asked(row)
        if asked is None:
            return None
        arguments, purpose = asked
        if not pending_store.move(
            self._connection, row.id, State.APPROVED, State.EXECUTING, resumed_by=case.turn_id
        ):
            return None
        words = self._words(row)
        asked_for = (row.id, row.operation, arguments, row.action, approval_of(row))
        return Waiting(*asked_for, purpose=purpose, words=words)

    def settle_pending(
        self,
        waiting: Waiting,
        person: Person | None,
        to: State,
        result: Any,
        now: datetime,
        code: str | None = None,
    ) -> None:
        """End the execution; a result is kept, sealed, until its turn is closed.

        How a write ended is told in the next turn, unless this one delivers it.
        """
        row = pending_store.find(self._connection, waiting.id)
        if row is None:
            raise RuntimeError("a pending operation vanished under the guard")
        ended = to in (State.DONE, State.FAILED)
        values: dict[str, Any] = {"tell": row.kind == "write" and ended}
        if to == State.DONE:
            values["result_sealed"] = self._seals.result(row, result)
        if code is not None:
            values["reason"] = code
        moved = pending_store.move(self._connection, row.id, State(row.state), to, **values)
        if not moved:
            raise RuntimeError("a pending operation moved under the guard")

    def _redelivered(self, row: Any, case: Case) -> Waiting | None:
        found = self._seals.done(row)
        if found is None:
            return None
        pending_store.given_to(self._connection, row.id, case.turn_id)
        return replace(found, words=self._words(row))

    def _words(self, row: Any) -> str | None:
        """Return what was said where a row was taken over from; None for one of this place."""
        if row.reason != CONTINUED:
            return None
        return words_along(self._connection, row)


def _other(row: Any, digest: str) -> str | None:
    return row.id if row is not None and not secrets.compare_digest(row.digest, digest) else None
