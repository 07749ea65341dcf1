"""Watching the codes that leave by text, tenant by tenant."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.account_tables import MessageRow
from security.adapters.tables import ChallengeRow, TenantRow
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.sms.pumping import WINDOW, is_told_again, looks_pumped

_PASSED = "passed"
_log = structlog.get_logger(__name__)


def watch(core: Core, store: Session, row: MessageRow, now: datetime) -> None:
    """Raise the alarm where a tenant's codes by text go unanswered; nothing is refused here.

    `row` is the message that has just been queued, of whatever kind.
    """
    if (row.kind, row.channel) != ("code", "sms"):
        return
    tenant_id, least = row.tenant_id, core.settings.alarm_texted_codes_per_hour
    codes = (
        MessageRow.tenant_id == tenant_id,
        MessageRow.created_at > now - WINDOW,
        MessageRow.kind == "code",
        MessageRow.channel == "sms",
    )
    sent = store.scalars(select(func.count()).select_from(MessageRow).where(*codes)).one()
    if sent < least:
        return
    typed = (
        select(func.count())
        .select_from(MessageRow)
        .join(ChallengeRow, ChallengeRow.message_id == MessageRow.id)
        .where(*codes, ChallengeRow.state == _PASSED)
    )
    answered = store.scalars(typed).one()
    tenant = store.get_one(TenantRow, tenant_id)
    if looks_pumped(sent, answered, least) and is_told_again(tenant.pumping_told_at, now):
        tenant.pumping_told_at = now
        event = AuditEvent(tag=Tag.SMS_PUMPED, tenant=tenant_id, reason="codes_unanswered")
        audit_log.append(store.connection(), event, now)
        _log.error("texted_codes_unanswered", tenant=tenant_id, sent=sent, answered=answered)
