"""Organisations: created, configured and disabled, each change with its record.

The database is the one place where they are kept: sessions and challenges read their settings
from there at the moment that they count.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.account_tables import RecoveryRow
from security.adapters.admin_tables import AdminActionRow, InvitationRow
from security.adapters.tables import ChallengeRow, PersonRow, SessionRow, TenantRow
from security.adapters.tenancy import bind_tenant
from security.audit.record import AuditEvent, Tag
from security.challenges.methods import SWITCHABLE, leaves_no_approval
from security.core import Core
from security.model import Frozen
from security.services.ending import end_session
from security.services.session_rows import record, state_of
from security.services.user_rows import ACTOR, refused
from security.sessions import is_live


class TenantSettings(Frozen):
    """What an organisation can be told; what is not said stays as it is.

    `methods` are those that its people may use, of `security.challenges.methods.SWITCHABLE`;
    `sms_limit` is decimal text, up to which a code by text approves a payment.
    """

    name: str | None = None
    idle_minutes: int | None = None
    public: bool | None = None
    apis: list[str] | None = None
    sms_limit: str | None = None
    sms_currency: str | None = None
    methods: list[str] | None = None
    names_staff: bool | None = None


class TenantShown(Frozen):
    """An organisation with all its settings, and how many people it has."""

    tenant: str
    name: str
    idle_minutes: int
    public: bool
    apis: list[str]
    sms_limit: str
    sms_currency: str
    methods: list[str]
    names_staff: bool
    disabled: bool
    people: int


class Tenants:
    """What the operating system's administrator may do about organisations."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def add(self, tenant: str, given: TenantSettings) -> TenantShown:
        """Add an organisation. Raises `Refused`: `tenant_taken`, and as `set` does."""

        def work(store: Session) -> TenantShown:
            now = self._core.clock()
            bind_tenant(store, tenant)
            self._check(store, given, tenant, now)
            if store.get(TenantRow, tenant) is not None:
                raise refused(store, "tenant_taken", now, tenant)
            row = TenantRow(
                id=tenant, name=given.name or tenant, public=False, idle_seconds=60 * 60, apis=[]
            )
            _apply(row, given)
            row.configured_at = now
            store.add(row)
            _record(store, Tag.TENANT_ADDED, tenant, now)
            store.flush()
            return _shown(store, row)

        return await self._core.database.run(work)

    async def everyone(self) -> list[TenantShown]:
        """List all organisations, by id."""

        def work(store: Session) -> list[TenantShown]:
            rows = store.scalars(select(TenantRow).order_by(TenantRow.id)).all()
            return [_shown(store, row) for row in rows]

        return await self._core.database.run(work, across="the administrator lists them all")

    async def show(self, tenant: str) -> TenantShown:
        """Show one organisation. Raises `unknown_tenant`."""
        return await self._core.database.run(
            lambda store: _shown(store, self._found(store, tenant, self._core.clock()))
        )

    async def set(self, tenant: str, given: TenantSettings) -> TenantShown:
        """Change settings; live sessions get no longer than the new limit at once.

        Raises `Refused`: `unknown_tenant`, and `invalid_arguments` with the `field` and what is
        `known` there: a method that no organisation can choose, none that approves everything, an
        API that there is not.
        """

        def work(store: Session) -> TenantShown:
            now = self._core.clock()
            row = self._found(store, tenant, now)
            self._check(store, given, tenant, now)
            _apply(row, given)
            row.configured_at = now
            store.flush()
            _narrow(store, row)
            _record(store, Tag.TENANT_SET, tenant, now)
            return _shown(store, row)

        return await self._core.database.run(work)

    async def disable(self, tenant: str) -> int:
        """Keep everybody of an organisation out, and end every session of it; tell how many.

        Each of its people is disabled with it, at the same moment: so every check of a person is
        one of the organisation as well. Raises `unknown_tenant`.
        """

        def work(store: Session) -> int:
            now = self._core.clock()
            row = self._found(store, tenant, now)
            if row.disabled_at is not None:
                return 0
            row.disabled_at = now
            # First: an administrator's action that is being done is waited for here, and whom it
            # adds or lets in is among those of the next statement.
            _void_waiting(store, tenant)
            store.execute(
                update(PersonRow)
                .where(PersonRow.tenant_id == tenant, PersonRow.disabled_at.is_(None))
                .values(disabled_at=now)
                .execution_options(synchronize_session="fetch")
            )
            _record(store, Tag.TENANT_DISABLED, tenant, now)
            return self._end_all(store, tenant, now)

        return await self._core.database.run(work)

    async def enable(self, tenant: str) -> None:
        """Let an organisation in again, and those of its people who were disabled with it."""

        def work(store: Session) -> None:
            now = self._core.clock()
            row = self._found(store, tenant, now)
            together, row.disabled_at = row.disabled_at, None
            store.execute(
                update(PersonRow)
                .where(PersonRow.tenant_id == tenant, PersonRow.disabled_at == together)
                .values(disabled_at=None)
                .execution_options(synchronize_session="fetch")
            )
            _record(store, Tag.TENANT_ENABLED, tenant, now)

        await self._core.database.run(work)

    def _end_all(self, store: Session, tenant: str, now: datetime) -> int:
        """End every session at an organisation, those of nobody as well."""
        here = select(SessionRow).where(
            SessionRow.tenant_id == tenant, SessionRow.ended_at.is_(None)
        )
        live = [row for row in store.scalars(here) if is_live(state_of(row), now)]
        for row in live:
            end_session(self._core, store, row, now)
            record(self._core, store, Tag.SESSION_REVOKED, row, now, "tenant_disabled")
        # A sign-in that waits for its code may be in a session of no organisation yet.
        store.execute(
            update(ChallengeRow)
            .where(ChallengeRow.tenant_id == tenant, ChallengeRow.state == "open")
            .values(state="void")
        )
        return len(live)

    def _found(self, store: Session, tenant: str, now: datetime) -> TenantRow:
        bind_tenant(store, tenant)
        row = store.get(TenantRow, tenant, with_for_update={"key_share": True})
        if row is None:
            # The name is the caller's own text, so it is not kept.
            raise refused(store, "unknown_tenant", now)
        return row

    def _check(self, store: Session, given: TenantSettings, tenant: str, now: datetime) -> None:
        operations = self._core.operations.values()
        apis = sorted({operation.api for operation in operations if not operation.is_own})
        for field, wanted, known in (
            ("api", given.apis, apis),
            ("method", given.methods, list(SWITCHABLE)),
        ):
            if set(wanted or ()) - set(known):
                raise refused(store, "invalid_arguments", now, field=field, known=known)
        if given.methods is not None and leaves_no_approval(_off(given.methods)):
            known = [m for m in SWITCHABLE if not leaves_no_approval(set(SWITCHABLE) - {m})]
            raise refused(store, "invalid_arguments", now, field="strong_method", known=known)


