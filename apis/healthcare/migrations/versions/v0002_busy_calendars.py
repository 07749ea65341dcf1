"""Indexes for a clinic with many appointments: the days of the front desk, and its counts."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace what ordered cancelled appointments among the others."""
    op.drop_index("ix_appointments_clinic", "appointments")
    op.drop_index("ix_appointments_practitioner", "appointments")
    for name, column in (("practitioner", "practitioner_id"), ("clinic", "tenant")):
        ordered = [column, "status", "starts_at", "ends_at"]
        op.create_index(f"ix_appointments_{name}", "appointments", ordered)
    op.create_index(
        "ix_emergency_practitioner", "emergency_accesses", ["practitioner_id", "ends_at"]
    )
