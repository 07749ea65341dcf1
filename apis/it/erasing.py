"""What the service desk deletes of somebody who is erased: see `erasure.json`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from apis.common.erasures import of
from apis.common.model import Owner
from apis.common.sealing.asking import rows_of
from apis.common.sealing.columns import rewrite
from apis.it.desk import PERSON
from apis.it.tables import TicketRow

_TICKETS = select(TicketRow.__table__)


def erase(connection: Connection, owner: Owner, _now: datetime) -> None:
    """Take the person's own words out of the tickets that have them."""
    with_words = _TICKETS.where(*of(TicketRow, owner), TicketRow.kind == PERSON)
    for row in rows_of(connection, with_words, {}):
        rewrite(connection, TicketRow, row, words=None)
