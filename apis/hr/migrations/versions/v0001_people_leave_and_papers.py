"""People, leave, papers, and the two tables of every API that writes."""

import sqlalchemy as sa
from alembic import op

from apis.common.tables import once_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables with the index that each query of the API needs."""
    op.create_table(
        "employees",
        *_owner(primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("manager", sa.String(128), nullable=False),
        sa.Column("desk", sa.String(16), nullable=False),
        sa.Column("deposit_number", sa.String(34), nullable=False),
    )
    op.create_index("ix_employees_manager", "employees", ["tenant", "manager"])
    op.create_index("ix_employees_desk", "employees", ["tenant", "desk"])
    op.create_table(
        "allowances",
        *_owner(primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True),
        sa.Column("entitled", sa.Integer, nullable=False),
        sa.Column("carried", sa.Integer, nullable=False),
    )
    op.create_table(
        "leave",
        sa.Column("id", sa.String(32), primary_key=True),
        *_owner(),
        sa.Column("first_on", sa.Date, nullable=False),
        sa.Column("last_on", sa.Date, nullable=False),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("half_days", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_on", sa.Date, nullable=False),
        sa.Column("decided_on", sa.Date),
        sa.Column("decided_by", sa.String(64)),
    )
    op.create_index("ix_leave_owner", "leave", ["tenant", "subject", "first_on"])
    _papers()
    once_tables(op)


def _papers() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.String(32), primary_key=True),
        *_owner(),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("title", sa.String(64), nullable=False),
        sa.Column("issued_on", sa.Date, nullable=False),
        sa.Column("lines", sa.Text, nullable=False),
    )
    op.create_index("ix_documents_owner", "documents", ["tenant", "subject", "issued_on"])
    op.create_table(
        "deposit_changes",
        sa.Column("id", sa.String(32), primary_key=True),
        *_owner(),
        sa.Column("before", sa.String(34), nullable=False),
        sa.Column("changed_on", sa.Date, nullable=False),
    )


def _owner(primary_key: bool = False) -> tuple[sa.Column[str], sa.Column[str]]:
    tenant = sa.Column("tenant", sa.String(64), nullable=False, primary_key=primary_key)
    subject = sa.Column("subject", sa.String(128), nullable=False, primary_key=primary_key)
    return tenant, subject
