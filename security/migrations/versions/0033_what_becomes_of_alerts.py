"""What auditors make of alerts: when, by whom, and why one was closed"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_TABLE = "alerts"


def upgrade() -> None:
    """Apply this step."""
    op.add_column(_TABLE, sa.Column("moved_at", sa.BigInteger(), nullable=True))
    op.add_column(_TABLE, sa.Column("moved_by", sa.String(64), nullable=True))
    op.add_column(_TABLE, sa.Column("reason", sa.String(16), nullable=True))


def downgrade() -> None:
    """Take this step back."""
    for name in ("reason", "moved_by", "moved_at"):
        op.drop_column(_TABLE, name)
