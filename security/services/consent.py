"""Which texts are not sent at all: to whoever has asked for silence, and to odd destinations."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.account_tables import MessageRow
from security.adapters.sms_tables import SmsThreadRow
from security.core import Core
from security.sms.countries import may_go_to


def unwanted(core: Core, store: Session, row: MessageRow, number: str) -> str | None:
    """Return why a text must not leave, None where it may.

    Twilio would refuse a number that has said STOP as well (error 21610).
    """
    if not may_go_to(number, core.settings.countries):
        return "country"
    query = select(SmsThreadRow.id).where(
        SmsThreadRow.tenant_id == row.tenant_id,
        SmsThreadRow.number_hash == row.destination_hash,
        SmsThreadRow.opted_out_at.is_not(None),
    )
    stopped = store.scalars(query.limit(1)).one_or_none() is not None
    return "opted_out" if stopped else None
