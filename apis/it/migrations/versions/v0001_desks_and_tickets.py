"""Members, desks, tickets, and the two tables of every API that writes."""

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
        "members",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("subject", sa.String(128), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("desk", sa.String(16), nullable=False),
    )
    op.create_table(
        "desks",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("hours", sa.String(64), nullable=False),
    )
    op.create_table(
        "tickets",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("title", sa.String(140), nullable=False),
        sa.Column("priority", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("changed_on", sa.Date, nullable=False),
        sa.Column("handler", sa.String(64)),
        sa.Column("note", sa.String(140)),
        sa.UniqueConstraint("tenant", "number"),
    )
    op.create_index("ix_tickets_owner", "tickets", ["tenant", "subject", "number"])
    op.create_index("ix_tickets_queue", "tickets", ["tenant", "state", "number"])
    once_tables(op)
