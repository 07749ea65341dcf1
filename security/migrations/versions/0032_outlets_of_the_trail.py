"""How far each outlet of the trail has come"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "outlets",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("position", sa.JSON(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.String(64), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
    )


def downgrade() -> None:
    """Take this step back."""
    op.drop_table("outlets")
