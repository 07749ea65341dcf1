"""The clinic's big set: practitioners with their calendars, patients, visits and results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from random import Random

from sqlalchemy import Connection

from apis.common.model import Owner
from apis.healthcare.seed_calendar import TAKEN
from apis.healthcare.tables import (
    AppointmentRow,
    CareRow,
    DeskRow,
    MedicationRow,
    ObservationRow,
    PatientRow,
    PractitionerRow,
    SlotRow,
)
from apis.healthcare.zone import Zone
from tools.big.medicine import MEDICINES, PANELS, SPECIALTIES, Test
from tools.big.people import Person
from tools.big.rows import chance, day, fill

MINUTES = 20
DAYS_AHEAD = 56
_YEARS_BEHIND = 3
_OPENS, _TIMES = time(8), 24
_PATIENTS_EACH = 90
_TO_COME = 0.15
"""How many of all appointments have not been yet."""


@dataclass
class Practitioner:
    """Somebody who treats patients; `patients` has the id of one for each appointment."""

    id: str
    person: Person
    owner: Owner
    patients: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Size:
    """How much there is to be: of all patients together."""

    appointments: int
    observations: int


def staff_of(people: int) -> int:
    """Return how many of the people treat patients; two more sit at the front desk."""
    return max(people // _PATIENTS_EACH, 1)


def fill_clinic(
    connection: Connection,
    people: Sequence[tuple[Person, Owner]],
    seed: int,
    today: date,
    zone: Zone,
    size: Size,
) -> dict[str, int]:
    """Write everything; return how much of what there is."""
    random = Random(f"{seed}/clinic")
    staff = staff_of(len(people))
    treating = [Practitioner(_id(random, "prc"), *one) for one in people[:staff]]
    desk, patients = people[staff : staff + 2], people[staff + 2 :]
    ids = [_id(random, "pat") for _ in patients]
    carers = [random.choice(treating) for _ in patients]
    for _ in range(size.appointments):
        place = random.randrange(len(ids))
        carers[place].patients.append(ids[place])
    times = [time for one in treating for time in _calendar(random, one, zone, today)]
    visits = [visit for _, visit in times if visit is not None]
    fill(connection, PractitionerRow, _PRACTITIONER, _practitioners(random, treating))
    fill(connection, DeskRow, ("tenant", "subject"), [(o.tenant, o.subject) for _, o in desk])
    fill(connection, PatientRow, _PATIENT, _patients(ids, patients))
    fill(
        connection,
        CareRow,
        ("patient_id", "practitioner_id"),
        [(mine, carer.id) for mine, carer in zip(ids, carers, strict=True)],
    )
    fill(connection, SlotRow, _SLOT, [slot for slot, _ in times])
    fill(connection, AppointmentRow, _APPOINTMENT, visits)
    tenant = people[0][1].tenant
    results = _results(random, ids, zone, today, size.observations)
    fill(connection, ObservationRow, _OBSERVATION, _of(tenant, results))
    medicines = _medicines(random, ids, carers, today)
    fill(connection, MedicationRow, _MEDICATION, _of(tenant, medicines))
    return {
        "patients": len(patients),
        "appointments": len(visits),
        "observations": size.observations,
    }


_PRACTITIONER = ("id", "tenant", "subject", "name", "given", "family", "specialty")
_PATIENT = ("id", "tenant", "subject", "number", "name", "given", "family", "gender", "born_on")
_SLOT = ("id", "tenant", "practitioner_id", "starts_at", "ends_at", "taken_by")
_APPOINTMENT = (
    "id",
    "tenant",
    "patient_id",
    "practitioner_id",
    "slot_id",
    "starts_at",
    "ends_at",
    "status",
)
_OBSERVATION = (
    "id",
    "tenant",
    "patient_id",
    "code",
    "display",
    "observed_at",
    "value",
    "unit",
    "ucum",
    "low",
    "high",
)
_MEDICATION = (
    "id",
    "tenant",
    "patient_id",
    "practitioner_id",
    "status",
    "medicine",
    "dosage",
    "authored_on",
)


def _of(tenant: str, rows: Iterator[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    return ((row[0], tenant, *row[1:]) for row in rows)


def _id(random: Random, kind: str) -> str:
    return f"{kind}-{random.randbytes(16).hex()}"


def _practitioners(
    random: Random, treating: Sequence[Practitioner]
) -> Iterator[tuple[object, ...]]:
    for one in treating:
        who = (f"Dr {one.person.name}", one.person.given, one.person.family)
        yield (one.id, one.owner.tenant, one.owner.subject, *who, random.choice(SPECIALTIES))


def _patients(
    ids: Sequence[str], patients: Sequence[tuple[Person, Owner]]
) -> Iterator[tuple[object, ...]]:
    for number, (mine, (person, owner)) in enumerate(zip(ids, patients, strict=True)):
        who = (person.name, person.given, person.family, person.gender, day(person.born_on))
        yield (mine, owner.tenant, owner.subject, f"HC-{40_000 + number}", *who)


def _calendar(
    random: Random, one: Practitioner, zone: Zone, today: date
) -> Iterator[tuple[tuple[object, ...], tuple[object, ...] | None]]:
    """Yield times, each with its appointment where it has one: what was, and all that is to come.

    Some of what is to come is taken by nobody known: it was given away outside of this system.
    """
    behind = _starts(zone, [today - timedelta(days=ago) for ago in range(1, _YEARS_BEHIND * 365)])
    ahead = _starts(zone, [today + timedelta(days=days) for days in range(1, DAYS_AHEAD + 1)])
    coming = min(round(len(one.patients) * _TO_COME), len(ahead) // 2)
    been = random.sample(behind, min(len(one.patients) - coming, len(behind)))
    booked = set(random.sample(ahead, coming))
    patients = iter(one.patients)
    for start in (*sorted(been), *ahead):
        slot, appointment = _id(random, "slt"), _id(random, "apt")
        when = (start, start + MINUTES * 60)
        known = start in booked or start < ahead[0]
        status = "cancelled" if start < ahead[0] and chance(random, 0.05) else "booked"
        taken = appointment if status == "booked" else None
        if not known:
            taken = TAKEN if chance(random, 0.25) else None
        row = (slot, one.owner.tenant, one.id, *when, taken)
        mine = (one.owner.tenant, next(patients), one.id, slot) if known else ()
        yield row, (appointment, *mine, *when, status) if known else None


def _starts(zone: Zone, days: Sequence[date]) -> list[int]:
    """Return when appointments begin on these days, but for weekends."""
    opens = [zone.at(on, _OPENS) for on in sorted(days) if on.weekday() < 5]
    return [first + place * MINUTES * 60 for first in opens for place in range(_TIMES)]


def _results(
    random: Random, ids: Sequence[str], zone: Zone, today: date, count: int
) -> Iterator[tuple[object, ...]]:
    """Yield `count` results, in panels of one morning's blood; each person keeps their level."""
    made = 0
    levels: dict[tuple[str, str], float] = {}
    while made < count:
        patient = random.choice(ids)
        taken_on = today - timedelta(days=random.randint(1, 1_460))
        at = zone.at(taken_on, time(7, random.randrange(60)))
        for test in random.choice(PANELS)[: count - made]:
            usual = levels.setdefault((patient, test.code), random.gauss(test.usual, test.spread))
            value = max(random.gauss(usual, test.spread / 4), test.usual / 10)
            yield (_id(random, "obs"), patient, *_told(test, at, value))
            made += 1


def _told(test: Test, at: int, value: float) -> tuple[object, ...]:
    shown = f"{value:.{test.decimals}f}"
    return (test.code, test.display, at, shown, test.unit, test.ucum, test.low, test.high)


def _medicines(
    random: Random, ids: Sequence[str], carers: Sequence[Practitioner], today: date
) -> Iterator[tuple[object, ...]]:
    for patient, carer in zip(ids, carers, strict=True):
        for medicine, dosage in random.sample(MEDICINES, random.choice((0, 0, 1, 1, 2, 3))):
            status = random.choice(("active", "active", "completed", "stopped"))
            on = today - timedelta(days=random.randint(3, 900))
            yield (_id(random, "med"), patient, carer.id, status, medicine, dosage, day(on))
