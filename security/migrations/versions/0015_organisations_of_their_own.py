"""Organisations that are created and configured: methods they do without, and disabled ones"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column(
        "tenants", sa.Column("methods_off", sa.JSON(), nullable=False, server_default="[]")
    )
    op.add_column("tenants", sa.Column("configured_at", sa.BigInteger(), nullable=True))
    op.add_column("tenants", sa.Column("disabled_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take this step back."""
    for column in ("disabled_at", "configured_at", "methods_off"):
        op.drop_column("tenants", column)
