"""What follows from an alert: kept, told, and answered by the services that there are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.alert_tables import AlertRow
from security.adapters.tables import PersonRow, SessionRow, TenantRow
from security.adapters.tenancy import bind_tenant
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.monitor.alerts import Alert
from security.monitor.rules import Response
from security.services import messages, user_changes
from security.services.ending import end_session, hold, live_sessions_of
from security.services.session_rows import record, state_of
from security.services.user_changes import By
from security.services.user_letters import alert_notice
from security.services.user_rows import refused
from security.sessions import is_live

ACTOR = "watch"
_TOLD = frozenset({"admin", "auditor"})
_WEAKER = "aal1"
_MOST_NOTICES = {"informational": 5, "low": 5, "medium": 10, "high": 15, "critical": 20}
"""So many notices an hour may be made before one of such an alert is left out: whoever can make
small alarms by the dozen keeps no large one from anybody, nor a warning about their own account."""
_log = structlog.get_logger(__name__)


class Answers:
    """See `security.monitor.ports.Answering`."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._gone_on: dict[str, datetime] = {}

    async def answer(self, alert: Alert) -> None:
        """Keep an alert and answer it, once, however often it is asked."""
        database = self._core.database
        if alert.tenant is None:
            # Of the installation: what is about people is in the records that name theirs.
            await database.run(lambda store: self._work(store, alert), across="of no tenant")
        else:
            await database.run(lambda store: self._work(store, alert))

    async def failed(self, reason: str) -> str:
        """Put on the trail that the watch could not do its work; return the record's id."""
        return await self._say(AuditEvent(tag=Tag.WATCH_FAILED, reason=reason))

    async def clock_moved(self) -> None:
        """Put on the trail that the wall clock was set."""
        await self._say(AuditEvent(tag=Tag.CLOCK_MOVED))

    async def go_on(self) -> None:
        """Slow down whoever is to be slowed down still."""
        now = self._core.clock()

        def work(store: Session) -> None:
            query = select(AlertRow).where(AlertRow.throttled_until > now)
            rows = {row.id: row for row in store.scalars(query)}
            for row in (rows[id] for id in rows.keys() - self._gone_on.keys()):
                left = ((row.throttled_until or now) - now).total_seconds()
                person = None
                if Response.THROTTLE.value in row.responses:
                    person = _person(self._core, store, row.tenant_id, row.person_hash, ())
                self._slow(row.origin, person, (), left)
            self._gone_on = {id: row.throttled_until or now for id, row in rows.items()}

        await self._core.database.run(work, across="whoever is slowed down, of whatever tenant")

    async def _say(self, event: AuditEvent) -> str:
        def work(store: Session) -> str:
            return audit_log.append(store.connection(), event, self._core.clock())

        return await self._core.database.run(work)

    def _work(self, store: Session, alert: Alert) -> None:
        now = self._core.clock()
        if alert.tenant is not None:
            bind_tenant(store, alert.tenant)
        alert = replace(alert, sessions=self._sessions(store, alert))
        if store.get(AlertRow, _name(alert)) is not None:
            return
        whose = alert.tenant or "none"
        _log.error("alert", reason=alert.rule, kind=alert.level, tenant=whose)
        row = AlertRow(
            id=_name(alert),
            tenant_id=alert.tenant,
            rule=alert.rule,
            level=alert.level,
            at=alert.at,
            person_hash=alert.who,
            origin=alert.origin,
            evidence=list(alert.evidence),
            responses=[],
        )
        self._say_in(store, Tag.ALERT_RAISED, alert, alert.rule, now)
        row.responses = [one.value for one in Response if self._does(store, one, alert, row, now)]
        wanted = Response.NOTIFY in alert.responses
        row.operator_due_at = now if wanted and Response.NOTIFY.value not in row.responses else None
        store.add(row)

    def _sessions(self, store: Session, alert: Alert) -> tuple[str, ...]:
        """Return the sessions that the records name: of the alert's tenant, or of nobody's yet.

        What is about no tenant may name those of any. Records of the first version say the id.
        """
        tenants: list[str | None] = [alert.tenant]
        if alert.tenant is None:
            tenants += store.scalars(select(TenantRow.id)).all()
        else:
            tenants.append(None)
        return tuple(self._session(tenants, said) for said in alert.sessions)

    def _session(self, tenants: Sequence[str | None], said: str) -> str:
        found = (self._core.keys.session_of(tenant, said) for tenant in tenants)
        return next((one for one in found if one is not None), said)

    def _does(
        self, store: Session, response: Response, alert: Alert, row: AlertRow, now: datetime
    ) -> bool:
        """Do it where the rule wants it, and tell whether there was anything to do."""
        if response not in alert.responses or not self._may(response):
            return False
        person = _person(self._core, store, alert.tenant, alert.who, alert.sessions)
        done = False
        match response:
            case Response.NOTIFY:
                done = self._notify(store, alert, now)
            case Response.ASK_AGAIN:
                done = self._ask_again(store, person, now)
            case Response.THROTTLE:
                row.throttled_until = now + timedelta(seconds=alert.quiet_seconds)
                done = self._slow(alert.origin, person, alert.sessions, alert.quiet_seconds)
            case Response.THROTTLE_NETWORK:
                row.throttled_until = now + timedelta(seconds=alert.quiet_seconds)
                done = self._slow_networks(alert)
            case Response.LOCK_SESSION:
                done = self._lock(store, alert.sessions, now)
            case Response.FREEZE_PERSON:
                done = self._freeze(store, person, now)
        if done:
            self._say_in(store, Tag.WATCH_ANSWERED, alert, response.value, now)
        return done

    def _may(self, response: Response) -> bool:
        """Tell whether this installation lets the watch do more than tell people."""
        return response is Response.NOTIFY or self._core.settings.watch_responses == "all"

    def _say_in(self, store: Session, tag: Tag, alert: Alert, reason: str, now: datetime) -> None:
        event = AuditEvent(
            tag=tag, tenant=alert.tenant, person=alert.who, actor=ACTOR, reason=reason
        )
        audit_log.append(store.connection(), event, now)

    def _notify(self, store: Session, alert: Alert, now: datetime) -> bool:
        """Tell the organisation's administrators and auditors, over the channels they have."""
        if alert.tenant is None:
            return False
        notice = alert_notice(alert.title, alert.level, self._core.settings.public_url)
        people = select(PersonRow.id, PersonRow.roles).where(
            PersonRow.tenant_id == alert.tenant, PersonRow.disabled_at.is_(None)
        )
        told = [one for one, roles in store.execute(people).all() if _TOLD & set(roles)]
        for one in told:
            messages.notify(
                self._core,
                store,
                person_id=one,
                tenant_id=alert.tenant,
                subject=notice.subject,
                text=notice.text,
                now=now,
                most=_MOST_NOTICES[alert.level],
            )
        return bool(told)

    def _ask_again(self, store: Session, person: PersonRow | None, now: datetime) -> bool:
        """Let no proof of this person's sessions count any more."""
        rows = live_sessions_of(store, person.id, now) if person else []
        for row in rows:
            row.assurance, row.proved_at, row.email_proved_at = _WEAKER, None, None
            row.password_proved_at = None
        return bool(rows)

    def _slow(
        self, origin: str | None, person: PersonRow | None, sessions: tuple[str, ...], left: float
    ) -> bool:
        keys = [key for key in (origin, person.id if person else None, *sessions) if key]
        for key in keys:
            self._core.throttles.slow(key, left)
        return bool(keys)

    def _slow_networks(self, alert: Alert) -> bool:
        for origin in alert.origins:
            self._core.throttles.slow(origin, alert.quiet_seconds)
        return bool(alert.origins)

    def _lock(self, store: Session, sessions: tuple[str, ...], now: datetime) -> bool:
        rows = [store.get(SessionRow, one) for one in sessions]
        live = [row for row in rows if row is not None and is_live(state_of(row), now)]
        for row in live:
            end_session(self._core, store, row, now)
            record(self._core, store, Tag.SESSION_REVOKED, row, now, ACTOR)
        return bool(live)

    def _freeze(self, store: Session, person: PersonRow | None, now: datetime) -> bool:
        held = hold(store, person.id) if person else None
        if held is None or held.disabled_at is not None:
            return False
        by = By(lambda code: refused(store, code, now, held.tenant_id), ACTOR)
        user_changes.disable(self._core, store, held, by, now)
        return True


def _person(
    core: Core, store: Session, tenant: str | None, name: str | None, sessions: tuple[str, ...]
) -> PersonRow | None:
    """Return whom the trail calls so: by a session of theirs, else among all of the tenant."""
    if name is None or tenant is None:
        return None
    for one in sessions:
        row = store.get(SessionRow, one)
        if row is not None and row.person_id and core.keys.pseudonym(row.person_id) == name:
            return store.get(PersonRow, row.person_id)
    ids = store.scalars(select(PersonRow.id).where(PersonRow.tenant_id == tenant))
    found = next((one for one in ids if core.keys.pseudonym(one) == name), None)
    return store.get(PersonRow, found) if found else None


def _name(alert: Alert) -> str:
    """Return the alert's id: the same for the same rule and the same last event."""
    said = f"{alert.rule}\x00{alert.evidence[-1]}\x00{sorted(alert.group.items())}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]
