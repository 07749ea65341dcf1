"""What waits for the HR desk, in the order in which it is shown."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_leave_state", "leave", ["tenant", "state", "first_on", "id"])
