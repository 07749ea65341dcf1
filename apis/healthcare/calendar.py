"""Reads the calendars: who works here, when they are free, and who comes when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Engine, Row, Select, bindparam, func, select

from apis.common.caller import Clock
from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.reader import Reader
from apis.common.relations import Found, Relations, person
from apis.common.sealing.columns import opened
from apis.healthcare import shapes
from apis.healthcare.bundles import (
    MOST,
    PAGE,
    AppointmentBundle,
    AppointmentEntry,
    PractitionerBundle,
    PractitionerEntry,
    SlotBundle,
    SlotEntry,
)
from apis.healthcare.fhir import Meta
from apis.healthcare.free_times import free_times
from apis.healthcare.people import WHO, Known, known_by
from apis.healthcare.tables import AppointmentRow, PatientRow, PractitionerRow
from apis.healthcare.zone import Zone, zone_named

MOST_DAYS = 92
"""How many days of a calendar are searched at once."""

_PRACTITIONERS = (
    select(PractitionerRow.__table__)
    .where(PractitionerRow.tenant == bindparam("tenant"))
    .order_by(opened(PractitionerRow.family), PractitionerRow.id)
    .limit(MOST)
)


def visits(by: Any = AppointmentRow) -> Select[Any]:
    """Return the query for all appointments, with the names and subjects of both people.

    `by` is the table that the tenant is looked up in: the one whose index is to be used.
    """
    return (
        select(
            AppointmentRow.__table__,
            PatientRow.name.label("patient_name"),
            PatientRow.subject,
            PractitionerRow.name.label("practitioner_name"),
            PractitionerRow.subject.label("practitioner_subject"),
        )
        .join(PatientRow, PatientRow.id == AppointmentRow.patient_id)
        .join(PractitionerRow, PractitionerRow.id == AppointmentRow.practitioner_id)
        .where(by.tenant == bindparam("tenant"))
    )


_COMING = (AppointmentRow.status == "booked", AppointmentRow.ends_at > bindparam("now"))
_SOONEST = (AppointmentRow.starts_at, AppointmentRow.id)
_MINE = (
    visits(PatientRow)
    .where(*_COMING, PatientRow.subject == bindparam("subject"))
    .order_by(*_SOONEST)
    .limit(MOST)
)
_DAYS = (
    AppointmentRow.starts_at >= bindparam("first"),
    AppointmentRow.starts_at < bindparam("end"),
)
_ALL = visits().where(*_COMING, *_DAYS).order_by(*_SOONEST).limit(PAGE)
_WITH_ME = (
    visits(PractitionerRow)
    .where(*_COMING, *_DAYS, AppointmentRow.practitioner_id == bindparam("practitioner"))
    .order_by(*_SOONEST)
    .limit(PAGE)
)
_COUNTED = select(func.count().label("how_many")).select_from(AppointmentRow)
_HOW_MANY = _COUNTED.where(AppointmentRow.tenant == bindparam("tenant"), *_COMING, *_DAYS)
_HOW_MANY_WITH_ME = _COUNTED.where(
    AppointmentRow.practitioner_id == bindparam("practitioner"), *_COMING, *_DAYS
)


@dataclass(frozen=True)
class Wanted:
    """Which free times are wanted, in the clinic's own time; None is no bound."""

    first_day: date | None = None
    last_day: date | None = None
    after: time | None = None
    before: time | None = None
    practitioner: str | None = None
    limit: int = 10


