"""An account number stays in what was typed only where some operation here could need it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from security.adapters.tables import TenantRow
from security.card_numbers import mask_ibans
from security.core import Core

NEEDED_BY = ("banking.add_payee", "banking.make_transfer", "hr.change_deposit")
"""The operations for which somebody may have to type an account number."""


def needed_alone(core: Core, connection: Connection, tenant_id: str | None, text: str) -> str:
    """Return what was typed; account numbers are masked where the organisation needs none."""
    masked = mask_ibans(text)
    if masked == text:
        return text
    query = select(TenantRow.apis).where(TenantRow.id == tenant_id)
    held = connection.execute(query).scalar_one_or_none() or ()
    needing = (core.operations[name].api for name in NEEDED_BY if name in core.operations)
    return text if any(api in held for api in needing) else masked
