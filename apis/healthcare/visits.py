"""What booking, moving and cancelling do to the calendar, in a transaction of their caller's.

A free time is taken by one statement that says it is free: of two who want it, one gets it. Nobody
takes the whole calendar, or is in two rooms at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.relations import Found, Relations
from apis.healthcare import shapes
from apis.healthcare.calendar import visit, visits
from apis.healthcare.fhir import Appointment
from apis.healthcare.orders import CancelOrder, VisitOrder
from apis.healthcare.people import WHO, Known, known_by
from apis.healthcare.tables import AppointmentRow, PatientRow, SlotRow
from apis.healthcare.zone import zone_named

MOST_AHEAD = 10
"""How many appointments one patient may have ahead."""

_SLOT = select(SlotRow.__table__).where(
    SlotRow.tenant == bindparam("tenant"), SlotRow.id == bindparam("slot")
)
_TAKE = (
    update(SlotRow)
    .where(SlotRow.id == bindparam("slot"), SlotRow.taken_by.is_(None))
    .values(taken_by=bindparam("appointment"))
)
_FREE = update(SlotRow).where(SlotRow.taken_by == bindparam("appointment")).values(taken_by=None)
_ONE = visits().where(
    AppointmentRow.id == bindparam("appointment"),
    AppointmentRow.status == "booked",
    PatientRow.subject == bindparam("subject"),
)
_AHEAD = select(AppointmentRow.__table__).where(
    AppointmentRow.patient_id == bindparam("patient"),
    AppointmentRow.status == "booked",
    AppointmentRow.ends_at > bindparam("now"),
    AppointmentRow.id != bindparam("but"),
)
_MADE = visits().where(AppointmentRow.id == bindparam("appointment"))
_MOVE = (
    update(AppointmentRow)
    .where(AppointmentRow.id == bindparam("appointment"))
    .values(
        slot_id=bindparam("slot"),
        practitioner_id=bindparam("practitioner"),
        starts_at=bindparam("starts"),
        ends_at=bindparam("ends"),
    )
)
_CANCEL = (
    update(AppointmentRow)
    .where(AppointmentRow.id == bindparam("appointment"))
    .values(status="cancelled")
)


@dataclass(frozen=True)
class Desk:
    """One write of one caller; `now` is whole seconds of the epoch.

    Every call raises `ProblemError` where it is refused, and its caller undoes all of it.
    """

    relations: Relations
    connection: Connection
    owner: Owner
    now: int

    def book(self, order: VisitOrder) -> Appointment:
        """Make an appointment of the caller."""
        known = self._known()
        if known.patient is None:
            raise ProblemError("no_record")
        made = f"apt-{secrets.token_hex(16)}"
        slot = self._take(order, made)
        if len(self._ahead(known.patient, slot, made)) >= MOST_AHEAD:
            raise ProblemError("too_many_visits")
        values = {
            "id": made,
            "tenant": self.owner.tenant,
            "patient_id": known.patient,
            "practitioner_id": slot.practitioner_id,
            "slot_id": slot.id,
            "starts_at": slot.starts_at,
            "ends_at": slot.ends_at,
            "status": "booked",
        }
        self.connection.execute(insert(AppointmentRow), values)
        return self._told(made, known)

    def reschedule(self, appointment: str, order: VisitOrder) -> Appointment:
        """Move an appointment: the old time becomes free as the new one is taken."""
        row = self._mine("reschedule_appointment", appointment)
        self.connection.execute(_FREE, {"appointment": appointment})
        slot = self._take(order, appointment)
        self._ahead(row.patient_id, slot, appointment)
        moved = {"slot": slot.id, "practitioner": slot.practitioner_id}
        when = {"starts": slot.starts_at, "ends": slot.ends_at}
        self.connection.execute(_MOVE, {"appointment": appointment, **moved, **when})
        return self._told(appointment, self._known())

    def cancel(self, appointment: str, order: CancelOrder) -> Appointment:
        """Cancel an appointment; its time is free again."""
        row = self._mine("cancel_appointment", appointment)
        if row.starts_at != int(order.start.timestamp()):
            raise ProblemError("not_found")  # It was moved after it had been shown.
        self.connection.execute(_FREE, {"appointment": appointment})
        self.connection.execute(_CANCEL, {"appointment": appointment})
        return self._told(appointment, self._known())

    def _known(self) -> Known:
        known = known_by(list(self.connection.execute(WHO, self._caller())))
        if known is None:
            raise ProblemError("no_record")
        return known

    def _mine(self, action: str, appointment: str) -> Any:
        """Return an appointment of the caller that has not begun."""
        bound = {**self._caller(), "appointment": appointment}
        row = self.connection.execute(_ONE, bound).one_or_none()
        if row is None:
            raise ProblemError("not_found")
        self.relations.require(self.owner, action, visit(row))
        if row.starts_at <= self.now:
            raise ProblemError("too_late")
        return row

    def _take(self, order: VisitOrder, appointment: str) -> Any:
        bound = {"tenant": self.owner.tenant, "slot": order.slot}
        slot = self.connection.execute(_SLOT, bound).one_or_none()
        if slot is None or slot.starts_at != order.start.timestamp():
            raise ProblemError("not_found")
        calendar = Found("Calendar", slot.tenant, slot.practitioner_id)
        self.relations.require(self.owner, "book_appointment", calendar)
        if slot.starts_at <= self.now:
            raise ProblemError("too_late")
        taken = {"slot": slot.id, "appointment": appointment}
        if self.connection.execute(_TAKE, taken).rowcount != 1:
            raise ProblemError("slot_taken")
        return slot

    def _ahead(self, patient: str, slot: Any, but: str) -> Sequence[Any]:
        """Return the patient's other appointments ahead; raise where one is at the slot's time."""
        bound = {"patient": patient, "now": self.now, "but": but}
        ahead = self.connection.execute(_AHEAD, bound).all()
        if any(one.starts_at < slot.ends_at and slot.starts_at < one.ends_at for one in ahead):
            raise ProblemError("visit_overlaps")
        return ahead

    def _told(self, appointment: str, known: Known) -> Appointment:
        bound = {"tenant": self.owner.tenant, "appointment": appointment}
        row = self.connection.execute(_MADE, bound).one()
        return shapes.appointment(row, zone_named(known.zone))

    def _caller(self) -> dict[str, str]:
        return {"tenant": self.owner.tenant, "subject": self.owner.subject}
