"""Codes that a service keeps: its verification, and until when a code is asked about"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("messages", sa.Column("verification", sa.String(34), nullable=True))
    op.create_index("messages_verification", "messages", ["verification"], unique=True)
    op.add_column("authenticators", sa.Column("asking_until", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take this step back."""
    op.drop_column("authenticators", "asking_until")
    op.drop_index("messages_verification", "messages")
    op.drop_column("messages", "verification")
