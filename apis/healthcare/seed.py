"""The demo's clinic: read from its seed file, checked, and written where there is none.

Days are counted from the set-up, so that calendars lie ahead and results behind; free times are
added at each further set-up, so that a calendar never runs out.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Engine, insert, select

from apis.common.model import Line, Note, Owner
from apis.common.sealing.asking import rows_of
from apis.common.sealing.columns import opened
from apis.common.setup import SeedError, Subjects, owner_of
from apis.healthcare.seed_calendar import Hours, Planned, add_free_times, taken
from apis.healthcare.tables import (
    AppointmentRow,
    CareRow,
    ClinicRow,
    DeskRow,
    MedicationRow,
    ObservationRow,
    PatientRow,
    PractitionerRow,
)
from apis.healthcare.zone import Zone, zone_named

_Decimal = Annotated[str, Field(pattern=r"^(0|[1-9]\d{0,5})(\.\d{1,3})?$")]


def _known_zone(name: str) -> str:
    zone_named(name)
    return name


class _Seed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeedClinic(_Seed):
    """A clinic, and the time zone of its calendar."""

    tenant: str
    name: Line
    zone: Annotated[str, AfterValidator(_known_zone)]
    desk: list[str]
    """User names of the front desk."""


class SeedPractitioner(_Seed):
    """Somebody who treats patients; `hours` are by weekday, 0 for Monday."""

    tenant: str
    username: str | None = None
    name: Line
    given: Line
    family: Line
    specialty: Line
    hours: dict[Annotated[int, Field(ge=0, le=6)], list[Hours]]
    busy: Annotated[int, Field(ge=2, le=100)]
    """Every so many times is taken already."""


class SeedResult(_Seed):
    """One kind of laboratory result with its values, each so many days before the set-up."""

    code: Annotated[str, Field(pattern=r"^\d{1,7}-\d$")]
    """In LOINC."""
    display: Note
    unit: Line
    ucum: Line
    low: _Decimal | None = None
    high: _Decimal | None = None
    values: dict[Annotated[int, Field(ge=0, le=3_650)], _Decimal]


class SeedMedication(_Seed):
    """A prescription."""

    by: Line
    status: Literal["active", "completed", "stopped"]
    medicine: Note
    dosage: Note
    days_ago: Annotated[int, Field(ge=0, le=3_650)]


class SeedPatient(_Seed):
    """A patient; practitioners are named by their family names."""

    tenant: str
    username: str
    number: Annotated[str, Field(pattern=r"^[A-Z]{2}-\d{5}$")]
    name: Line
    given: Line
    family: Line
    gender: Literal["male", "female", "other", "unknown"]
    born_on: date
    in_care_of: list[Line]
    results: list[SeedResult] = []
    medications: list[SeedMedication] = []
    appointments: list[Planned] = []


class SeedBook(_Seed):
    """The `healthcare` part of the seed file."""

    clinics: list[SeedClinic]
    practitioners: list[SeedPractitioner]
    patients: list[SeedPatient]


def fill_when_empty(engine: Engine, book: SeedBook, subjects: Subjects, today: date) -> bool:
    """Write everything, in one transaction, where there is nothing; else only free times.

    Return False for nothing new. Raises `SeedError` where somebody has no pairwise subject.
    """
    with engine.begin() as connection:
        zones = {clinic.tenant: zone_named(clinic.zone) for clinic in book.clinics}
        empty = connection.execute(select(ClinicRow.tenant).limit(1)).first() is None
        if empty:
            _people(connection, book, subjects)
        added = False
        for one in book.practitioners:
            zone = zones[one.tenant]
            mine = _practitioner(connection, one.tenant, one.family)
            hours = (one.tenant, mine, one.hours, one.busy)
            added = add_free_times(connection, *hours, zone, today) or added
        if empty:
            for patient in book.patients:
                owner = owner_of(patient.tenant, patient.username, subjects)
                _patient(connection, patient, owner, zones[patient.tenant], today)
    return added or empty


def _people(connection: Connection, book: SeedBook, subjects: Subjects) -> None:
    for clinic in book.clinics:
        values = {"tenant": clinic.tenant, "name": clinic.name, "zone": clinic.zone}
        connection.execute(insert(ClinicRow), values)
        for username in clinic.desk:
            owner = owner_of(clinic.tenant, username, subjects)
            connection.execute(insert(DeskRow), {"tenant": owner.tenant, "subject": owner.subject})
    for one in book.practitioners:
        known = owner_of(one.tenant, one.username, subjects).subject if one.username else None
        row = {"tenant": one.tenant, "subject": known, "specialty": one.specialty}
        connection.execute(insert(PractitionerRow), {**row, **_named(one), "id": new_id("prc")})


def _patient(
    connection: Connection, patient: SeedPatient, owner: Owner, zone: Zone, today: date
) -> None:
    mine = new_id("pat")
    values = {
        "id": mine,
        "tenant": owner.tenant,
        "subject": owner.subject,
        "number": patient.number,
        **_named(patient),
        "gender": patient.gender,
        "born_on": patient.born_on,
    }
    connection.execute(insert(PatientRow), values)
    whose = {"tenant": owner.tenant}
    for family in patient.in_care_of:
        carer = _practitioner(connection, patient.tenant, family)
        connection.execute(insert(CareRow), {"patient_id": mine, "practitioner_id": carer})
    for result in patient.results:
        results = _results(result, mine, zone, today)
        connection.execute(insert(ObservationRow), [{**whose, **one} for one in results])
    for given in patient.medications:
        by = _practitioner(connection, patient.tenant, given.by)
        made = _medication(given, mine, by, today)
        connection.execute(insert(MedicationRow), {**whose, **made})
    for planned in patient.appointments:
        by = _practitioner(connection, patient.tenant, planned.by)
        appointment = new_id("apt")
        slot = taken(connection, by, planned, appointment, zone, today)
        row = {"id": appointment, "tenant": owner.tenant, "patient_id": mine, "status": "booked"}
        connection.execute(insert(AppointmentRow), {**row, "practitioner_id": by, **slot})


def _results(result: SeedResult, patient: str, zone: Zone, today: date) -> list[dict[str, Any]]:
    shared = result.model_dump(exclude={"values"})
    return [
        {
            "id": new_id("obs"),
            "patient_id": patient,
            **shared,
            "value": value,
            "observed_at": zone.at(_ago(today, days), time(8, 10)),
        }
        for days, value in result.values.items()
    ]


def _medication(given: SeedMedication, patient: str, by: str, today: date) -> dict[str, Any]:
    return {
        "id": new_id("med"),
        "patient_id": patient,
        "practitioner_id": by,
        "status": given.status,
        "medicine": given.medicine,
        "dosage": given.dosage,
        "authored_on": _ago(today, given.days_ago),
    }


def _practitioner(connection: Connection, tenant: str, family: str) -> str:
    query = select(PractitionerRow.id).where(
        PractitionerRow.tenant == tenant, opened(PractitionerRow.family) == family
    )
    found = rows_of(connection, query, {})
    if len(found) != 1:
        raise SeedError(f"there is no practitioner {family} of {tenant}")
    return str(found[0].id)


def _named(one: SeedPatient | SeedPractitioner) -> Mapping[str, str]:
    return {"name": one.name, "given": one.given, "family": one.family}


def _ago(today: date, days: int) -> date:
    return date.fromordinal(today.toordinal() - days)


def new_id(kind: str) -> str:
    """Return a new id of a kind: FHIR allows letters, digits, a dash and a dot."""
    return f"{kind}-{secrets.token_hex(16)}"
