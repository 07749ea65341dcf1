"""Alerts that nobody of an organisation is told of: the operator is"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("alerts", sa.Column("operator_due_at", sa.BigInteger(), nullable=True))
    op.create_index("alerts_for_operator", "alerts", ["operator_due_at"])


def downgrade() -> None:
    """Take this step back."""
    op.drop_index("alerts_for_operator", "alerts")
    op.drop_column("alerts", "operator_due_at")
