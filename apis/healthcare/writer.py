"""The writes of the clinic: each is done once for its key, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import Connection, Engine

from apis.common.caller import Caller, Clock
from apis.common.model import Owner
from apis.common.relations import Relations
from apis.common.writer import OnceWriter, Written
from apis.healthcare.emergency import Emergency
from apis.healthcare.fhir import Appointment
from apis.healthcare.orders import (
    CancelOrder,
    EmergencyAccess,
    EmergencyOrder,
    Settled,
    VisitOrder,
)
from apis.healthcare.visits import Desk

_ANSWER: TypeAdapter[Appointment | EmergencyAccess] = TypeAdapter(Appointment | EmergencyAccess)


class Moved(VisitOrder):
    """Which appointment is moved: a part of what its key stands for."""

    appointment: str


class Cancelled(CancelOrder):
    """Which appointment is cancelled."""

    appointment: str


class Writer(OnceWriter):
    """Appointments of one patient at a time, and records opened in an emergency."""

    def __init__(self, engine: Engine, clock: Clock, relations: Relations) -> None:
        super().__init__(engine, clock)
        self._now = clock
        self._relations = relations

    async def book(self, caller: Caller, key: str, order: VisitOrder) -> Written[Appointment]:
        """Book a free time once for `key`."""
        return await self._visit(caller, key, order, lambda desk: desk.book(order))

    async def reschedule(
        self, caller: Caller, key: str, appointment: str, order: VisitOrder
    ) -> Written[Appointment]:
        """Move an appointment once for `key`."""
        named = Moved(appointment=appointment, slot=order.slot, start=order.start)
        return await self._visit(
            caller, key, named, lambda desk: desk.reschedule(appointment, order)
        )

    async def cancel(
        self, caller: Caller, key: str, appointment: str, order: CancelOrder
    ) -> Written[Appointment]:
        """Cancel an appointment once for `key`."""
        named = Cancelled(appointment=appointment, start=order.start)
        return await self._visit(caller, key, named, lambda desk: desk.cancel(appointment, order))

    async def open_emergency_access(
        self, caller: Caller, key: str, order: EmergencyOrder
    ) -> Written[EmergencyAccess]:
        """Open a record for an hour, once for `key`."""

        def opened(
            connection: Connection, owner: Owner, order: EmergencyOrder, _today: date
        ) -> EmergencyAccess:
            now = int(self._now().timestamp())
            return Emergency(self._relations, connection, owner, now).open(order)

        return await self.write(caller, key, order, EmergencyAccess, opened)

    async def settle(self, caller: Caller, key: str) -> Settled:
        """Tell how `key` ended for this owner; a key that nothing ended is void from now on."""
        ended = await self.ended(caller, key)
        if ended.answer is None:
            return Settled(state="void")
        return Settled(state="done", result=_ANSWER.validate_json(ended.answer))

    async def _visit[O: BaseModel](
        self, caller: Caller, key: str, order: O, work: Callable[[Desk], Appointment]
    ) -> Written[Appointment]:
        def done(connection: Connection, owner: Owner, _order: O, _today: date) -> Appointment:
            now = int(self._now().timestamp())
            return work(Desk(self._relations, connection, owner, now))

        return await self.write(caller, key, order, Appointment, done)
