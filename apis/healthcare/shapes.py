"""Rows of the clinic's tables in the shapes of FHIR R4."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from apis.healthcare.fhir import (
    Appointment,
    CodeableConcept,
    Coding,
    Dosage,
    HumanName,
    Identifier,
    MedicationRequest,
    Meta,
    Observation,
    Participant,
    Patient,
    Practitioner,
    Qualification,
    Quantity,
    Reference,
    ReferenceRange,
    Slot,
    Tag,
)
from apis.healthcare.zone import Zone

RECORD_NUMBERS = "urn:gatehouse:clinic:record"
ABOUT = "urn:gatehouse:about"
_LOINC = "http://loinc.org"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_JUDGED = {"L": "Low", "N": "Normal", "H": "High"}


def about(rows: Iterable[Any]) -> Meta | None:
    """Return whose data an answer of these rows holds, each once; None where it is nobody's."""
    subjects = dict.fromkeys(row.subject for row in rows)
    tags = [Tag(system=ABOUT, code=subject) for subject in subjects]
    return Meta(tag=tags) if tags else None


def patient(row: Any) -> Patient:
    """Return a patient of a row of `patients`."""
    return Patient(
        id=row.id,
        identifier=[Identifier(system=RECORD_NUMBERS, value=row.number)],
        name=[_name(row)],
        gender=row.gender,
        birthDate=row.born_on,
    )


def practitioner(row: Any) -> Practitioner:
    """Return a practitioner of a row of `practitioners`."""
    qualified = Qualification(code=CodeableConcept(text=row.specialty))
    return Practitioner(id=row.id, name=[_name(row)], qualification=[qualified])


def slot(row: Any, zone: Zone) -> Slot:
    """Return a free time; the row has `practitioner_name` as well."""
    return Slot(
        id=row.id,
        schedule=Reference(
            reference=f"Schedule/{row.practitioner_id}", display=row.practitioner_name
        ),
        start=zone.local(row.starts_at),
        end=zone.local(row.ends_at),
    )


def appointment(row: Any, zone: Zone) -> Appointment:
    """Return an appointment; the row has `patient_name` and `practitioner_name` as well."""
    who = (
        Reference(reference=f"Patient/{row.patient_id}", display=row.patient_name),
        Reference(reference=f"Practitioner/{row.practitioner_id}", display=row.practitioner_name),
    )
    return Appointment(
        id=row.id,
        status=row.status,
        slot=[Reference(reference=f"Slot/{row.slot_id}")],
        start=zone.local(row.starts_at),
        end=zone.local(row.ends_at),
        participant=[Participant(actor=one) for one in who],
    )


def observation(row: Any, zone: Zone) -> Observation:
    """Return a result; the row has `patient_name` as well."""
    judged = judgement(row.value, row.low, row.high)
    display = _JUDGED[judged]
    return Observation(
        id=row.id,
        category=[_concept(_CATEGORY, "laboratory", "Laboratory")],
        code=_concept(_LOINC, row.code, row.display),
        subject=Reference(reference=f"Patient/{row.patient_id}", display=row.patient_name),
        effectiveDateTime=zone.local(row.observed_at),
        valueQuantity=_quantity(row, row.value),
        interpretation=[_concept(_INTERPRETATION, judged, display)],
        referenceRange=[
            ReferenceRange(
                **{
                    bound: _quantity(row, text)
                    for bound, text in (("low", row.low), ("high", row.high))
                    if text is not None
                }
            )
        ],
    )


def judgement(value: str, low: str | None, high: str | None) -> str:
    """Return L, N or H: a value on a bound is within it."""
    if low is not None and Decimal(value) < Decimal(low):
        return "L"
    return "H" if high is not None and Decimal(value) > Decimal(high) else "N"


def medication(row: Any) -> MedicationRequest:
    """Return a prescription; the row has `patient_name` and `practitioner_name` as well."""
    return MedicationRequest(
        id=row.id,
        status=row.status,
        medicationCodeableConcept=CodeableConcept(text=row.medicine),
        subject=Reference(reference=f"Patient/{row.patient_id}", display=row.patient_name),
        authoredOn=row.authored_on,
        requester=Reference(
            reference=f"Practitioner/{row.practitioner_id}", display=row.practitioner_name
        ),
        dosageInstruction=[Dosage(text=row.dosage)],
    )


def _name(row: Any) -> HumanName:
    return HumanName(text=row.name, family=row.family, given=[row.given])


def _concept(system: str, code: str, display: str) -> CodeableConcept:
    return CodeableConcept(coding=[Coding(system=system, code=code, display=display)], text=display)


def _quantity(row: Any, value: str) -> Quantity:
    # FHIR's decimal is a JSON number. A float of so few digits is written as it was read.
    return Quantity(value=float(value), unit=row.unit, code=row.ucum)
