# ruff: noqa: N815 - the names are FHIR's own.
"""Lists of resources: FHIR's Bundle of the type searchset, one form for each kind of list.

`timestamp` is the moment of the answer in the clinic's own time, which tells a caller what the
clinic calls today.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from apis.common.model import Sparse
from apis.healthcare.fhir import (
    Absent,
    Appointment,
    MedicationRequest,
    Meta,
    Observation,
    Patient,
    Practitioner,
    Slot,
)

MOST = 200
"""How many resources one answer holds."""
PAGE, PATIENTS = 25, 15
"""How many of other people's one answer holds: each of them is decided by itself."""
_Listed = Field(min_length=1, max_length=MOST)


class _Bundle(Sparse):
    resourceType: Literal["Bundle"] = "Bundle"
    type: Literal["searchset"] = "searchset"
    meta: Meta | Absent = None
    timestamp: AwareDatetime
    total: Annotated[int, Field(ge=0, description="How many there are, listed here or not.")]


class PractitionerEntry(Sparse):
    """One practitioner."""

    resource: Practitioner


class PractitionerBundle(_Bundle):
    """Who treats patients here, by name."""

    entry: Annotated[list[PractitionerEntry], _Listed] | Absent = None


class SlotEntry(Sparse):
    """One free time."""

    resource: Slot


class SlotBundle(_Bundle):
    """Free times, the soonest first."""

    entry: Annotated[list[SlotEntry], _Listed] | Absent = None


class AppointmentEntry(Sparse):
    """One appointment."""

    resource: Appointment


class AppointmentBundle(_Bundle):
    """Appointments, the soonest first."""

    entry: Annotated[list[AppointmentEntry], _Listed] | Absent = None


class PatientEntry(Sparse):
    """One patient."""

    resource: Patient


class PatientBundle(_Bundle):
    """Patients, by name."""

    entry: Annotated[list[PatientEntry], _Listed] | Absent = None


class ObservationEntry(Sparse):
    """One result."""

    resource: Observation


class ObservationBundle(_Bundle):
    """Results, the newest first."""

    entry: Annotated[list[ObservationEntry], _Listed] | Absent = None


class MedicationEntry(Sparse):
    """One prescription."""

    resource: MedicationRequest


class MedicationBundle(_Bundle):
    """Prescriptions, the active ones first."""

    entry: Annotated[list[MedicationEntry], _Listed] | Absent = None


class RecordEntry(Sparse):
    """A part of somebody's record."""

    resource: Annotated[
        Patient | Observation | MedicationRequest, Field(discriminator="resourceType")
    ]


class RecordBundle(_Bundle):
    """Somebody's record: who they are, then their results and their prescriptions."""

    entry: Annotated[list[RecordEntry], _Listed] | Absent = None
