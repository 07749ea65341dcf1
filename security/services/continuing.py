"""Going on at the page with what was asked for by text, or inside another site.

The answer there carries a link. Its token stands for the operation that waits, with its exact
arguments, for that person, until it expires with it; only its hash is kept. On the page the person
signs in as always, sees what was asked for, and takes it over, once: then the guard runs in full
in their own conversation, and the answer is shown there.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from security.adapters import audit_log, pending_store
from security.adapters.pending_seals import PendingSeals
from security.adapters.session_names import name_in, name_of
from security.adapters.spoken import words_along
from security.adapters.tables import PendingRow, SessionRow
from security.adapters.tenancy import across_tenants
from security.audit.pending import voided
from security.audit.record import AuditEvent, Tag
from security.continued import Continued
from security.core import Core
from security.embedding import CHANNEL as FRAME
from security.embedding import FULL_PAGE
from security.errors import Refused
from security.model import Message
from security.onward import address, new_token
from security.operations.manifest import Operation
from security.pending import CONTINUED, State, canonical, is_open
from security.services.holder import held_session, record
from security.sessions import hash_of
from security.unlocking import CHANNEL as TEXT
from security.waiting import PAGE


def link_for_text(core: Core, store: Session, turn_id: str, now: datetime) -> str | None:
    """Return the link at which what a turn by text left waiting goes on; None where none is needed.

    What a code can open here was asked for with a challenge, and needs no link.
    """
    row = _left(store, turn_id, TEXT)
    if row is None or row.tenant_id is None:
        return None
    return address(core.settings.public_url, row.tenant_id, _new_link(core, store, row, now))


def attach_onward(
    core: Core, connection: Connection, turn_id: str, messages: list[Message], now: datetime
) -> list[Message]:
    """Put the token of the link on what a frame is told to open the page for.

    Only this answer has it: neither rasa nor the actions see it, and no transcript keeps it.
    """
    leads = [at for at, message in enumerate(messages) if message.refused == FULL_PAGE]
    if not leads:
        return messages
    with Session(connection) as store:
        row = _left(store, turn_id, FRAME)
        if row is None:
            return messages
        onward = {"onward": _new_link(core, store, row, now)}
        store.flush()
    return [
        message.model_copy(update=onward) if at == leads[-1] else message
        for at, message in enumerate(messages)
    ]


def _left(store: Session, turn_id: str, channel: str) -> PendingRow | None:
    """Return what a turn of this channel left waiting for its person, and asked no proof for."""
    waits = (
        select(PendingRow)
        .join(SessionRow, SessionRow.id == PendingRow.session_id)
        .where(
            PendingRow.turn_id == turn_id,
            PendingRow.state == State.WAITING,
            PendingRow.person_id.is_not(None),
            SessionRow.channel == channel,
        )
    )
    row = store.scalars(waits.order_by(PendingRow.created_at.desc()).limit(1)).one_or_none()
    return row if row is not None and row.challenge_id is None else None


def _new_link(core: Core, store: Session, row: PendingRow, now: datetime) -> str:
    """Return a new token for what waits; one that was given out before is worth nothing now."""
    token = new_token()
    row.continue_hash = hash_of(token)
    store.flush()
    _record(core, store, Tag.LINK_LEFT, row, row.session_id, now)
    return token


class Continuing:
    """What the page may do with such a link, for whoever is signed in there."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._seals = PendingSeals(core.vault, core.keys)

    async def look(self, session_id: str, csrf_token: str, token: str) -> Continued:
        """Tell in words what was asked for, and where; the link stays as good as it was.

        Raises `Refused`: `authentication_required`, whatever the link; `link_expired` for every
        link that is not good, or not this person's.
        """

        def work(store: Session) -> Continued:
            now = self._core.clock()
            _, row, operation, arguments, _ = self._found(store, session_id, csrf_token, token, now)
            where = store.get_one(SessionRow, row.session_id).channel
            return Continued(
                asked_by="text" if where == TEXT else "site",
                asked=operation.in_words(arguments),
                words=words_along(store.connection(), row),
                changes=operation.is_write,
                expires_in=int((row.expires_at - now).total_seconds()),
            )

        return await self._core.database.run(work)

    async def take(self, session_id: str, csrf_token: str, token: str) -> None:
        """Take over what was asked for, once; a turn that resumes runs it from there.

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
        with across_tenants(store, "a link that is not theirs is told on the trail"):
            row = store.scalars(query.with_for_update()).one_or_none()
        if row is None:
            raise self._refused(store, session, "unknown", now)
        if (row.tenant_id, row.person_id) != (session.tenant_id, person.id):
            raise self._refused(store, session, "not_theirs", now)
        if session.channel != PAGE:
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
            name = name_of(self._core.keys, session.tenant_id, session)
            event = voided(old, name, CONTINUED, session.tenant_id, person)
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
                arguments_sealed=plain,
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
        session=name_in(store, core.keys, row.tenant_id, session_id),
        turn=row.turn_id,
        operation=row.operation,
        arguments=row.digest,
    )
    audit_log.append(store.connection(), event, now)
