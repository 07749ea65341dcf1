"""How our own messages fare: what the provider tells, in any order and more than once."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.account_tables import MessageRow
from security.audit.record import Tag
from security.core import Core
from security.services import messages
from security.services.webhooks import Webhooks
from security.sessions import hash_of
from security.sms.incoming import Status, goes_on
from security.sms.provider import STATUS

_LOST = frozenset({"undelivered", "failed"})


class TextStatuses:
    """Notes what becomes of messages that were handed over."""

    def __init__(self, core: Core, webhooks: Webhooks) -> None:
        self._core = core
        self._webhooks = webhooks

    async def note(self, body: bytes, signature: str) -> None:
        """Note a status; one that is older than what is known changes nothing.

        Raises what `Webhooks.read` refuses. A message that is not known (any more) is no error.
        """
        told = await self._webhooks.read(STATUS, body, signature, Status)

        def work(store: Session) -> None:
            known = select(MessageRow).where(MessageRow.provider_hash == hash_of(told.message_id))
            row = store.scalars(known.with_for_update()).one_or_none()
            if row is None or not goes_on(row.reported, told.status):
                return
            row.reported = told.status
            if told.status in _LOST:
                row.state = messages.FAILED
                messages.record(self._core, store, Tag.MESSAGE_FAILED, row, self._core.clock())
            elif told.status == "delivered":
                messages.record(self._core, store, Tag.MESSAGE_DELIVERED, row, self._core.clock())

        await self._core.database.run(work, across="a message is found by its service's id")
