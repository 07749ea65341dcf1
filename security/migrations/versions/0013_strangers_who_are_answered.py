"""How many numbers of nobody a tenant has answered of late: found without reading all of them"""

from alembic import op

revision = "0013"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_index("sms_threads_told", "sms_threads", ["tenant_id", "told_at"])


def downgrade() -> None:
    """Take this step back."""
    op.drop_index("sms_threads_told", "sms_threads")
