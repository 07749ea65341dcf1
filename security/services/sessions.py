"""Sessions: created anonymous, extended by use, ended at once."""

from __future__ import annotations

import secrets
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.tables import ConversationRow, PersonRow, SessionRow, TenantRow
from security.adapters.tenancy import bind_tenant
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.model import SessionGrant, SessionView, SignOn, Tenant, User
from security.services.ending import void_all
from security.services.holder import held_session, live_session
from security.services.rotation import rotate_where_due
from security.services.session_rows import record, state_of
from security.sessions import (
    ANONYMOUS_IDLE_SECONDS,
    Limits,
    absolute_seconds_left,
    hash_of,
    idle_seconds_left,
    new_session_id,
)
from security.vault.keys import KEY_BYTES

_log = structlog.get_logger(__name__)


class Sessions:
    """What a browser may do with its session."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def tenants(self) -> list[Tenant]:
        """List the organisations: all in demo mode, in production those marked public."""

        def work(store: Session) -> list[Tenant]:
            there = select(TenantRow).where(TenantRow.disabled_at.is_(None))
            rows = store.scalars(there.order_by(TenantRow.name))
            everyone = self._core.settings.mode == "demo"
            return [self._shown(row) for row in rows if everyone or row.public]

        return await self._core.database.run(work, across="who may be chosen at the door")

    def _shown(self, row: TenantRow) -> Tenant:
        there = [] if "sso" in row.methods_off else self._core.providers.of(row.id)
        ways = [SignOn(id=one.id, name=one.name) for one in there]
        return Tenant(id=row.id, name=row.name, sso=ways or None)

    async def create(
        self,
        tenant: str | None,
        label: str = "",
        device: str | None = None,
        *,
        limits: Limits | None = None,
    ) -> SessionGrant:
        """Begin an anonymous session with a conversation of its own. See `unknown_tenant`.

        `label` names the browser in words; `device` is what it was given to keep, if anything.
        `limits` are the usual ones where none are given.
        """

        def work(store: Session) -> SessionGrant:
            now = self._core.clock()
            bind_tenant(store, tenant)
            if tenant is not None and not is_open_to(store, tenant):
                # The name is the caller's own text, so it is not kept.
                audit_log.append(store.connection(), AuditEvent(tag=Tag.TENANT_UNKNOWN), now)
                raise Refused("unknown_tenant")
            return begin(self._core, store, tenant, label, now, device, limits=limits)

        return await self._core.database.run(work)

    async def look(self, session_id: str) -> SessionGrant:
        """Describe a session; this does not extend it (ASVS 7.3.1)."""

        def work(store: Session) -> SessionGrant:
            now = self._core.clock()
            row, person = live_session(self._core, store, session_id, now, embedded=True)
            return grant(self._core, row, person, now)

        return await self._core.database.run(work)

    async def extend(self, session_id: str, csrf_token: str) -> SessionGrant:
        """Reset the idle limit; nothing resets the absolute one. The id changes where it is due."""

        def work(store: Session) -> SessionGrant:
            now = self._core.clock()
            held = (session_id, csrf_token, now)
            row, person = held_session(self._core, store, *held, embedded=True)
            row.last_seen_at = now
            record(self._core, store, Tag.SESSION_EXTENDED, row, now)
            fresh = rotate_where_due(self._core, store, row, now)
            return grant(self._core, row, person, now, fresh)

        return await self._core.database.run(work)

    async def end(self, session_id: str, csrf_token: str) -> None:
        """Sign out: the id is dead at once (ASVS 7.4.1), even where the trail cannot be written."""

        def end(store: Session) -> SessionRow:
            now = self._core.clock()
            row, _ = held_session(self._core, store, session_id, csrf_token, now, embedded=True)
            row.ended_at = now
            store.flush()
            return row

        def end_and_record(store: Session) -> None:
            now = self._core.clock()
            row = end(store)
            void_all(self._core, store, row, now)
            record(self._core, store, Tag.SESSION_ENDED, row, now)

        try:
            await self._core.database.run(end_and_record)
        except Exception as error:
            # Whatever is wrong with the trail: only what `end` itself refuses stops a sign-out.
            if isinstance(error, Refused) and error.code != "security_unavailable":
                raise
            _log.error("sign_out_not_recorded", kind=type(error).__name__)
            await self._core.database.run(end)


def begin(
    core: Core,
    store: Session,
    tenant: str | None,
    label: str,
    now: datetime,
    device: str | None = None,
    channel: str = "web",
    *,
    limits: Limits | None = None,
) -> SessionGrant:
    """Begin an anonymous session of this channel; `label` names its browser in words."""
    usual = Limits(ANONYMOUS_IDLE_SECONDS, core.settings.session_absolute_hours * 3_600)
    wanted = limits or usual
    session_id = new_session_id(channel)
    row = SessionRow(
        id=secrets.token_urlsafe(16),
        id_hash=hash_of(session_id),
        conversation_id=new_conversation(core, store, tenant, None, now),
        csrf_seed=secrets.token_urlsafe(16),
        created_at=now,
        last_seen_at=now,
        idle_seconds=wanted.idle_seconds,
        absolute_seconds=wanted.absolute_seconds,
        tenant_id=tenant,
        channel=channel,
        device=label,
        device_hash=hash_of(device) if device else None,
    )
    store.add(row)
    store.flush()
    record(core, store, Tag.SESSION_CREATED, row, now)
    return grant(core, row, None, now, session_id)


def is_open_to(store: Session, tenant: str) -> bool:
    """Tell whether there is such an organisation, and it is not disabled."""
    row = store.get(TenantRow, tenant)
    return row is not None and row.disabled_at is None


def new_conversation(
    core: Core, store: Session, tenant: str | None, person_id: str | None, now: datetime
) -> str:
    """Begin a conversation with a random id and a data key of its own; return the id."""
    conversation_id = secrets.token_urlsafe(24)
    row = ConversationRow(
        id=conversation_id,
        key_sealed=secrets.token_bytes(KEY_BYTES),
        created_at=now,
        tenant_id=tenant,
        person_id=person_id,
    )
    store.add(row)
    store.flush()
    return conversation_id


def grant(
    core: Core,
    row: SessionRow,
    person: PersonRow | None,
    now: datetime,
    session_id: str | None = None,
) -> SessionGrant:
    """Return what the holder of a session may see and must present next time."""
    state = state_of(row)
    user = None
    if person is not None:
        user = User(name=person.name, tenant=person.tenant_id, roles=list(person.roles))
    view = SessionView(
        authenticated=person is not None,
        user=user,
        tenant=row.tenant_id,
        assurance=row.assurance,  # type: ignore[arg-type]  # validated by the model
        idle_seconds_left=max(0, int(idle_seconds_left(state, now))),
        absolute_seconds_left=max(0, int(absolute_seconds_left(state, now))),
    )
    csrf_token = core.keys.csrf_token(row.csrf_seed)
    return SessionGrant(session_id=session_id, csrf_token=csrf_token, session=view)