def _off(methods: Sequence[str]) -> list[str]:
    return [method for method in SWITCHABLE if method not in methods]


def _apply(row: TenantRow, given: TenantSettings) -> None:
    if given.idle_minutes is not None:
        row.idle_seconds = int(timedelta(minutes=given.idle_minutes).total_seconds())
    if given.methods is not None:
        row.methods_off = _off(given.methods)
    for name in ("name", "public", "apis", "sms_limit", "sms_currency", "names_staff"):
        value = getattr(given, name)
        if value is not None:
            setattr(row, name, value)


def _void_waiting(store: Session, tenant: str) -> None:
    """End what outlives a session, as disabling each person does: links, recoveries, requests."""
    for table, states in (
        (InvitationRow, ("open",)),
        (RecoveryRow, ("open",)),
        (AdminActionRow, ("prove", "waiting")),
    ):
        store.execute(
            update(table)
            .where(table.tenant_id == tenant, table.state.in_(states))
            .values(state="void")
            .execution_options(synchronize_session="fetch")
        )


def _narrow(store: Session, row: TenantRow) -> None:
    """Let what is narrower now hold for live sessions and open challenges as well."""
    store.execute(
        update(SessionRow)
        .where(
            SessionRow.tenant_id == row.id,
            SessionRow.person_id.is_not(None),
            SessionRow.ended_at.is_(None),
            SessionRow.idle_seconds > row.idle_seconds,
        )
        .values(idle_seconds=row.idle_seconds)
        .execution_options(synchronize_session="fetch")
    )
    store.execute(
        update(ChallengeRow)
        .where(
            ChallengeRow.tenant_id == row.id,
            ChallengeRow.state == "open",
            ChallengeRow.method.in_(row.methods_off),
        )
        .values(state="void")
    )


def _shown(store: Session, row: TenantRow) -> TenantShown:
    people = select(func.count()).where(PersonRow.tenant_id == row.id)
    return TenantShown(
        tenant=row.id,
        name=row.name,
        idle_minutes=row.idle_seconds // 60,
        public=row.public,
        names_staff=row.names_staff,
        apis=list(row.apis),
        sms_limit=row.sms_limit,
        sms_currency=row.sms_currency,
        methods=[method for method in SWITCHABLE if method not in row.methods_off],
        disabled=row.disabled_at is not None,
        people=store.scalars(people).one(),
    )


def _record(store: Session, tag: Tag, tenant: str, now: datetime) -> None:
    event = AuditEvent(tag=tag, tenant=tenant, actor=ACTOR)
    audit_log.append(store.connection(), event, now)
