"""The routes that change something: book, move, cancel, open a record; and ask what was done."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI, Path, Request

from apis.common.app import add_write, told
from apis.common.caller import Caller, writing
from apis.common.problems import READ_REFUSALS
from apis.common.requests import Key, PlainQuery, WithoutQuery, body_of, writer_of
from apis.common.settling import settling
from apis.common.strength import PERSONAL, SENSITIVE
from apis.healthcare.fhir import Appointment, id_of
from apis.healthcare.orders import (
    CancelOrder,
    EmergencyAccess,
    EmergencyOrder,
    Settled,
    VisitOrder,
)
from apis.healthcare.problems import (
    BOOKING_REFUSALS,
    CANCEL_REFUSALS,
    EMERGENCY_REFUSALS,
    KINDS,
)
from apis.healthcare.writer import Writer

APPOINTMENTS_WRITE = "healthcare:appointments:write"
EMERGENCY_WRITE = "healthcare:emergency:write"
WRITES_SETTLE = "healthcare:writes:settle"


Writes = Annotated[Writer, Depends(writer_of)]
VisitCaller = Annotated[Caller, writing(APPOINTMENTS_WRITE, PERSONAL)]
EmergencyCaller = Annotated[Caller, writing(EMERGENCY_WRITE, SENSITIVE)]
AnAppointment = Annotated[str, Path(pattern=id_of("apt"))]


async def book_appointment(
    caller: VisitCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[VisitOrder, Depends(body_of(VisitOrder))],
    writer: Writes,
    request: Request,
) -> Appointment:
    """Book a free time for the caller, once for this key."""
    return told(request, await writer.book(caller, key, order))


async def reschedule_appointment(
    caller: VisitCaller,
    appointment: AnAppointment,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[VisitOrder, Depends(body_of(VisitOrder))],
    writer: Writes,
    request: Request,
) -> Appointment:
    """Move an appointment of the caller to a free time, once for this key."""
    return told(request, await writer.reschedule(caller, key, appointment, order))


async def cancel_appointment(
    caller: VisitCaller,
    appointment: AnAppointment,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[CancelOrder, Depends(body_of(CancelOrder))],
    writer: Writes,
    request: Request,
) -> Appointment:
    """Cancel an appointment of the caller, once for this key."""
    return told(request, await writer.cancel(caller, key, appointment, order))


async def open_emergency_access(
    caller: EmergencyCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[EmergencyOrder, Depends(body_of(EmergencyOrder))],
    writer: Writes,
    request: Request,
) -> EmergencyAccess:
    """Open the record of a patient who is not in the caller's care: to read, for an hour."""
    return told(request, await writer.open_emergency_access(caller, key, order))


def add_visits(app: FastAPI) -> None:
    """Add the routes that change a calendar."""
    one = "/Appointment/{appointment}"
    for path, write, form, codes in (
        ("/Appointment", book_appointment, VisitOrder, BOOKING_REFUSALS),
        (f"{one}/reschedule", reschedule_appointment, VisitOrder, BOOKING_REFUSALS),
        (f"{one}/cancel", cancel_appointment, CancelOrder, CANCEL_REFUSALS),
        ("/EmergencyAccess", open_emergency_access, EmergencyOrder, EMERGENCY_REFUSALS),
        ("/idempotency-keys/{key}/settle", settling(WRITES_SETTLE, Settled), None, READ_REFUSALS),
    ):
        add_write(app, KINDS, path, write, form, codes)
