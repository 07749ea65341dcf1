"""Watching what is paid for by texts, tenant by tenant: codes, and answers to strangers."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.account_tables import MessageRow
from security.adapters.sms_tables import SmsThreadRow
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
    if looks_pumped(sent, answered, least) and _alarm(store, tenant_id, "codes_unanswered", now):
        _log.error("texted_codes_unanswered", tenant=tenant_id, sent=sent, answered=answered)


def may_tell_strangers(core: Core, store: Session, tenant_id: str, now: datetime) -> bool:
    """Tell whether one more number of nobody is answered within this hour; else the alarm."""
    told = (
        select(func.count())
        .select_from(SmsThreadRow)
        .where(
            SmsThreadRow.tenant_id == tenant_id,
            SmsThreadRow.told_at > now - WINDOW,
            SmsThreadRow.person_id.is_(None),
        )
    )
    count = store.scalars(told).one()
    if count < core.settings.limit_strangers_per_tenant_per_hour:
        return True
    if _alarm(store, tenant_id, "many_strangers", now):
        _log.error("many_strangers_text", tenant=tenant_id, answered=count)
    return False


def _alarm(store: Session, tenant_id: str, why: str, now: datetime) -> bool:
    """Put an alarm on the trail, once a window; tell whether it is news."""
    tenant = store.get_one(TenantRow, tenant_id)
    if not is_told_again(tenant.pumping_told_at, now):
        return False
    tenant.pumping_told_at = now
    event = AuditEvent(tag=Tag.SMS_PUMPED, tenant=tenant_id, reason=why)
    audit_log.append(store.connection(), event, now)
    return True
