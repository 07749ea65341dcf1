"""Who has asked for silence: a number that said STOP to a tenant gets nothing more from it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.sms_tables import SmsThreadRow


def has_opted_out(store: Session, tenant: str, number_hash: str) -> bool:
    """Tell whether the number of this hash wants no messages of a tenant."""
    query = select(SmsThreadRow.id).where(
        SmsThreadRow.tenant_id == tenant,
        SmsThreadRow.number_hash == number_hash,
        SmsThreadRow.opted_out_at.is_not(None),
    )
    return store.scalars(query.limit(1)).one_or_none() is not None
