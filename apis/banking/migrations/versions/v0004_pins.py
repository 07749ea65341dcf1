"""What can check the PIN of a card."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "pins",
        sa.Column("card_id", sa.String(32), sa.ForeignKey("cards.id"), primary_key=True),
        sa.Column("verifier", sa.String(200), nullable=False),
        sa.Column("changed_on", sa.Date, nullable=False),
    )
