"""What the demo has "sent" over channels that have no real service."""

from __future__ import annotations

from datetime import UTC

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.account_tables import MessageRow
from security.core import Core
from security.errors import Refused
from security.model import Sent
from security.services.messages import SENT, destination_hash, open_letter

SHOWS = 100
"""How many letters are listed."""


class Outbox:
    """What was "sent" in demo mode over channels that have no real service."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def outbox(self, to: str | None) -> list[Sent]:
        """Return the latest letters, newest first: those to one number or address, or all.

        Raises `Refused("not_found")` outside demo mode.
        """
        if self._core.settings.mode != "demo":
            raise Refused("not_found")
        query = select(MessageRow).where(MessageRow.state == SENT, MessageRow.sealed.is_not(None))
        if to is not None:
            query = query.where(MessageRow.destination_hash == destination_hash(self._core, to))
        latest = query.order_by(MessageRow.created_at.desc(), MessageRow.sent_at.desc())

        def work(store: Session) -> list[Sent]:
            rows = store.scalars(latest.limit(SHOWS))
            return [self._shown(row) for row in rows]

        return await self._core.database.run(work, across="the demo's outbox shows everybody's")

    def _shown(self, row: MessageRow) -> Sent:
        letter = open_letter(row)
        at = row.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return Sent(at=at, channel=letter.channel, to=letter.to, text=letter.text)
