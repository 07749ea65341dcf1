"""Alerts of the watch, for auditors: listed with their evidence, acknowledged and closed."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from security.adapters.alert_tables import AlertRow
from security.adapters.prepared import compare_and_set
from security.audit.record import Tag
from security.auditing.filters import OfTenant, moment, shown
from security.auditing_model import (
    AlertDetail,
    AlertPage,
    AlertState,
    AlertView,
    CloseReason,
    Level,
)
from security.core import Core
from security.errors import Refused
from security.monitor.rules import Rule
from security.services.audit_records import evidence_of, session_name
from security.services.audit_role import auditor, record
from security.services.change_rows import Signed

PAGE = 50
MOST_EVIDENCE = 200
MOST_IN_A_REPORT = 1_000
_TAGS = {
    "acknowledged": Tag.ALERT_ACKNOWLEDGED,
    "closed": Tag.ALERT_CLOSED,
    "open": Tag.ALERT_REOPENED,
}


class AuditAlerts:
    """The questions of an auditor's page about alerts; another organisation's are not there."""

    def __init__(self, core: Core, rules: Mapping[str, Rule]) -> None:
        self._core = core
        self._rules = rules

    async def page(
        self,
        session_id: str,
        state: AlertState | None,
        level: Level | None,
        after: str | None,
    ) -> AlertPage:
        """Return alerts, newest first, a page at a time; the reading is on the trail."""

        def work(store: Session) -> AlertPage:
            who = auditor(self._core, store, session_id)
            record(self._core, store, Tag.ALERTS_READ, who)
            mine = _mine(who)
            query = select(AlertRow).where(mine)
            if state is not None:
                query = query.where(AlertRow.state == state)
            if level is not None:
                query = query.where(AlertRow.level == level)
            rows = store.scalars(_after(query, after).limit(PAGE + 1)).all()
            still = select(func.count()).select_from(AlertRow).where(mine, AlertRow.state == "open")
            return AlertPage(
                alerts=[self.view(row) for row in rows[:PAGE]],
                next=_place(rows[PAGE - 1]) if len(rows) > PAGE else None,
                open=store.scalar(still) or 0,
            )

        return await self._core.database.run(work)

    async def look(self, session_id: str, ref: str) -> AlertDetail:
        """Return one alert with its evidence. Raises what `auditor` does, and `unknown_alert`."""

        def work(store: Session) -> AlertDetail:
            who = auditor(self._core, store, session_id)
            row = self._row(store, who, ref)
            name = session_name(self._core, who.person.tenant_id)
            told = {"person": row.person_hash}
            record(self._core, store, Tag.EVIDENCE_READ, who, reason=row.rule, **told)
            mine = OfTenant(who.person.tenant_id)
            ids = row.evidence[-MOST_EVIDENCE:]
            found = [mine.entry(one) for one in evidence_of(store.connection(), ids)]
            own = [shown(one, name) for one in found if one is not None]
            return AlertDetail(
                alert=self.view(row), evidence=own, missing=len(row.evidence) - len(own)
            )

        return await self._core.database.run(work)

    async def move(
        self,
        session_id: str,
        csrf_token: str,
        ref: str,
        to: AlertState,
        reason: CloseReason | None,
    ) -> AlertView:
        """Acknowledge an alert, close it for a reason, or open it again; once, and on the trail.

        Raises what `auditor` does, `unknown_alert`, `already_so`, `invalid_arguments` where a
        reason is missing or too much, and `own_alert` to whom it is about.
        """
        if (to == "closed") != (reason is not None):
            raise Refused("invalid_arguments", field="reason")

        def work(store: Session) -> AlertView:
            who = auditor(self._core, store, session_id, csrf_token)
            row = self._row(store, who, ref)
            by = self._core.keys.pseudonym(who.person.id)
            if hmac.compare_digest(by, row.person_hash or ""):
                record(self._core, store, Tag.AUDIT_REFUSED, who, reason="own_alert")
                raise Refused("own_alert")
            same = row.state == to or (to == "acknowledged" and row.state == "closed")
            told = {"state": to, "moved_at": who.now, "moved_by": by, "reason": reason}
            if same or not compare_and_set(store, row, {"state": row.state}, told):
                raise Refused("already_so")
            person = {"person": row.person_hash, "object": row.rule}
            record(self._core, store, _TAGS[to], who, reason=reason, **person)
            store.refresh(row)
            return self.view(row)

        return await self._core.database.run(work)

    def of_period(self, store: Session, who: Signed, since: datetime, until: datetime) -> list[Any]:
        """Return the organisation's alerts of a period, newest first."""
        query = select(AlertRow).where(_mine(who), AlertRow.at >= since, AlertRow.at < until)
        rows = store.scalars(_after(query, None).limit(MOST_IN_A_REPORT)).all()
        return [self.view(row) for row in rows]

    def view(self, row: AlertRow) -> AlertView:
        """Return an alert as a page may show it; a rule that is gone is shown by its name."""
        rule = self._rules.get(row.rule)
        return AlertView(
            ref=row.id,
            rule=row.rule,
            title=rule.title if rule else row.rule,
            about=rule.description if rule else "This rule is not used any more.",
            level=cast("Level", row.level),
            at=_utc(row.at),
            person=row.person_hash,
            techniques=[tag.removeprefix("attack.") for tag in rule.tags] if rule else [],
            false_positives=list(rule.falsepositives) if rule else [],
            steps=rule.steps_to_take if rule else "Look at the evidence.",
            done=list(row.responses),
            state=cast("AlertState", row.state),
            reason=cast("CloseReason | None", row.reason),
            moved_at=_utc(row.moved_at) if row.moved_at is not None else None,
            moved_by=row.moved_by,
            events=len(row.evidence),
        )

    def _row(self, store: Session, who: Signed, ref: str) -> AlertRow:
        """Return an alert of this organisation, locked. Raises `unknown_alert`."""
        query = select(AlertRow).where(AlertRow.id == ref, _mine(who)).with_for_update()
        row = store.scalars(query).one_or_none()
        if row is None:
            record(self._core, store, Tag.AUDIT_REFUSED, who, reason="unknown_alert")
            raise Refused("unknown_alert")
        return row


def _mine(who: Signed) -> ColumnElement[bool]:
    """Hold to one's own: an alert of no organisation is the operator's, and not an auditor's."""
    return AlertRow.tenant_id == who.person.tenant_id


def _after(query: Select[AlertRow], after: str | None) -> Select[AlertRow]:
    """Order alerts, newest first, and begin after one. Raises `invalid_arguments`."""
    ordered = query.order_by(AlertRow.at.desc(), AlertRow.id.desc())
    if after is None:
        return ordered
    at, _, ref = after.partition("~")
    moved = moment(at, "after")
    earlier = AlertRow.at < moved
    return ordered.where(earlier | ((AlertRow.at == moved) & (AlertRow.id < ref)))


def _place(row: AlertRow) -> str:
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return f"{at}~{row.id}"


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
