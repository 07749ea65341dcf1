"""What HR deletes of somebody who is erased: see `erasure.json`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete

from apis.common.erasures import of
from apis.common.model import Owner
from apis.hr.tables import LeaveRow


def erase(connection: Connection, owner: Owner, _now: datetime) -> None:
    """Delete requests for time off that were not granted: nobody was away by them."""
    connection.execute(delete(LeaveRow).where(*of(LeaveRow, owner), LeaveRow.state != "approved"))