class Calendar:
    """The calendars of the caller's clinic.

    Raises `SQLAlchemyError` where it cannot read, `PolicyFailure` where it cannot decide.
    """

    def __init__(self, engine: Engine, relations: Relations, clock: Clock) -> None:
        self._reader = Reader(engine)
        self._relations = relations
        self._clock = clock

    async def practitioners(self, owner: Owner) -> PractitionerBundle:
        """Return who works at the clinic."""
        _, zone = await self._known(owner)
        rows = await self._reader.rows(_PRACTITIONERS, owner)
        kinds = (Found("Calendar", row.tenant, row.id) for row in rows)
        self._relations.require_all(owner, "list_practitioners", kinds)
        found = [PractitionerEntry(resource=shapes.practitioner(row)) for row in rows]
        return PractitionerBundle(**self._listed(found, zone))

    async def free(self, owner: Owner, wanted: Wanted) -> SlotBundle:
        """Return the free times that fit, the soonest first; none that has begun."""
        _, zone = await self._known(owner)
        now = self._now()
        windows = [(max(first, now + 1), end) for first, end in self._windows(wanted, zone)]
        one, most = wanted.practitioner, wanted.limit
        rows = await free_times(self._reader, owner, windows, one, most)
        kinds = (Found("Calendar", row.tenant, row.practitioner_id) for row in rows)
        self._relations.require_all(owner, "list_slots", kinds)
        found = [SlotEntry(resource=shapes.slot(row, zone)) for row in rows]
        return SlotBundle(**self._listed(found, zone))

    async def own(self, owner: Owner) -> AppointmentBundle:
        """Return the patient's coming appointments. Raises `ProblemError` `no_record`."""
        known, zone = await self._known(owner)
        if known.patient is None:
            raise ProblemError("no_record")
        rows = await self._reader.rows(_MINE, owner, now=self._now())
        kinds = (visit(row) for row in rows)
        self._relations.require_all(owner, "list_appointments", kinds, groups=known.groups)
        return self._appointments(rows, zone)

    async def of_clinic(
        self, owner: Owner, first: date | None, days: int, after: time | None = None
    ) -> AppointmentBundle:
        """Return the coming appointments of some days: all for the front desk, else one's own.

        `after` is the earliest on the first of these days. Of many, the soonest `PAGE`.
        Raises `ProblemError` `no_record` for who is neither of the desk nor a practitioner.
        """
        known, zone = await self._known(owner)
        if not known.groups:
            raise ProblemError("no_record")
        begins = first or zone.local(self._now()).date()
        bound: dict[str, Any] = {
            "first": zone.at(begins, after or time()),
            "end": zone.begins(begins + timedelta(days=days)),
            "now": self._now(),
        }
        queries: tuple[Select[Any], ...] = (_ALL, _HOW_MANY)
        if not known.desk:
            queries = (_WITH_ME, _HOW_MANY_WITH_ME)
            bound["practitioner"] = known.practitioner
        rows, counted = [await self._reader.rows(query, owner, **bound) for query in queries]
        kinds = (visit(row) for row in rows)
        action = "list_clinic_appointments"
        self._relations.require_all(owner, action, kinds, groups=known.groups)
        return self._appointments(rows, zone, counted[0].how_many, shapes.about(rows))

    async def ready(self) -> bool:
        """Tell that the tables can be read; raises `SQLAlchemyError` otherwise."""
        await self._reader.rows(_MINE, Owner("", ""), now=0)
        return True

    def close(self) -> None:
        """Close the database."""
        self._reader.close()

    def _appointments(
        self,
        rows: list[Row[Any]],
        zone: Zone,
        total: int | None = None,
        meta: Meta | None = None,
    ) -> AppointmentBundle:
        found = [AppointmentEntry(resource=shapes.appointment(row, zone)) for row in rows]
        return AppointmentBundle(**self._listed(found, zone, total), meta=meta)

    def _listed(self, found: list[Any], zone: Zone, total: int | None = None) -> dict[str, Any]:
        return listed(found, zone, self._now(), total)

    def _now(self) -> int:
        return int(self._clock().timestamp())

    def _windows(self, wanted: Wanted, zone: Zone) -> Iterator[tuple[int, int]]:
        """Yield when times may begin: all days in one, or the wanted hours of each day."""
        first = wanted.first_day or zone.local(self._now()).date()
        longest = first + timedelta(days=MOST_DAYS)
        last = min(wanted.last_day, longest) if wanted.last_day else longest
        if wanted.after is None and wanted.before is None:
            yield zone.begins(first), zone.ends(last)
            return
        for ahead in range((last - first).days + 1):
            on = first + timedelta(days=ahead)
            end = zone.at(on, wanted.before) if wanted.before else zone.ends(on)
            yield zone.at(on, wanted.after or time()), end

    async def _known(self, owner: Owner) -> tuple[Known, Zone]:
        known = known_by(await self._reader.rows(WHO, owner))
        if known is None:
            raise ProblemError("no_record")
        return known, zone_named(known.zone)


def visit(row: Any) -> Found:
    """Return an appointment as the policies see it."""
    related = (("practitioner", person(row.practitioner_subject or "")),)
    return Found("Visit", row.tenant, row.subject, related)


def listed(found: list[Any], zone: Zone, now: int, total: int | None = None) -> dict[str, Any]:
    """Return the members of a bundle; `total` where there are more than are listed."""
    some = {"entry": found} if found else {}
    count = len(found) if total is None else total
    return {"timestamp": zone.local(now), "total": count, **some}


async def _calendar_of(request: Request) -> Calendar:
    """Return the calendar that the composition root gave to the application."""
    calendar: Calendar = request.app.state.calendar
    return calendar


Reads = Annotated[Calendar, Depends(_calendar_of)]
