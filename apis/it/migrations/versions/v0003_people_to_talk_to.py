"""Tickets of people who want to talk to a person, with their last words where they agreed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two columns; every present ticket is one of the kind that there was."""
    kind = sa.Column("kind", sa.String(8), nullable=False, server_default=sa.text("'it'"))
    op.add_column("tickets", kind)
    op.add_column("tickets", sa.Column("words", sa.String(1000)))
