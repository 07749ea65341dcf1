"""The routes of health records: the caller's own, and those of patients in their care."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Path, Query
from pydantic.json_schema import SkipJsonSchema

from apis.common.app import add_read
from apis.common.caller import reading
from apis.common.model import Line, Owner, Sparse
from apis.common.requests import PlainQuery, WithoutQuery
from apis.common.strength import SENSITIVE
from apis.healthcare.bundles import (
    MedicationBundle,
    ObservationBundle,
    PatientBundle,
    RecordBundle,
)
from apis.healthcare.fhir import id_of
from apis.healthcare.orders import OpenRecords
from apis.healthcare.problems import CARE_REFUSALS, KINDS, OWN_REFUSALS
from apis.healthcare.records import Reads

PATIENTS_READ = "healthcare:patients:read"
OBSERVATIONS_READ = "healthcare:observations:read"
MEDICATIONS_READ = "healthcare:medications:read"
RECORDS_READ = "healthcare:records:read"
EMERGENCY_READ = "healthcare:emergency:read"

PatientsOwner = Annotated[Owner, reading(PATIENTS_READ, SENSITIVE)]
ObservationsOwner = Annotated[Owner, reading(OBSERVATIONS_READ, SENSITIVE)]
MedicationsOwner = Annotated[Owner, reading(MEDICATIONS_READ, SENSITIVE)]
RecordsOwner = Annotated[Owner, reading(RECORDS_READ, SENSITIVE)]
EmergencyOwner = Annotated[Owner, reading(EMERGENCY_READ, SENSITIVE)]
APatient = Annotated[str, Path(pattern=id_of("pat"))]


class NameQuery(Sparse):
    """Whom is looked for: words of a name, or the number of a record."""

    name: Line | SkipJsonSchema[None] = None


async def list_own_observations(
    owner: ObservationsOwner, _plain: PlainQuery, _query: WithoutQuery, records: Reads
) -> ObservationBundle:
    """List the caller's own laboratory results, the newest first."""
    return await records.results(owner, "list_own_observations", None)


async def list_own_medications(
    owner: MedicationsOwner, _plain: PlainQuery, _query: WithoutQuery, records: Reads
) -> MedicationBundle:
    """List the caller's own prescriptions, the active ones first."""
    return await records.medicines(owner, "list_own_medications", None)


async def read_own_record(
    owner: RecordsOwner, _plain: PlainQuery, _query: WithoutQuery, records: Reads
) -> RecordBundle:
    """Read the caller's own record."""
    return await records.whole(owner, "read_own_record", None)


async def list_patients(
    owner: PatientsOwner,
    _plain: PlainQuery,
    query: Annotated[NameQuery, Query()],
    records: Reads,
) -> PatientBundle:
    """List the patients in the caller's care, and those whose record is open to them.

    With a name or a number, those whom it means; where it means none of them, whether or not it
    is somebody's, the caller is refused.
    """
    return await records.patients(owner, query.name)


async def list_patient_observations(
    owner: ObservationsOwner,
    patient: APatient,
    _plain: PlainQuery,
    _query: WithoutQuery,
    records: Reads,
) -> ObservationBundle:
    """List the laboratory results of a patient in the caller's care, the newest first."""
    return await records.results(owner, "list_patient_observations", patient)


async def list_patient_medications(
    owner: MedicationsOwner,
    patient: APatient,
    _plain: PlainQuery,
    _query: WithoutQuery,
    records: Reads,
) -> MedicationBundle:
    """List the prescriptions of a patient in the caller's care, the active ones first."""
    return await records.medicines(owner, "list_patient_medications", patient)


async def read_patient_record(
    owner: RecordsOwner,
    patient: APatient,
    _plain: PlainQuery,
    _query: WithoutQuery,
    records: Reads,
) -> RecordBundle:
    """Read the record of a patient in the caller's care."""
    return await records.whole(owner, "read_patient_record", patient)


async def list_emergency_accesses(
    owner: EmergencyOwner, _plain: PlainQuery, _query: WithoutQuery, records: Reads
) -> OpenRecords:
    """List the records that the caller has opened in an emergency that is not over."""
    return await records.opened(owner)


def add_records(app: FastAPI) -> None:
    """Add the routes of records."""
    one = "/Patient/{patient}"
    for path, read, codes in (
        ("/Observation", list_own_observations, OWN_REFUSALS),
        ("/MedicationRequest", list_own_medications, OWN_REFUSALS),
        ("/everything", read_own_record, OWN_REFUSALS),
        ("/EmergencyAccess", list_emergency_accesses, OWN_REFUSALS),
        ("/Patient", list_patients, (*CARE_REFUSALS, "no_record")),
        (f"{one}/Observation", list_patient_observations, CARE_REFUSALS),
        (f"{one}/MedicationRequest", list_patient_medications, CARE_REFUSALS),
        (f"{one}/everything", read_patient_record, CARE_REFUSALS),
    ):
        add_read(app, KINDS, path, read, codes)
