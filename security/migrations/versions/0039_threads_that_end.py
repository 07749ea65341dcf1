"""When a number last texted: by that its thread goes, as any other data does"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step. What was there counts from now: nobody knows when it was last heard of."""
    # nosemgrep: now-is-an-argument - nobody gives a step of the schema any.
    now = round(datetime.now(UTC).timestamp() * 1_000_000)
    heard = sa.Column("heard_at", sa.BigInteger(), nullable=False, server_default=str(now))
    op.add_column("sms_threads", heard)


def downgrade() -> None:
    """Take this step back."""
    op.drop_column("sms_threads", "heard_at")
