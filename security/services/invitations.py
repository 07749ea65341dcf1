"""Invitations: a link by which somebody whom an administrator added sets their own password.

It signs nobody in and proves nothing else: who has set a password enrols at the next sign-in.
Only the hash of its token is kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.admin_tables import InvitationRow
from security.adapters.prepared import compare_and_set
from security.adapters.tables import PersonRow, TenantRow
from security.adapters.tenancy import across_tenants, bind_tenant
from security.administration_model import InvitationUsed
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.enrolment import NEWCOMER
from security.errors import Refused
from security.services import messages, user_letters
from security.services.ending import end_sessions_of, hold
from security.services.letters import Letter
from security.services.new_passwords import NewPasswords, known_of
from security.services.telling import tell
from security.sessions import hash_of
from security.vault.envelope import Place

OPEN, USED, VOID = "open", "used", "void"
GOOD_FOR = timedelta(days=3)

Channel = Literal["sms", "email"]


class Invitations:
    """What somebody may do with such a link; it needs no session."""

    def __init__(self, core: Core, hashing: Executor, allow: Callable[[str, str], bool]) -> None:
        self._core = core
        self._passwords = NewPasswords(core, hashing)
        self._allow = allow

    async def finish(self, token: str, password: str, address: str) -> InvitationUsed:
        """Set the first password, once.

        Raises `Refused`: `expired` for any link that does not work, `weak_password` with
        `suggestions`, `rate_limited`.
        """

        def look(store: Session) -> list[str]:
            _, person = self._find(store, token, self._core.clock())
            if not self._allow(f"invitation\x00{person.id}", address):
                raise self._refused(store, "rate_limited", person)
            return known_of(self._core, store, person)

        known = await self._core.database.run(look)
        advice = await self._passwords.weakness(password, known)
        hashed = await self._passwords.hash(password) if advice is None else ""

        def work(store: Session) -> InvitationUsed:
            now = self._core.clock()
            row, person = self._find(store, token, now)
            if advice is not None:
                raise self._refused(store, "weak_password", person, suggestions=advice)
            if not compare_and_set(store, row, {"state": OPEN}, {"state": USED}):
                raise self._refused(store, "expired", person)
            return self._accept(store, person, hashed, now)

        return await self._core.database.run(work)

    def _accept(
        self, store: Session, person: PersonRow, hashed: str, now: datetime
    ) -> InvitationUsed:
        record(self._core, store, Tag.INVITATION_USED, person, now)
        tenant = store.get_one(TenantRow, person.tenant_id)
        tell(self._core, store, person, user_letters.invited_notice(tenant.name), now)
        end_sessions_of(self._core, store, person, now, Tag.SESSION_REVOKED, "invited")
        person.password_hash, person.password_changed_at = hashed, now
        person.may_enrol_until = now + NEWCOMER
        return InvitationUsed(tenant=tenant.id, name=tenant.name, username=person.username)

    def _find(self, store: Session, token: str, now: datetime) -> tuple[InvitationRow, PersonRow]:
        """Return the invitation that this link belongs to, locked. Raises `expired`."""
        query = select(InvitationRow).where(InvitationRow.token_hash == hash_of(token))
        with across_tenants(store, "an invitation is found by what its link carries"):
            row = store.scalars(query).one_or_none()
        bind_tenant(store, row.tenant_id if row is not None else None)
        person = hold(store, row.person_id) if row is not None else None
        if row is None or person is None:
            raise self._refused(store, "expired", None)
        store.refresh(row, with_for_update=True)
        over = row.state != OPEN or now >= row.expires_at or not awaits(row, person)
        if over or person.disabled_at is not None:
            raise self._refused(store, "expired", person)
        return row, person

    def _refused(
        self, store: Session, code: str, person: PersonRow | None, **details: Any
    ) -> Refused:
        now = self._core.clock()
        record(self._core, store, Tag.INVITATION_REFUSED, person, now, code)
        return Refused(code, **details)


def send(
    core: Core,
    store: Session,
    person: PersonRow,
    channel: Channel,
    to: str,
    address: str,
    now: datetime,
) -> bool:
    """Put a link on its way; an older one is worth nothing from here on.

    Tells whether it has left: too many may have been sent, or none is wanted there. Then it can be
    sent again later.
    """
    token, row_id = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
    tenant = store.get_one(TenantRow, person.tenant_id)
    void_open(store, person.id)
    words = (tenant.name, person.username, token, core.settings.public_url)
    letter = user_letters.invitation(channel, to, *words)
    leaves = _leaves(core, store, person, letter, address, now)
    row = InvitationRow(
        id=row_id,
        tenant_id=person.tenant_id,
        person_id=person.id,
        token_hash=hash_of(token),
        channel=channel,
        to_sealed=to.encode(),
        state=OPEN if leaves else VOID,
        created_at=now,
        expires_at=now + GOOD_FOR,
    )
    store.add(row)
    store.flush()
    tag = Tag.INVITATION_SENT if leaves else Tag.INVITATION_REFUSED
    record(core, store, tag, person, now, None if leaves else "not_sent")
    return leaves


def _leaves(
    core: Core, store: Session, person: PersonRow, letter: Letter, address: str, now: datetime
) -> bool:
    try:
        message_id = messages.queue(
            core,
            store,
            person_id=person.id,
            tenant_id=person.tenant_id,
            letter=letter,
            address=address,
            now=now,
            not_after=now + GOOD_FOR,
        )
    except Refused as refused:
        if refused.code != "too_many_codes":
            raise
        return False
    return messages.delivery(store, message_id) != "failed"


def latest(store: Session, person_id: str) -> InvitationRow | None:
    """Return a person's latest invitation, whatever became of it."""
    query = select(InvitationRow).where(InvitationRow.person_id == person_id)
    newest = query.order_by(InvitationRow.created_at.desc(), InvitationRow.id)
    return store.scalars(newest.limit(1)).one_or_none()


def awaits(row: InvitationRow, person: PersonRow) -> bool:
    """Tell whether an invitation, or a newer one in its place, may still set a first password.

    Not where it was used, nor where a password was set since, by recovery or a reset, nor for
    whoever has come in some other way and enrolled: a link replaces nothing of theirs.
    """
    set_since = person.password_changed_at or row.created_at
    return row.state != USED and set_since <= row.created_at and person.may_enrol_until is not None


def address_of(core: Core, row: InvitationRow) -> tuple[Channel, str]:
    """Return where an invitation went."""
    to = row.to_sealed.decode()
    return cast("Channel", row.channel), to


def void_open(store: Session, person_id: str) -> None:
    """Let no link work any more that is on its way to this person."""
    store.execute(
        update(InvitationRow)
        .where(InvitationRow.person_id == person_id, InvitationRow.state == OPEN)
        .values(state=VOID)
        .execution_options(synchronize_session="fetch")
    )


def record(
    core: Core,
    store: Session,
    tag: Tag,
    person: PersonRow | None,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Put what happened to an invitation on the trail."""
    event = AuditEvent(
        tag=tag,
        tenant=person.tenant_id if person is not None else None,
        person=core.keys.pseudonym(person.id) if person is not None else None,
        reason=reason,
    )
    audit_log.append(store.connection(), event, now)


def _place(row_id: str, tenant_id: str) -> Place:
    return Place("invitations", "to", row_id, tenant_id)
