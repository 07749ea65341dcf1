"""Links that lead from a text to the page: the hash of what they carry"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("pending_operations", sa.Column("continue_hash", sa.String(64), nullable=True))
    op.create_index("pending_to_continue", "pending_operations", ["continue_hash"], unique=True)


def downgrade() -> None:
    """Take this step back."""
    op.drop_index("pending_to_continue", "pending_operations")
    op.drop_column("pending_operations", "continue_hash")
