"""Tokens of registered clients, and the assertions that they have used"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "client_tokens",
        sa.Column("token_id", sa.String(64), primary_key=True),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("session_id", sa.String(64), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_client_tokens_expires_at", "client_tokens", ["expires_at"])
    op.create_table(
        "spent_assertions",
        sa.Column("client_id", sa.String(64), primary_key=True),
        sa.Column("assertion_id", sa.String(128), primary_key=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_spent_assertions_expires_at", "spent_assertions", ["expires_at"])


def downgrade() -> None:
    """Take this step back."""
    op.drop_table("spent_assertions")
    op.drop_table("client_tokens")
