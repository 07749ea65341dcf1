"""What the bank deletes of a person who is erased: see `erasure.json`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from apis.banking.tables import BillRow, CardRow, DeclineRow, PayeeRow, PinRow
from apis.common.erasures import of
from apis.common.model import Owner


def erase(connection: Connection, owner: Owner, _now: datetime) -> None:
    """Delete what no law wants: it explains no booking."""
    cards = select(CardRow.id).where(*of(CardRow, owner))
    connection.execute(delete(PinRow).where(PinRow.card_id.in_(cards)))
    connection.execute(delete(DeclineRow).where(DeclineRow.card_id.in_(cards)))
    connection.execute(delete(PayeeRow).where(*of(PayeeRow, owner)))
    unpaid = delete(BillRow).where(*of(BillRow, owner), BillRow.movement_id.is_(None))
    connection.execute(unpaid)
