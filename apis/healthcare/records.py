"""Reads health records: one's own, or those of the patients in one's care.

Whose care a patient is in, and who has opened a record in an emergency that is not over, is read
with the patient and decided by the policies before a line of the record is.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import ColumnElement, Engine, Row, Select, bindparam, exists, or_, select, union

from apis.common.caller import Clock
from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.reader import Reader
from apis.common.relations import Found, Relations, person
from apis.common.sealing.columns import opened
from apis.healthcare import shapes
from apis.healthcare.bundles import (
    MOST,
    PATIENTS,
    MedicationBundle,
    MedicationEntry,
    ObservationBundle,
    ObservationEntry,
    PatientBundle,
    PatientEntry,
    RecordBundle,
    RecordEntry,
)
from apis.healthcare.calendar import listed
from apis.healthcare.fhir import Meta, Reference
from apis.healthcare.orders import OpenRecord, OpenRecords
from apis.healthcare.people import WHO, Known, known_by
from apis.healthcare.tables import (
    CareRow,
    EmergencyRow,
    MedicationRow,
    ObservationRow,
    PatientRow,
    PractitionerRow,
)
from apis.healthcare.zone import Zone, zone_named


def _mine() -> ColumnElement[bool]:
    return PractitionerRow.subject == bindparam("subject")


IN_CARE = exists().where(
    CareRow.patient_id == PatientRow.id, PractitionerRow.id == CareRow.practitioner_id, _mine()
)
UNLOCKED = exists().where(
    EmergencyRow.patient_id == PatientRow.id,
    EmergencyRow.ends_at > bindparam("now"),
    PractitionerRow.id == EmergencyRow.practitioner_id,
    _mine(),
)
_PATIENTS = select(
    PatientRow.__table__, IN_CARE.label("in_care"), UNLOCKED.label("unlocked")
).where(PatientRow.tenant == bindparam("tenant"))
_OWN = _PATIENTS.where(PatientRow.subject == bindparam("subject"))
_THEIRS = union(
    select(CareRow.patient_id).where(CareRow.practitioner_id == bindparam("practitioner")),
    select(EmergencyRow.patient_id).where(
        EmergencyRow.practitioner_id == bindparam("practitioner"),
        EmergencyRow.ends_at > bindparam("now"),
    ),
)
_NAMED: tuple[Any, ...] = (PatientRow.id, PatientRow.name, PatientRow.number)
_NAMES = (
    select(*_NAMED)
    .where(PatientRow.tenant == bindparam("tenant"), PatientRow.id.in_(_THEIRS))
    .order_by(opened(PatientRow.name), PatientRow.id)
)
"""By what a physician's patients are found: no more of any of them than that."""
_TREATED = _PATIENTS.where(
    PatientRow.id.in_(bindparam("patients", expanding=True)), or_(IN_CARE, UNLOCKED)
).order_by(opened(PatientRow.name), PatientRow.id)
_ONE = _PATIENTS.where(PatientRow.id == bindparam("patient"), or_(IN_CARE, UNLOCKED))
_OPENED = (
    select(EmergencyRow.__table__, PatientRow.name)
    .join(PatientRow, PatientRow.id == EmergencyRow.patient_id)
    .join(PractitionerRow, PractitionerRow.id == EmergencyRow.practitioner_id)
    .where(
        PractitionerRow.tenant == bindparam("tenant"),
        EmergencyRow.ends_at > bindparam("now"),
        _mine(),
    )
    .order_by(EmergencyRow.ends_at)
    .limit(MOST)
)
_RESULTS = (
    select(ObservationRow.__table__, PatientRow.name.label("patient_name"))
    .join(PatientRow, PatientRow.id == ObservationRow.patient_id)
    .where(ObservationRow.patient_id == bindparam("patient"))
    .order_by(ObservationRow.observed_at.desc(), ObservationRow.id)
    .limit(100)
)
_MEDICINES = (
    select(
        MedicationRow.__table__,
        PatientRow.name.label("patient_name"),
        PractitionerRow.name.label("practitioner_name"),
    )
    .join(PatientRow, PatientRow.id == MedicationRow.patient_id)
    .join(PractitionerRow, PractitionerRow.id == MedicationRow.practitioner_id)
    .where(MedicationRow.patient_id == bindparam("patient"))
    .order_by(opened(MedicationRow.status), MedicationRow.authored_on.desc(), MedicationRow.id)
    .limit(99)
)


