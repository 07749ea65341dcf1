"""The routes of the calendars: who works here, when they are free, who comes when."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from apis.common.app import add_read
from apis.common.caller import reading
from apis.common.model import Owner, Sparse
from apis.common.problems import ProblemError
from apis.common.requests import PlainQuery, WithoutQuery
from apis.common.strength import PERSONAL, PLAIN
from apis.healthcare.bundles import AppointmentBundle, PractitionerBundle, SlotBundle
from apis.healthcare.calendar import Reads, Wanted
from apis.healthcare.fhir import PractitionerId
from apis.healthcare.problems import KINDS, OWN_REFUSALS

PRACTITIONERS_READ = "healthcare:practitioners:read"
SLOTS_READ = "healthcare:slots:read"
APPOINTMENTS_READ = "healthcare:appointments:read"
SCHEDULES_READ = "healthcare:schedules:read"

PractitionersOwner = Annotated[Owner, reading(PRACTITIONERS_READ, PLAIN)]
SlotsOwner = Annotated[Owner, reading(SLOTS_READ, PLAIN)]
AppointmentsOwner = Annotated[Owner, reading(APPOINTMENTS_READ, PLAIN)]
SchedulesOwner = Annotated[Owner, reading(SCHEDULES_READ, PERSONAL)]
Day = Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class FreeQuery(Sparse):
    """Which free times: bounds of the day and of the time of day, in the clinic's own time.

    `after` is the earliest start, `before` comes after the latest.
    """

    first_day: Day | SkipJsonSchema[None] = None
    last_day: Day | SkipJsonSchema[None] = None
    after: ClockTime | SkipJsonSchema[None] = None
    before: ClockTime | SkipJsonSchema[None] = None
    practitioner: PractitionerId | SkipJsonSchema[None] = None
    limit: Annotated[int, Query(ge=1, le=50)] = 10


class DaysQuery(Sparse):
    """Which days, in the clinic's own time: from the first, or from today.

    `after` is the earliest start on the first of them: what follows one answer's last.
    """

    first_day: Day | SkipJsonSchema[None] = None
    after: ClockTime | SkipJsonSchema[None] = None
    limit: Annotated[int, Query(ge=1, le=31, description="How many days.")] = 1


async def list_practitioners(
    owner: PractitionersOwner, _plain: PlainQuery, _query: WithoutQuery, calendar: Reads
) -> PractitionerBundle:
    """List who treats patients here."""
    return await calendar.practitioners(owner)


async def list_slots(
    owner: SlotsOwner, _plain: PlainQuery, query: Annotated[FreeQuery, Query()], calendar: Reads
) -> SlotBundle:
    """List free times, the soonest first."""
    wanted = Wanted(
        first_day=_day(query.first_day),
        last_day=_day(query.last_day),
        after=time.fromisoformat(query.after) if query.after else None,
        before=time.fromisoformat(query.before) if query.before else None,
        practitioner=query.practitioner,
        limit=query.limit,
    )
    return await calendar.free(owner, wanted)


async def list_appointments(
    owner: AppointmentsOwner, _plain: PlainQuery, _query: WithoutQuery, calendar: Reads
) -> AppointmentBundle:
    """List the caller's own coming appointments, the soonest first."""
    return await calendar.own(owner)


async def list_clinic_appointments(
    owner: SchedulesOwner,
    _plain: PlainQuery,
    query: Annotated[DaysQuery, Query()],
    calendar: Reads,
) -> AppointmentBundle:
    """List the appointments of some days: the front desk's all, a practitioner's own.

    One answer holds the soonest; `total` says how many there are.
    """
    after = time.fromisoformat(query.after) if query.after else None
    return await calendar.of_clinic(owner, _day(query.first_day), query.limit, after)


def add_calendar(app: FastAPI) -> None:
    """Add the routes of the calendars."""
    for path, read in (
        ("/Practitioner", list_practitioners),
        ("/Slot", list_slots),
        ("/Appointment", list_appointments),
        ("/Schedule/Appointment", list_clinic_appointments),
    ):
        add_read(app, KINDS, path, read, OWN_REFUSALS)


def _day(text: str | None) -> date | None:
    """Return the day; the thirty-first of some months is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ProblemError("invalid_request") from None
