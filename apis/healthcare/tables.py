"""The clinic's own tables, beside the common ones. `migrations/` make its schema, never these.

Moments are whole seconds of the epoch; what they are in the clinic's time is for `zone.py`.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from apis.common.sealing.columns import LookedUp, Sealed, sealed_for


class Base(DeclarativeBase):
    """The metadata of this API alone."""


class ClinicRow(Base):
    """A clinic, which is a tenant; `zone` is its time zone by its IANA name."""

    __tablename__ = "clinics"

    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    zone: Mapped[str] = mapped_column(String(64))


class PatientRow(Base):
    """A patient, known by tenant and pairwise subject; `number` is that of the record."""

    __tablename__ = "patients"
    __table_args__ = (
        UniqueConstraint("tenant", "subject"),
        UniqueConstraint("tenant", "number_key"),
        Index("ix_patients_name", "tenant", "name_key"),
        sealed_for("id", "subject"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    number_key: Mapped[bytes] = mapped_column(LookedUp("number", folded=True))
    name_key: Mapped[bytes] = mapped_column(LookedUp("name", folded=True))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    number: Mapped[str] = mapped_column(Sealed(String(16)))
    name: Mapped[str] = mapped_column(Sealed(String(140)))
    given: Mapped[str] = mapped_column(Sealed(String(64)))
    family: Mapped[str] = mapped_column(Sealed(String(64)))
    gender: Mapped[str] = mapped_column(Sealed(String(8)))
    born_on: Mapped[date] = mapped_column(Sealed(Date()))


class PractitionerRow(Base):
    """Somebody who treats patients; without a subject where they do not use the bot."""

    __tablename__ = "practitioners"
    __table_args__ = (UniqueConstraint("tenant", "subject"), sealed_for("id", "subject"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str | None] = mapped_column(String(128))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(Sealed(String(140)))
    given: Mapped[str] = mapped_column(Sealed(String(64)))
    family: Mapped[str] = mapped_column(Sealed(String(64)))
    specialty: Mapped[str] = mapped_column(Sealed(String(64)))


class DeskRow(Base):
    """Somebody of the front desk."""

    __tablename__ = "desk"

    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(String(128), primary_key=True)


class CareRow(Base):
    """A patient is in the care of a practitioner."""

    __tablename__ = "care"
    __table_args__ = (Index("ix_care_practitioner", "practitioner_id"),)

    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), primary_key=True)
    practitioner_id: Mapped[str] = mapped_column(ForeignKey("practitioners.id"), primary_key=True)


class SlotRow(Base):
    """A time in a practitioner's calendar; free while no appointment has it."""

    __tablename__ = "slots"
    __table_args__ = (
        UniqueConstraint("practitioner_id", "starts_at"),
        Index("ix_slots_free", "tenant", "taken_by", "starts_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    practitioner_id: Mapped[str] = mapped_column(ForeignKey("practitioners.id"))
    starts_at: Mapped[int] = mapped_column(BigInteger)
    ends_at: Mapped[int] = mapped_column(BigInteger)
    taken_by: Mapped[str | None] = mapped_column(String(40))


class AppointmentRow(Base):
    """An appointment: `booked` or `cancelled`."""

    __tablename__ = "appointments"
    __table_args__ = (
        Index("ix_appointments_patient", "patient_id", "starts_at"),
        Index("ix_appointments_practitioner", "practitioner_id", "status", "starts_at", "ends_at"),
        Index("ix_appointments_clinic", "tenant", "status", "starts_at", "ends_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    practitioner_id: Mapped[str] = mapped_column(ForeignKey("practitioners.id"))
    slot_id: Mapped[str] = mapped_column(ForeignKey("slots.id"))
    starts_at: Mapped[int] = mapped_column(BigInteger)
    ends_at: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(16))


class ObservationRow(Base):
    """A laboratory's result; value and bounds are exact decimals as text."""

    __tablename__ = "observations"
    __table_args__ = (
        Index("ix_observations_patient", "patient_id", "observed_at"),
        sealed_for("id", "patient_id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    observed_at: Mapped[int] = mapped_column(BigInteger)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    code: Mapped[str] = mapped_column(Sealed(String(16)))
    display: Mapped[str] = mapped_column(Sealed(String(140)))
    value: Mapped[str] = mapped_column(Sealed(String(16)))
    unit: Mapped[str] = mapped_column(Sealed(String(16)))
    ucum: Mapped[str] = mapped_column(Sealed(String(32)))
    low: Mapped[str | None] = mapped_column(Sealed(String(16)))
    high: Mapped[str | None] = mapped_column(Sealed(String(16)))


class MedicationRow(Base):
    """A prescription: `active`, `completed` or `stopped`."""

    __tablename__ = "medications"
    __table_args__ = (
        Index("ix_medications_patient", "patient_id", "authored_on"),
        sealed_for("id", "patient_id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    practitioner_id: Mapped[str] = mapped_column(ForeignKey("practitioners.id"))
    authored_on: Mapped[date] = mapped_column(Date)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(Sealed(String(16)))
    medicine: Mapped[str] = mapped_column(Sealed(String(140)))
    dosage: Mapped[str] = mapped_column(Sealed(String(140)))


class EmergencyRow(Base):
    """Somebody opened a record that is not in their care; `reason` says why."""

    __tablename__ = "emergency_accesses"
    __table_args__ = (
        Index("ix_emergency_patient", "patient_id", "ends_at"),
        Index("ix_emergency_practitioner", "practitioner_id", "ends_at"),
        sealed_for("id", "patient_id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    practitioner_id: Mapped[str] = mapped_column(ForeignKey("practitioners.id"))
    opened_at: Mapped[int] = mapped_column(BigInteger)
    ends_at: Mapped[int] = mapped_column(BigInteger)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    reason_code: Mapped[str] = mapped_column(Sealed(String(32)))
    reason: Mapped[str] = mapped_column(Sealed(String(400)))