class Records:
    """The records that the caller may see.

    Raises `SQLAlchemyError` where it cannot read, `PolicyFailure` where it cannot decide.
    """

    def __init__(self, engine: Engine, relations: Relations, clock: Clock) -> None:
        self._reader = Reader(engine)
        self._relations = relations
        self._clock = clock

    async def patients(self, owner: Owner, name: str | None = None) -> PatientBundle:
        """Return the patients in the caller's care, and those whose record is open to them.

        Of many, the first `PATIENTS` by name. Raises `ProblemError` `not_in_care` where `name`
        means none of them.
        """
        known, zone = await self._known(owner)
        asks = {"practitioner": known.practitioner or "", "now": self._now()}
        names = await self._reader.rows(_NAMES, owner, **asks)
        meant = [row.id for row in names if name is None or _means(name, row)]
        if name is not None and not meant:
            raise ProblemError("not_in_care")
        rows = await self._reader.rows(_TREATED, owner, now=self._now(), patients=meant[:PATIENTS])
        kinds = (record(row, owner) for row in rows)
        self._relations.require_all(owner, "list_patients", kinds, groups=known.groups)
        found = [PatientEntry(resource=shapes.patient(row)) for row in rows]
        meta = shapes.about(rows)
        return PatientBundle(**listed(found, zone, self._now(), len(meant)), meta=meta)

    async def opened(self, owner: Owner) -> OpenRecords:
        """Return the records that the caller has opened in an emergency that is not over.

        Raises `ProblemError` `no_record` for who treats nobody here.
        """
        known, zone = await self._known(owner)
        if known.practitioner is None:
            raise ProblemError("no_record")
        rows = await self._reader.rows(_OPENED, owner, now=self._now())
        found = [
            OpenRecord(
                patient=Reference(reference=f"Patient/{row.patient_id}", display=row.name),
                ends=zone.local(row.ends_at),
            )
            for row in rows
        ]
        return OpenRecords(total=len(found), open=found)

    async def results(self, owner: Owner, action: str, patient: str | None) -> ObservationBundle:
        """Return results, the newest first: the caller's own, or those of a patient.

        Raises `ProblemError` `no_record`, or `not_in_care` for a patient whom the caller may not
        see or who does not exist.
        """
        whose, zone = await self._opened(owner, action, patient)
        found = [ObservationEntry(resource=one) for one in await self._results(owner, whose, zone)]
        return ObservationBundle(**listed(found, zone, self._now()), meta=_about(whose, patient))

    async def medicines(self, owner: Owner, action: str, patient: str | None) -> MedicationBundle:
        """Return prescriptions, the active ones first. Raises like `results`."""
        whose, zone = await self._opened(owner, action, patient)
        found = [MedicationEntry(resource=one) for one in await self._medicines(owner, whose)]
        return MedicationBundle(**listed(found, zone, self._now()), meta=_about(whose, patient))

    async def whole(self, owner: Owner, action: str, patient: str | None) -> RecordBundle:
        """Return a patient with all results and prescriptions. Raises like `results`."""
        whose, zone = await self._opened(owner, action, patient)
        parts = (
            shapes.patient(whose),
            *await self._results(owner, whose, zone),
            *await self._medicines(owner, whose),
        )
        found = [RecordEntry(resource=part) for part in parts]
        return RecordBundle(**listed(found, zone, self._now()), meta=_about(whose, patient))

    async def ready(self) -> bool:
        """Tell that the tables can be read; raises `SQLAlchemyError` otherwise."""
        await self._reader.rows(_OWN, Owner("", ""), now=0)
        return True

    def close(self) -> None:
        """Close the database."""
        self._reader.close()

    async def _opened(
        self, owner: Owner, action: str, patient: str | None
    ) -> tuple[Row[Any], Zone]:
        """Return the patient whose record is asked for, once the policies have allowed it."""
        known, zone = await self._known(owner)
        if patient is None:
            rows = await self._reader.rows(_OWN, owner, now=self._now())
        else:
            rows = await self._reader.rows(_ONE, owner, now=self._now(), patient=patient)
        if not rows:
            raise ProblemError("no_record" if patient is None else "not_in_care")
        try:
            one = record(rows[0], owner)
            self._relations.require(owner, action, one, groups=known.groups)
        except ProblemError:
            raise ProblemError("no_record" if patient is None else "not_in_care") from None
        return rows[0], zone

    async def _results(self, owner: Owner, whose: Row[Any], zone: Zone) -> list[Any]:
        rows = await self._of(_RESULTS, owner, whose)
        return [shapes.observation(row, zone) for row in rows]

    async def _medicines(self, owner: Owner, whose: Row[Any]) -> list[Any]:
        return [shapes.medication(row) for row in await self._of(_MEDICINES, owner, whose)]

    async def _of(self, query: Select[Any], owner: Owner, whose: Row[Any]) -> list[Row[Any]]:
        return await self._reader.rows(query, owner, patient=whose.id)

    def _now(self) -> int:
        return int(self._clock().timestamp())

    async def _known(self, owner: Owner) -> tuple[Known, Zone]:
        known = known_by(await self._reader.rows(WHO, owner))
        if known is None:
            raise ProblemError("no_record")
        return known, zone_named(known.zone)


def _about(whose: Row[Any], patient: str | None) -> Meta | None:
    """Return whose record it is, where somebody asked for another's."""
    return shapes.about([whose]) if patient is not None else None


def _means(words: str, row: Any) -> bool:
    """Tell whether words mean this patient: the record's number, or words of the name alone."""
    said = words.casefold().split()
    known = row.name.casefold().split()
    return words.casefold() == row.number.casefold() or all(word in known for word in said)


def record(row: Any, caller: Owner) -> Found:
    """Return a patient's record as the policies see it: what relates it to this caller."""
    me = frozenset({person(caller.subject)})
    none = frozenset[Any]()
    related = (
        ("carers", me if row.in_care else none),
        ("unlocked", me if row.unlocked else none),
    )
    return Found("Record", row.tenant, row.subject, related)


async def _records_of(request: Request) -> Records:
    """Return the records that the composition root gave to the application."""
    records: Records = request.app.state.records
    return records


Reads = Annotated[Records, Depends(_records_of)]
