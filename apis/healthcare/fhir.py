# ruff: noqa: N815 - the names are FHIR's own.
"""What the API answers: the parts of FHIR R4 (4.0.1) that it uses, strict and frozen.

Every name and every shape is FHIR's own, so that a client which knows FHIR can read it; what this
clinic does not keep is left out. As FHIR demands, what is absent is never null and no list is
empty (R4, 2.6.2 JSON representation).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field
from pydantic.json_schema import SkipJsonSchema

from apis.common.model import Sparse

_ID = r"[a-z]{3}-[0-9a-f]{32}"
Words = Annotated[str, Field(min_length=1, max_length=140)]
Uri = Annotated[str, Field(min_length=1, max_length=200)]
Absent = SkipJsonSchema[None]


def id_of(kind: str) -> str:
    """Return the pattern of the ids of one kind, three letters before 128 random bits."""
    return rf"^{kind}-[0-9a-f]{{32}}$"


PatientId = Annotated[str, Field(pattern=id_of("pat"))]
PractitionerId = Annotated[str, Field(pattern=id_of("prc"))]
SlotId = Annotated[str, Field(pattern=id_of("slt"))]
AppointmentId = Annotated[str, Field(pattern=id_of("apt"))]
ObservationId = Annotated[str, Field(pattern=id_of("obs"))]
RequestId = Annotated[str, Field(pattern=id_of("med"))]


class Coding(Sparse):
    """A code of a system such as LOINC."""

    system: Uri
    code: Words
    display: Words


class Tag(Sparse):
    """What a server says of a resource, in the words of a system of its own."""

    system: Uri
    code: Words


class Meta(Sparse):
    """About a resource, not of it: FHIR's element `meta`.

    The tags of `urn:gatehouse:about` are those whose data an answer holds, by the name that this
    API knows them by: for whoever called, to put it on record.
    """

    tag: Annotated[list[Tag], Field(min_length=1, max_length=200)]


class CodeableConcept(Sparse):
    """A concept in words, with its codes where there are any."""

    coding: Annotated[list[Coding], Field(min_length=1, max_length=4)] | Absent = None
    text: Words


class Reference(Sparse):
    """Another resource, with what people call it."""

    reference: Annotated[
        str, Field(pattern=rf"^(Patient|Practitioner|Schedule|Slot|Appointment)/{_ID}$")
    ]
    display: Words | Absent = None


class HumanName(Sparse):
    """A name: whole, and in its parts."""

    text: Words
    family: Words
    given: Annotated[list[Words], Field(min_length=1, max_length=4)]


class Identifier(Sparse):
    """A number that somebody gave."""

    system: Uri
    value: Words


class Qualification(Sparse):
    """What a practitioner is qualified for."""

    code: CodeableConcept


class Quantity(Sparse):
    """A measured value; `code` is its unit in UCUM."""

    value: float
    unit: Words
    system: Literal["http://unitsofmeasure.org"] = "http://unitsofmeasure.org"
    code: Words


class ReferenceRange(Sparse):
    """Within which bounds a value is usual; one of them may be open."""

    low: Quantity | Absent = None
    high: Quantity | Absent = None


class Participant(Sparse):
    """Who takes part in an appointment."""

    actor: Reference
    status: Literal["accepted"] = "accepted"


class Dosage(Sparse):
    """How a medicine is taken."""

    text: Words


class Patient(Sparse):
    """A patient of the clinic; the identifier is the record number."""

    resourceType: Literal["Patient"] = "Patient"
    id: PatientId
    identifier: Annotated[list[Identifier], Field(min_length=1, max_length=1)]
    name: Annotated[list[HumanName], Field(min_length=1, max_length=1)]
    gender: Literal["male", "female", "other", "unknown"]
    birthDate: date


class Practitioner(Sparse):
    """Somebody who treats patients here."""

    resourceType: Literal["Practitioner"] = "Practitioner"
    id: PractitionerId
    name: Annotated[list[HumanName], Field(min_length=1, max_length=1)]
    qualification: Annotated[list[Qualification], Field(min_length=1, max_length=1)]


class Slot(Sparse):
    """A time that can be booked; `schedule` is the practitioner's own and named after them."""

    resourceType: Literal["Slot"] = "Slot"
    id: SlotId
    schedule: Reference
    status: Literal["free"] = "free"
    start: AwareDatetime
    end: AwareDatetime


class Appointment(Sparse):
    """An appointment; its participants are the patient and the practitioner."""

    resourceType: Literal["Appointment"] = "Appointment"
    id: AppointmentId
    status: Literal["booked", "cancelled"]
    slot: Annotated[list[Reference], Field(min_length=1, max_length=1)]
    start: AwareDatetime
    end: AwareDatetime
    participant: Annotated[list[Participant], Field(min_length=2, max_length=2)]


class Observation(Sparse):
    """A laboratory's result."""

    resourceType: Literal["Observation"] = "Observation"
    id: ObservationId
    status: Literal["final"] = "final"
    category: Annotated[list[CodeableConcept], Field(min_length=1, max_length=1)]
    code: CodeableConcept
    subject: Reference
    effectiveDateTime: AwareDatetime
    valueQuantity: Quantity
    interpretation: Annotated[list[CodeableConcept], Field(min_length=1, max_length=1)]
    referenceRange: Annotated[list[ReferenceRange], Field(min_length=1, max_length=1)]


class MedicationRequest(Sparse):
    """A medicine that is prescribed."""

    resourceType: Literal["MedicationRequest"] = "MedicationRequest"
    id: RequestId
    status: Literal["active", "completed", "stopped"]
    intent: Literal["order"] = "order"
    medicationCodeableConcept: CodeableConcept
    subject: Reference
    authoredOn: date
    requester: Reference
    dosageInstruction: Annotated[list[Dosage], Field(min_length=1, max_length=1)]
