"""When a tenant's unanswered codes were last told of; challenges by message and by person"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("tenants", sa.Column("pumping_told_at", sa.BigInteger(), nullable=True))
    op.create_index("challenges_by_message", "challenges", ["message_id"])
    op.create_index("challenges_of_person", "challenges", ["person_id"])


def downgrade() -> None:
    """Take this step back."""
    op.drop_index("challenges_of_person", "challenges")
    op.drop_index("challenges_by_message", "challenges")
    op.drop_column("tenants", "pumping_told_at")
