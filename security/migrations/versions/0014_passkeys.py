"""Passkeys: what they are found by, and their counters"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("authenticators", sa.Column("credential_hash", sa.String(64), nullable=True))
    op.add_column(
        "authenticators",
        sa.Column("sign_count", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.create_index(
        "authenticators_by_credential", "authenticators", ["credential_hash"], unique=True
    )


def downgrade() -> None:
    """Take this step back."""
    op.drop_index("authenticators_by_credential", "authenticators")
    op.drop_column("authenticators", "sign_count")
    op.drop_column("authenticators", "credential_hash")
