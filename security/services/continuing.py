"""Going on at the page with what was asked for by text.

The answer of a text carries a link. Its token stands for the operation that waits, with its exact
arguments, for that person, until it expires with it; only its hash is kept. On the page the person
signs in as always, sees what was asked for, and takes it over, once: then the guard runs in full
in their own conversation, and the answer is shown there.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters import audit_log, pending_store
from security.adapters.pending_seals import PendingSeals
from security.adapters.tables import PendingRow, SessionRow
from security.audit.pending import voided
from security.audit.record import AuditEvent, Tag
from security.continued import Continued
from security.core import Core
from security.errors import Refused
from security.onward import address, new_token
from security.operations.manifest import Operation
from security.pending import State, canonical, is_open
from security.services.holder import held_session, record
from security.sessions import hash_of

CONTINUED = "continued"
"""Why an operation of the page's conversation is there, and why that of the text is not."""
_PAGE = "web"


def leave_link(core: Core, store: Session, turn_id: str, now: datetime) -> str | None:
    """Return the link at which what this turn left waiting goes on; None where none is needed.

    What a code can open here was asked for with a challenge, and needs no link.
    """
    waits = select(PendingRow).where(
        PendingRow.turn_id == turn_id,
        PendingRow.state == State.WAITING,
        PendingRow.person_id.is_not(None),
    )
    row = store.scalars(waits.order_by(PendingRow.created_at.desc()).limit(1)).one_or_none()
    if row is None or row.tenant_id is None or row.challenge_id is not None:
        return None
    token = new_token()
    row.continue_hash = hash_of(token)
    store.flush()
    _record(core, store, Tag.LINK_LEFT, row, row.session_id, now)
    return address(core.settings.public_url, row.tenant_id, token)


class Continuing:
    """What the page may do with such a link, for whoever is signed in there."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._seals = PendingSeals(core.vault, core.keys)

    async def look(self, session_id: str, csrf_token: str, token: str) -> Continued:
        """Tell in words what was asked for by text; the link stays as good as it was.

        Raises `Refused`: `authentication_required`, whatever the link; `link_expired` for every
        link that is not good, or not this person's.
        """

        def work(store: Session) -> Continued:
            now = self._core.clock()
            _, row, operation, arguments, _ = self._found(store, session_id, csrf_token, token, now)
            return Continued(
                asked=operation.in_words(arguments),
                changes=operation.is_write,
                expires_in=int((row.expires_at - now).total_seconds()),
            )

        return await self._core.database.run(work)

    async def take(self, session_id: str, csrf_token: str, token: str) -> None:
        """Take over what was asked for by text, once; a turn that resumes runs it from there.

        Raises `Refused` like `look`.
        """

        def work(store: Session) -> None:
            now = self._core.clock()
            session, row, operation, arguments, purpose = self._found(
                store, session_id, csrf_token, token, now
            )
            connection = store.connection()
            if not pending_store.move(
                connection, row.id, State.WAITING, State.VOID, continue_hash=None
            ):
                raise self._refused(store, session, "used", now)
            if row.challenge_id is not None:
                pending_store.void_challenge(connection, row.challenge_id)
            self._make_room(store, session, row.kind, now)
            self._put(store, session, row, canonical(operation.name, arguments, purpose), now)
            _record(self._core, store, Tag.LINK_TAKEN, row, session.id, now)

        await self._core.database.run(work)

    def _found(
        self, store: Session, session_id: str, csrf_token: str, token: str, now: datetime
    ) -> tuple[SessionRow, PendingRow, Operation, Any, str | None]:
        """Return the session, what waits, and what it asks for; or the one refusal."""
        session, person = held_session(self._core, store, session_id, csrf_token, now)
        if person is None:
            raise Refused("authentication_required")
        query = select(PendingRow).where(PendingRow.continue_hash == hash_of(token))
        row = store.scalars(query.with_for_update()).one_or_none()
        if row is None:
            raise self._refused(store, session, "unknown", now)
        if (row.tenant_id, row.person_id) != (session.tenant_id, person.id):
            raise self._refused(store, session, "not_theirs", now)
        if session.channel != _PAGE:
            raise self._refused(store, session, "not_the_page", now)
        if row.state != State.WAITING or not is_open(row.state, row.expires_at, now):
            raise self._refused(store, session, "not_open", now)
        operation, asked = self._core.operations.get(row.operation), self._seals.asked(row)
        if operation is None or asked is None:
            raise self._refused(store, session, "changed", now)
        arguments, purpose = asked
        return session, row, operation, arguments, purpose

    def _refused(self, store: Session, session: SessionRow, why: str, now: datetime) -> Refused:
        record(self._core, store, Tag.LINK_REFUSED, session, now, why)
        return Refused("link_expired")

    def _make_room(self, store: Session, session: SessionRow, kind: str, now: datetime) -> None:
        """Void what waits in the page's own conversation: one read and one write at most."""
        connection = store.connection()
        for old in pending_store.displace(connection, session.conversation_id, kind):
            if old.challenge_id is not None:
                pending_store.void_challenge(connection, old.challenge_id)
            person = self._core.keys.pseudonym(session.person_id) if session.person_id else None
            event = voided(old, session.id, CONTINUED, session.tenant_id, person)
            audit_log.append(connection, event, now)

    def _put(
        self, store: Session, session: SessionRow, row: PendingRow, plain: bytes, now: datetime
    ) -> None:
        """Let it be run in this session: released, but neither proved nor approved by anything."""
        new_id = secrets.token_urlsafe(16)
        store.add(
            PendingRow(
                id=new_id,
                conversation_id=session.conversation_id,
                session_id=session.id,
                turn_id=row.turn_id,
                kind=row.kind,
                operation=row.operation,
                action=row.action,
                digest=row.digest,
                arguments_sealed=self._seals.arguments(new_id, plain),
                reason=CONTINUED,
                state=State.APPROVED,
                created_at=now,
                expires_at=now + timedelta(seconds=self._core.settings.pending_seconds),
                tenant_id=row.tenant_id,
                person_id=row.person_id,
                approved_at=now,
            )
        )
        store.flush()


def _record(
    core: Core, store: Session, tag: Tag, row: PendingRow, session_id: str, now: datetime
) -> None:
    """Put on the trail what happened to a link: the operation, and no token."""
    event = AuditEvent(
        tag=tag,
        tenant=row.tenant_id,
        person=core.keys.pseudonym(row.person_id) if row.person_id else None,
        session=session_id,
        turn=row.turn_id,
        operation=row.operation,
        arguments=row.digest,
    )
    audit_log.append(store.connection(), event, now)
