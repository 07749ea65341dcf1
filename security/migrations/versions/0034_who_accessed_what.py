"""Who saw or changed whose data, found by person; whether an organisation names its staff"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "accesses",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(64), nullable=True),
    )
    op.create_index("accesses_of_subject", "accesses", ["tenant_id", "subject", "at"])
    op.create_index("ix_accesses_at", "accesses", ["at"])
    op.add_column(
        "tenants", sa.Column("names_staff", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """Take this step back."""
    op.drop_column("tenants", "names_staff")
    op.drop_table("accesses")
