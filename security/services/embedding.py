"""Chats inside other sites: which sites, sessions of their own there, and the sites' word.

What a site says of its person is worth aal1 at its tenant and no more, whatever it says besides:
roles, names and rights are ours.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters import audit_log, token_store
from security.adapters.people import by_username
from security.adapters.session_names import name_of
from security.adapters.tables import PersonRow, SessionRow, TenantRow
from security.adapters.tenancy import bind_tenant
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.embedding import CHANNEL, MOST
from security.errors import Refused
from security.model import Embedding, Nonce, SessionGrant
from security.services.arrive import bind
from security.services.ending import end_session, hold, live_sessions_of, void_all
from security.services.holder import held_session
from security.services.own_sessions import note_sign_in
from security.services.session_rows import record
from security.services.sessions import begin, is_open_to
from security.sessions import hash_of
from security.tokens.vouchers import Voucher, VoucherRefused, check_voucher


class Embedded:
    """What the gateway may do for a frame."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def hosts(self, tenant: str) -> Embedding:
        """Return whose pages may hold this tenant's frame. Raises `not_found` where nobody's."""
        origins = self._core.hosts.origins_of(tenant)

        def work(store: Session) -> Embedding:
            bind_tenant(store, tenant)
            row = store.get(TenantRow, tenant) if origins else None
            if row is None or row.disabled_at is not None:
                raise Refused("not_found")
            return Embedding(name=row.name, origins=origins)

        return await self._core.database.run(work)

    async def begin(self, tenant: str, label: str = "") -> SessionGrant:
        """Begin an anonymous session in a frame: of this tenant, and never of another.

        Raises `not_found` where the tenant has no host, or is none.
        """

        def work(store: Session) -> SessionGrant:
            now = self._core.clock()
            bind_tenant(store, tenant)
            if not is_open_to(store, tenant) or not self._core.hosts.origins_of(tenant):
                # The name is the caller's own text, so it is not kept.
                audit_log.append(store.connection(), AuditEvent(tag=Tag.TENANT_UNKNOWN), now)
                raise Refused("not_found")
            return begin(self._core, store, tenant, label, now, channel=CHANNEL)

        return await self._core.database.run(work)

    async def nonce(self, session_id: str, csrf_token: str) -> Nonce:
        """Return what the host's word has to repeat, for this session as it is now.

        Once a word has been believed the session has changed, and so has this.
        """

        def work(store: Session) -> Nonce:
            now = self._core.clock()
            row = self._framed(store, session_id, csrf_token, now)
            return Nonce(nonce=self._nonce(row))

        return await self._core.database.run(work)

    async def vouch(self, session_id: str, csrf_token: str, token: str) -> SessionGrant:
        """Take a host's word for who this is. Raises `vouching_refused`, the same for all."""

        def work(store: Session) -> SessionGrant:
            now = self._core.clock()
            row = self._framed(store, session_id, csrf_token, now)
            try:
                voucher = self._checked(row, token, now)
                person = self._person(store, row, voucher, now)
            except VoucherRefused as refused:
                record(self._core, store, Tag.HOST_REFUSED, row, now, str(refused))
                raise Refused("vouching_refused") from None
            return self._believe(store, row, person, voucher, now)

        return await self._core.database.run(work)

    def _framed(
        self, store: Session, session_id: str, csrf_token: str, now: datetime
    ) -> SessionRow:
        """Return the session, which is one inside another site: no other takes a host's word."""
        row, _ = held_session(self._core, store, session_id, csrf_token, now, embedded=True)
        if row.channel != CHANNEL or row.tenant_id is None:
            record(self._core, store, Tag.HOST_REFUSED, row, now, "not_embedded")
            raise Refused("vouching_refused")
        return row

    def _nonce(self, row: SessionRow) -> str:
        return self._core.keys.code_hash("host-nonce", row.id, row.csrf_seed)

    def _checked(self, row: SessionRow, token: str, now: datetime) -> Voucher:
        tenant = row.tenant_id or ""
        find = partial(self._core.hosts.vouching_for, tenant)
        audience = f"{self._core.settings.public_url.rstrip('/')}/embed/{tenant}"
        return check_voucher(token, find, audience, self._nonce(row), now)

    def _person(
        self, store: Session, row: SessionRow, voucher: Voucher, now: datetime
    ) -> PersonRow:
        """Return whom the word is about, and use it up, whoever that is."""
        used = (f"host/{voucher.host.id}", voucher.id, voucher.ends, now)
        if not token_store.spend(store.connection(), *used):
            raise VoucherRefused("replayed")
        query = select(PersonRow).where(by_username(row.tenant_id or "", voucher.username))
        found = store.scalars(query).one_or_none()
        person = hold(store, found.id) if found is not None else None
        if person is None or person.disabled_at is not None:
            raise VoucherRefused("unknown_person")
        return person

    def _believe(
        self,
        store: Session,
        row: SessionRow,
        person: PersonRow,
        voucher: Voucher,
        now: datetime,
    ) -> SessionGrant:
        known = row.person_id == person.id
        if not known:
            void_all(self._core, store, row, now)  # What somebody else asked for, and its link.
        granted = bind(self._core, store, row, person, MOST, now)
        row.password_proved_at = row.enrol_until = None
        if not known:
            # Each page of the site vouches anew: as many sign-ins would hide all others from them.
            row.signed_in_at = now
            note_sign_in(self._core, store, row, person.id, "passed", None, now)
        self._end_surplus(store, row, person, now)
        event = AuditEvent(
            tag=Tag.HOST_VOUCHED,
            tenant=row.tenant_id,
            person=self._core.keys.pseudonym(person.id),
            session=name_of(self._core.keys, row.tenant_id, row),
            assurance=row.assurance,
            reason=voucher.host.id,
            # The host's own text is not kept, only what it can be compared by.
            token=hash_of(voucher.id)[:32],
        )
        audit_log.append(store.connection(), event, now)
        return granted

    def _end_surplus(
        self, store: Session, keep: SessionRow, person: PersonRow, now: datetime
    ) -> None:
        """End the person's oldest frames beyond the limit: a site cannot end their own sessions."""
        store.flush()
        rows = live_sessions_of(store, person.id, now)
        others = [one for one in rows if one.channel == CHANNEL and one.id != keep.id]
        for one in others[self._core.settings.sessions_per_person - 1 :]:
            end_session(self._core, store, one, now)
            record(self._core, store, Tag.SESSION_REVOKED, one, now, "too_many")
