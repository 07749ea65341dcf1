"""A conversation by SMS between a tenant and one number, and the session that its words go to."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.sms_tables import SmsReceivedRow, SmsThreadRow
from security.adapters.tables import AuthenticatorRow, PersonRow, SessionRow, TenantRow, TurnRow
from security.audit.naming import session_name
from security.audit.record import AuditEvent, SessionName, Tag
from security.challenges.codes import masked
from security.core import Core
from security.services.ending import end_session, void_all
from security.services.factors import secret_of
from security.services.messages import destination_hash
from security.services.session_rows import record, state_of
from security.services.sessions import new_conversation
from security.sessions import hash_of, is_live, new_session_id
from security.unlocking import CHANNEL

WRONG_CODES_A_DAY = 5
GUESSING_DAY = timedelta(days=1)
"""A number can be forged, so its wrong codes do not pause the person's factor: they are few."""


class Thread:
    """One row of `sms_threads` in one transaction."""

    def __init__(self, core: Core, store: Session, row: SmsThreadRow) -> None:
        self._core = core
        self._store = store
        self.row = row

    def number(self) -> str:
        """Return the number that this thread is with, E.164."""
        return self.row.number_sealed.decode()

    def arrived(self, message_hash: str, now: datetime) -> bool:
        """Note that a message arrived; False where its id was here before (a replay)."""
        new = SmsReceivedRow(message_hash=message_hash, thread_id=self.row.id, at=now)
        try:
            with self._store.begin_nested():
                self._store.add(new)
        except IntegrityError:
            return False
        return True

    def since(self, moment: datetime) -> int:
        """Return how many messages of this number have arrived after a moment."""
        query = select(func.count()).where(
            SmsReceivedRow.thread_id == self.row.id, SmsReceivedRow.at > moment
        )
        return self._store.scalars(query).one()

    def session(self, person: PersonRow, now: datetime) -> SessionRow:
        """Return the live session of this person here, at aal1: a number can be forged.

        Its id is known to nobody, so no browser can present it. Where the last one is over, or
        was somebody else's, a new one begins, with a conversation of its own.
        """
        last = self._store.get(SessionRow, self.row.session_id) if self.row.session_id else None
        if last is not None and last.person_id == person.id and is_live(state_of(last), now):
            return last
        if last is not None and last.ended_at is None:
            end_session(self._core, self._store, last, now)
        session = self._new_session(person, now)
        self._store.add(session)
        self._store.flush()
        self.row.person_id, self.row.session_id = person.id, session.id
        self.keep("")
        record(self._core, self._store, Tag.SMS_SESSION, session, now)
        return session

    def keep(self, rest: str) -> None:
        """Keep what of the last answer has not been sent; MORE gives it."""
        self.row.rest_sealed = rest.encode() if rest else None

    def fall_silent(self, now: datetime) -> None:
        """Leave nothing to go on with: no rest, no question, no link."""
        self.keep("")
        session = self._store.get(SessionRow, self.row.session_id) if self.row.session_id else None
        if session is not None:
            void_all(self._core, self._store, session, now)

    def rest(self) -> str:
        """Return what of the last answer has not been sent."""
        rest = self.row.rest_sealed
        return rest.decode() if rest else ""

    def may_guess(self, now: datetime) -> bool:
        """Tell whether codes are still taken here: five wrong ones, and not for a day."""
        since = self.row.wrong_since
        if since is None or now - since >= GUESSING_DAY:
            self.row.wrong_codes, self.row.wrong_since = 0, None
        return self.row.wrong_codes < WRONG_CODES_A_DAY

    def guessed_wrong(self, now: datetime) -> None:
        """Count a wrong code."""
        self.row.wrong_codes += 1
        self.row.wrong_since = self.row.wrong_since or now

    def note(self, tag: Tag, now: datetime, reason: str | None = None) -> None:
        """Put what happened on the trail: no number and no word of it."""
        person = self.row.person_id
        event = AuditEvent(
            tag=tag,
            tenant=self.row.tenant_id,
            person=self._core.keys.pseudonym(person) if person else None,
            session=self._session_name(),
            reason=reason,
        )
        audit_log.append(self._store.connection(), event, now)

    def _session_name(self) -> SessionName | None:
        keys, row = self._core.keys, self.row
        return (
            session_name(keys, row.tenant_id, row.session_id, CHANNEL) if row.session_id else None
        )

    def _new_session(self, person: PersonRow, now: datetime) -> SessionRow:
        core, tenant = self._core, self._store.get_one(TenantRow, self.row.tenant_id)
        return SessionRow(
            id=secrets.token_urlsafe(16),
            id_hash=hash_of(new_session_id()),
            conversation_id=new_conversation(core, self._store, tenant.id, person.id, now),
            csrf_seed=secrets.token_urlsafe(16),
            created_at=now,
            last_seen_at=now,
            idle_seconds=tenant.idle_seconds,
            absolute_seconds=core.settings.session_absolute_hours * 3_600,
            assurance="aal1",
            tenant_id=tenant.id,
            person_id=person.id,
            channel=CHANNEL,
            # That a text came from this number is all the proof that there is; it is worth aal1.
            proved_at=now,
            device=f"Text messages, {masked(self.number())}",
            signed_in_at=now,
        )


def between(core: Core, store: Session, tenant: str, number: str, now: datetime) -> Thread:
    """Return the thread between a tenant and a number that texts now, a new one where there is
    none: they never talked, or long ago.
    """
    number_hash = destination_hash(core, number)
    known = select(SmsThreadRow).where(
        SmsThreadRow.tenant_id == tenant, SmsThreadRow.number_hash == number_hash
    )
    row = store.scalars(known.with_for_update()).one_or_none()
    if row is None:
        row = SmsThreadRow(
            id=secrets.token_urlsafe(16),
            tenant_id=tenant,
            number_hash=number_hash,
            number_sealed=number.encode(),
            heard_at=now,
        )
        store.add(row)
        store.flush()
    row.heard_at = now
    return Thread(core, store, row)


def of_turn(core: Core, store: Session, turn_id: str) -> Thread | None:
    """Return the thread whose session a turn belongs to, None where a new one has begun there."""
    query = select(SmsThreadRow).join(TurnRow, TurnRow.session_id == SmsThreadRow.session_id)
    row = store.scalars(query.where(TurnRow.id == turn_id)).one_or_none()
    return Thread(core, store, row) if row is not None else None


def person_of(core: Core, store: Session, tenant: str, number: str) -> PersonRow | None:
    """Return whose number this is within a tenant; None where it is nobody's, or several people's.

    The keyed hash of a number is filled in when one is first looked for.
    """
    factors = select(AuthenticatorRow).where(
        AuthenticatorRow.tenant_id == tenant, AuthenticatorRow.method == CHANNEL
    )
    for factor in store.scalars(factors.where(AuthenticatorRow.number_hash.is_(None))).all():
        factor.number_hash = destination_hash(core, secret_of(factor))
    store.flush()
    mine = factors.where(AuthenticatorRow.number_hash == destination_hash(core, number))
    found = store.scalars(mine.limit(2)).all()
    if len(found) != 1:
        return None
    person = store.get(PersonRow, found[0].person_id)
    return person if person is not None and person.disabled_at is None else None
