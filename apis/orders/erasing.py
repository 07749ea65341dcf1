"""What the shop deletes of a customer who is erased: see `erasure.json`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete

from apis.common.erasures import of
from apis.common.model import Owner
from apis.orders.tables import CustomerRow


def erase(connection: Connection, owner: Owner, _now: datetime) -> None:
    """Delete the customer's account; each order has the address that it went to."""
    connection.execute(delete(CustomerRow).where(*of(CustomerRow, owner)))
