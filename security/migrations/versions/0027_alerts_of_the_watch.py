"""Alerts of the watch, and how far it has read the trail"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=True),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("person_hash", sa.String(64), nullable=True),
        sa.Column("origin", sa.String(64), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("responses", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("throttled_until", sa.BigInteger(), nullable=True),
    )
    op.create_index("alerts_of_tenant", "alerts", ["tenant_id", "at"])
    op.create_index("alerts_that_slow", "alerts", ["throttled_until"])
    op.create_table(
        "watch",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("position", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    """Take this step back."""
    op.drop_table("watch")
    op.drop_table("alerts")
