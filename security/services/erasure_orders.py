"""Telling each API that a person is erased: written down with the erasure, carried until it is.

An order is a row of the transaction in which the person's own rows go: there is no erasure without
its orders, and no order for somebody who is still there. It names them as the API does, and by
nothing else. An API that is away is asked again, less and less often; one that has not answered
after an hour is an alert. A crash loses nothing: what was answered and not noted is asked again,
and answered the same.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.api_asking import NotAnswered
from security.adapters.erasure_client import ErasingApi, Order
from security.adapters.personal_tables import ErasureOrderRow, ErasureRow
from security.adapters.tables import TenantRow
from security.audit.record import AuditEvent, Tag
from security.core import Core

LATE = timedelta(hours=1)
"""How long an API may take before somebody has to look."""
SOONEST, SELDOMEST = timedelta(seconds=5), timedelta(minutes=10)
"""The pauses between two tries: the first, doubled each time, and the longest."""
LOOKS_EVERY_SECONDS = 5.0
_AT_ONCE = 20
TAKEN_FOR = timedelta(seconds=30)
"""How long another process leaves an order to the one that has begun: a call takes ten seconds."""
_ALL = "APIs are told of whomever it is"
_log = structlog.get_logger(__name__)


def apis_of(core: Core, store: Session, tenant_id: str) -> list[str]:
    """Return the APIs of an organisation that can be asked.

    One that no manifest speaks of may have been taken away: there is nobody to tell, and what it
    would keep is nobody's to say. It holds up no erasure.
    """
    known = {one.api for one in core.operations.values()}
    return [api for api in store.get_one(TenantRow, tenant_id).apis if api in known]


def issue(core: Core, store: Session, erasure: ErasureRow, person_id: str, now: datetime) -> None:
    """Write an order down for each API of the person's organisation."""
    audiences = {one.api: one.audience for one in core.operations.values()}
    for api in apis_of(core, store, erasure.tenant_id):
        row = ErasureOrderRow(
            id=secrets.token_urlsafe(18),
            tenant_id=erasure.tenant_id,
            erasure_id=erasure.id,
            api=api,
            subject=core.keys.pairwise_subject(person_id, audiences[api]),
            asked_at=erasure.asked_at,
            created_at=now,
            due_at=now,
        )
        store.add(row)


def pause_after(tries: int) -> timedelta:
    """Return how long to wait after so many tries that failed."""
    doubled: int = 1 << min(tries - 1, 10)
    return min(SOONEST * doubled, SELDOMEST)


class ErasureOrders:
    """Carries orders to the APIs; of several processes, one each."""

    def __init__(self, core: Core, apis: Mapping[str, ErasingApi]) -> None:
        self._core = core
        self._apis = apis

    async def run(self) -> None:
        """Work until cancelled; what fails is tried again."""
        while True:
            try:
                await self.round()
            except Exception as error:
                _log.error("erasures_not_carried", kind=type(error).__name__)
            await asyncio.sleep(LOOKS_EVERY_SECONDS)

    async def round(self) -> int:
        """Carry what is due, once each; return how many APIs have done it."""
        orders = await self._core.database.run(self._take, across=_ALL)
        # Side by side: one that is away keeps no other waiting.
        return sum(await asyncio.gather(*(self._carry(order) for order in orders)))

    def _take(self, store: Session) -> list[Order]:
        """Take what is due: a process that dies with it leaves it to the next one."""
        now = self._core.clock()
        query = (
            select(ErasureOrderRow)
            .where(ErasureOrderRow.due_at <= now)
            .order_by(ErasureOrderRow.due_at)
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        rows = store.scalars(query).all()
        for row in rows:
            row.due_at = now + TAKEN_FOR
        return [
            Order(row.id, row.api, row.tenant_id, row.subject, row.asked_at.date()) for row in rows
        ]

    async def _carry(self, order: Order) -> bool:
        api = self._apis.get(order.api)
        try:
            if api is None:
                raise NotAnswered("no_address")
            await api.erase(order)
        except Exception as error:
            # Whatever an answer breaks here: it was none, and somebody hears when it takes long.
            why = error.why if isinstance(error, NotAnswered) else type(error).__name__
            _log.warning("api_not_erased", api=order.api, why=why)
            await self._core.database.run(lambda store: self._later(store, order), across=_ALL)
            return False
        await self._core.database.run(lambda store: self._done(store, order), across=_ALL)
        return True

    def _done(self, store: Session, order: Order) -> None:
        row = store.get(ErasureOrderRow, order.id)
        if row is None:
            return
        self._record(store, row, Tag.ERASURE_CARRIED)
        store.delete(row)

    def _later(self, store: Session, order: Order) -> None:
        row, now = store.get(ErasureOrderRow, order.id), self._core.clock()
        if row is None:
            return
        row.tries += 1
        row.due_at = now + pause_after(row.tries)
        if row.late_at is None and now - row.created_at >= LATE:
            row.late_at = now
            self._record(store, row, Tag.ERASURE_LATE)

    def _record(self, store: Session, row: ErasureOrderRow, tag: Tag) -> None:
        """Put on the trail which API it was, by the trail's own name of who was erased."""
        erasure = store.get(ErasureRow, row.erasure_id)
        person = erasure.person_hash if erasure is not None else None
        event = AuditEvent(tag, row.tenant_id, person, reason=row.api)
        audit_log.append(store.connection(), event, self._core.clock())
