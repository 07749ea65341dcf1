"""Numbers for auditors: figures of the last hour, day or week, and the report of a period."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson
from sqlalchemy.orm import Session

from runtime.limits import MovingWindow
from security.adapters.tables import TenantRow
from security.audit.record import Tag
from security.auditing.figures import Counting, stretch
from security.auditing.filters import OfTenant, moment
from security.auditing.report import Counts, report
from security.auditing.report_page import page
from security.auditing_model import AuditFile, Figures, Purpose, ReportForm
from security.core import Core
from security.errors import Refused
from security.services.audit_alerts import AuditAlerts
from security.services.audit_log_state import LogCheck
from security.services.audit_role import auditor, record
from security.services.audit_scan import Period
from security.services.change_rows import Signed

LONGEST = timedelta(days=400)
MOST_REPORTS = 20
_HOUR_SECONDS = 3_600.0
_KEPT = timedelta(seconds=20)
"""Figures of the same stretch are counted once within this, whoever looks."""
_TYPES = {"json": "application/json", "html": "text/html"}

Span = Literal["hour", "day", "week"]


class AuditNumbers:
    """The questions of an auditor's page about numbers."""

    def __init__(
        self,
        core: Core,
        alerts: AuditAlerts,
        log: LogCheck,
        sign: Callable[[], Awaitable[None]],
    ) -> None:
        """`sign` makes a checkpoint of what is about to be reported."""
        self._core = core
        self._sign = sign
        self._alerts = alerts
        self._log = log
        self._reports = MovingWindow(MOST_REPORTS, seconds=_HOUR_SECONDS).allow
        self._kept: dict[tuple[str, str], tuple[datetime, Figures]] = {}
        self._under_way: set[str] = set()

    async def figures(self, session_id: str, span: Span) -> Figures:
        """Return the figures of the last hour, day or week. Raises what `auditor` does.

        They name nobody, so they want no proof of late. `rate_limited` while some are counted.
        """

        def begin(store: Session) -> Signed:
            who = auditor(self._core, store, session_id, proved=False)
            record(self._core, store, Tag.FIGURES_READ, who, reason=span)
            return who

        who = await self._core.database.run(begin)
        tenant = who.person.tenant_id
        kept = self._kept.get((tenant, span))
        if kept is not None and timedelta(0) <= who.now - kept[0] < _KEPT:
            return kept[1]
        since, until, parts = stretch(span, who.now)
        counting = Counting(since, until, parts)
        complete = await self._count(tenant, since, until, counting)
        found = counting.figures(complete)
        self._kept[tenant, span] = (who.now, found)
        return found

    async def report(
        self, session_id: str, since: str, until: str, purpose: Purpose, form: ReportForm
    ) -> AuditFile:
        """Return the report of a period of up to 400 days, as a file to print or to read.

        Raises what `auditor` does, `invalid_arguments`, `rate_limited`, and `too_many_records`
        where not all of the period can be counted: half a report would be none.
        """
        begin, end = moment(since, "since"), moment(until, "until")
        if begin is None or end is None or not timedelta(0) < end - begin <= LONGEST:
            raise Refused("invalid_arguments", field="until")

        def allow(store: Session) -> tuple[Signed, str, list[Any]]:
            self._core.trail.check()
            who = auditor(self._core, store, session_id)
            if not self._reports(who.person.id):
                record(self._core, store, Tag.AUDIT_REFUSED, who, reason="rate_limited")
                raise Refused("rate_limited")
            record(self._core, store, Tag.SUMMARY_MADE, who, reason=form, purpose=purpose)
            name = store.get_one(TenantRow, who.person.tenant_id).name
            return who, name, self._alerts.of_period(store, who, begin, end)

        who, name, alerts = await self._core.database.run(allow)
        await self._sign()
        counts = Counts(begin, end)
        if not await self._count(who.person.tenant_id, begin, end, counts):
            raise Refused("too_many_records")
        whole = report(name, counts, alerts, await self._log.look(), who.now, purpose)
        content = page(whole) if form == "html" else _json(whole)
        day = f"{who.now.astimezone(UTC):%Y-%m-%d}"
        return AuditFile(name=f"report-{day}.{form}", media_type=_TYPES[form], content=content)  # type: ignore[arg-type]

    async def _count(
        self, tenant: str, since: datetime, until: datetime, counts: Counting | Counts
    ) -> bool:
        """Count a stretch; tell whether it was all of it. One at a time for an organisation."""
        if tenant in self._under_way:
            raise Refused("rate_limited")
        self._under_way.add(tenant)
        try:
            period = Period(self._core.database, OfTenant(tenant), since, until)
            async for some in period.records():
                for one in some:
                    counts.add(one)
            return period.complete
        finally:
            self._under_way.discard(tenant)


def _json(whole: dict[str, Any]) -> str:
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode()
