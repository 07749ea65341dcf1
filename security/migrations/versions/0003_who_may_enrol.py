"""Until when a person may enrol a strong factor without another one"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("may_enrol_until", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_column("may_enrol_until")
