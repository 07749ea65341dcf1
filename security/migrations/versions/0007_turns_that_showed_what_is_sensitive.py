"""Turns that showed what is sensitive"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    no = sa.false()
    op.add_column("turns", sa.Column("sensitive", sa.Boolean(), nullable=False, server_default=no))


def downgrade() -> None:
    """Take this step back."""
    op.drop_column("turns", "sensitive")
