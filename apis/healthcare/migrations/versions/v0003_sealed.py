"""All that the clinic knows of people, sealed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from apis.common.key_file import read_keys
from apis.common.sealing.migrating import SealedTable
from apis.common.tables import SEALED_KEYS
from apis.healthcare.former_seals import opened_before

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write each table anew; every row stays."""
    connection = op.get_bind()
    key = read_keys(connection.info["sealing"].ring.master)[0]
    driver: Any = connection.connection.driver_connection
    driver.create_function("opened_before", 4, opened_before(key))
    for table in (_OBSERVATIONS, _MEDICATIONS, _EMERGENCIES, _PATIENTS, _PRACTITIONERS):
        table.rebuild(op)
    SEALED_KEYS.rebuild(op)


def _id(name: str = "id", of: str = "") -> sa.Column[Any]:
    if not of:
        return sa.Column(name, sa.String(40), primary_key=True)
    return sa.Column(name, sa.String(40), sa.ForeignKey(f"{of}.id"), nullable=False)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _bytes(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


_THEIRS: dict[str, Any] = {
    "row": ("id", "patient_id"),
    "tenant": "patients.tenant",
    "made": {"tenant": "patients.tenant"},
}
_OBSERVATIONS = SealedTable(
    "observations",
    lambda: (
        _id(),
        _text("tenant", 64),
        _id("patient_id", "patients"),
        _moment("observed_at"),
        _bytes("sealed"),
    ),
    sealed=("code", "display", "value", "unit", "ucum", "low", "high"),
    joined="JOIN patients ON patients.id = observations.patient_id",
    indexes={"ix_observations_patient": ("patient_id", "observed_at")},
    **_THEIRS,
)
_MEDICATIONS = SealedTable(
    "medications",
    lambda: (
        _id(),
        _text("tenant", 64),
        _id("patient_id", "patients"),
        _id("practitioner_id", "practitioners"),
        sa.Column("authored_on", sa.Date, nullable=False),
        _bytes("sealed"),
    ),
    sealed=("status", "medicine", "dosage"),
    joined="JOIN patients ON patients.id = medications.patient_id",
    indexes={"ix_medications_patient": ("patient_id", "authored_on")},
    **_THEIRS,
)
_EMERGENCIES = SealedTable(
    "emergency_accesses",
    lambda: (
        _id(),
        _text("tenant", 64),
        _id("patient_id", "patients"),
        _id("practitioner_id", "practitioners"),
        _moment("opened_at"),
        _moment("ends_at"),
        _bytes("sealed"),
    ),
    sealed=("reason_code",),
    row=("id", "patient_id"),
    computed={"reason": "opened_before(reason_sealed, tenant, patient_id, id)"},
    indexes={
        "ix_emergency_patient": ("patient_id", "ends_at"),
        "ix_emergency_practitioner": ("practitioner_id", "ends_at"),
    },
)
_PATIENTS = SealedTable(
    "patients",
    lambda: (
        _id(),
        _text("tenant", 64),
        _text("subject", 128),
        _bytes("number_key"),
        _bytes("name_key"),
        _bytes("sealed"),
        sa.UniqueConstraint("tenant", "subject"),
        sa.UniqueConstraint("tenant", "number_key"),
    ),
    sealed=("number", "name", "given", "family", "gender", "born_on"),
    made={
        "number_key": "looked_up('patients', 'number_key', tenant, folded(number))",
        "name_key": "looked_up('patients', 'name_key', tenant, folded(name))",
    },
    indexes={"ix_patients_name": ("tenant", "name_key")},
)
_PRACTITIONERS = SealedTable(
    "practitioners",
    lambda: (
        _id(),
        _text("tenant", 64),
        _text("subject", 128, nullable=True),
        _bytes("sealed"),
        sa.UniqueConstraint("tenant", "subject"),
    ),
    sealed=("name", "given", "family", "specialty"),
)
