"""Calendars and records, with idempotency keys and spent tokens."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from apis.common.tables import once_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables with the index that each query of the API needs."""
    _people()
    _calendars()
    _records()
    once_tables(op)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.String(40), primary_key=True)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _of(name: str, table: str, *, key: bool = False) -> sa.Column[Any]:
    target = sa.ForeignKey(f"{table}.id")
    return sa.Column(name, sa.String(40), target, nullable=False, primary_key=key)


def _people() -> None:
    op.create_table(
        "clinics",
        sa.Column("tenant", sa.String(64), primary_key=True),
        _text("name", 64),
        _text("zone", 64),
    )
    op.create_table(
        "patients",
        _id(),
        _text("tenant", 64),
        _text("subject", 128),
        _text("number", 16),
        _text("name", 140),
        _text("given", 64),
        _text("family", 64),
        _text("gender", 8),
        sa.Column("born_on", sa.Date, nullable=False),
        sa.UniqueConstraint("tenant", "subject"),
        sa.UniqueConstraint("tenant", "number"),
    )
    op.create_index("ix_patients_name", "patients", ["tenant", "name"])
    op.create_table(
        "practitioners",
        _id(),
        _text("tenant", 64),
        _text("subject", 128, nullable=True),
        _text("name", 140),
        _text("given", 64),
        _text("family", 64),
        _text("specialty", 64),
        sa.UniqueConstraint("tenant", "subject"),
    )
    op.create_table(
        "desk",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("subject", sa.String(128), primary_key=True),
    )
    op.create_table(
        "care",
        _of("patient_id", "patients", key=True),
        _of("practitioner_id", "practitioners", key=True),
    )
    op.create_index("ix_care_practitioner", "care", ["practitioner_id"])


def _calendars() -> None:
    op.create_table(
        "slots",
        _id(),
        _text("tenant", 64),
        _of("practitioner_id", "practitioners"),
        _moment("starts_at"),
        _moment("ends_at"),
        _text("taken_by", 40, nullable=True),
        sa.UniqueConstraint("practitioner_id", "starts_at"),
    )
    op.create_index("ix_slots_free", "slots", ["tenant", "taken_by", "starts_at"])
    op.create_table(
        "appointments",
        _id(),
        _text("tenant", 64),
        _of("patient_id", "patients"),
        _of("practitioner_id", "practitioners"),
        _of("slot_id", "slots"),
        _moment("starts_at"),
        _moment("ends_at"),
        _text("status", 16),
    )
    for name, column in (
        ("patient", "patient_id"),
        ("practitioner", "practitioner_id"),
        ("clinic", "tenant"),
    ):
        op.create_index(f"ix_appointments_{name}", "appointments", [column, "starts_at"])


def _records() -> None:
    op.create_table(
        "observations",
        _id(),
        _of("patient_id", "patients"),
        _text("code", 16),
        _text("display", 140),
        _moment("observed_at"),
        _text("value", 16),
        _text("unit", 16),
        _text("ucum", 32),
        _text("low", 16, nullable=True),
        _text("high", 16, nullable=True),
    )
    op.create_index("ix_observations_patient", "observations", ["patient_id", "observed_at"])
    op.create_table(
        "medications",
        _id(),
        _of("patient_id", "patients"),
        _of("practitioner_id", "practitioners"),
        _text("status", 16),
        _text("medicine", 140),
        _text("dosage", 140),
        sa.Column("authored_on", sa.Date, nullable=False),
    )
    op.create_index("ix_medications_patient", "medications", ["patient_id", "authored_on"])
    op.create_table(
        "emergency_accesses",
        _id(),
        _text("tenant", 64),
        _of("patient_id", "patients"),
        _of("practitioner_id", "practitioners"),
        _text("reason_code", 32),
        sa.Column("reason_sealed", sa.LargeBinary, nullable=False),
        _moment("opened_at"),
        _moment("ends_at"),
    )
    op.create_index("ix_emergency_patient", "emergency_accesses", ["patient_id", "ends_at"])
