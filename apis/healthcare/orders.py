"""What a write takes and what it answers: strict bodies, described for security to check.

A body repeats the time that the person was shown, so that the clinic can refuse where its own
calendar says something else.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from apis.common.model import LINE_PATTERN, Line, Sparse, Strict
from apis.healthcare.fhir import Absent, Appointment, Reference, SlotId, id_of

ReasonCode = Literal["emergency_treatment", "cover_for_colleague", "patient_asked"]
Reason = Annotated[str, Field(min_length=10, max_length=500, pattern=LINE_PATTERN)]
EmergencyId = Annotated[str, Field(pattern=id_of("emg"))]


class VisitOrder(Strict):
    """Take a free time: for a new appointment, or for one that is moved there."""

    slot: SlotId
    start: AwareDatetime


class CancelOrder(Strict):
    """Give a time back."""

    start: AwareDatetime


class EmergencyOrder(Strict):
    """Open the record of a patient who is not in one's care.

    `patient` is the number of the record, or the whole name. `reason` is kept with the record,
    sealed.
    """

    patient: Line
    code: ReasonCode
    reason: Reason


class EmergencyAccess(Strict):
    """A record that is open for a while; `subject` is the patient's name at this API."""

    id: EmergencyId
    patient: Reference
    code: ReasonCode
    ends: AwareDatetime
    subject: Annotated[str, Field(min_length=1, max_length=128)]


class OpenRecord(Strict):
    """A record that the caller has opened, and until when."""

    patient: Reference
    ends: AwareDatetime


class OpenRecords(Strict):
    """The records that the caller has opened in an emergency that is not over."""

    total: Annotated[int, Field(ge=0, le=200)]
    open: Annotated[list[OpenRecord], Field(max_length=200)]


class Settled(Sparse):
    """How an idempotency key ended: `done` with what was answered, or `void` for good."""

    state: Literal["done", "void"]
    result: Appointment | EmergencyAccess | Absent = None
