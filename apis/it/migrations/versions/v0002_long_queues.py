"""The queue in its own order: what is urgent first, and nothing that is solved."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the index that had all tickets ever."""
    op.drop_index("ix_tickets_queue", "tickets")
    op.create_index(
        "ix_tickets_queue",
        "tickets",
        ["tenant", sa.text("(priority = 'high') DESC"), "number"],
        sqlite_where=sa.text("state != 'solved'"),
    )
