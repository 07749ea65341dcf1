"""Conversations by SMS"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("authenticators", sa.Column("number_hash", sa.String(64), nullable=True))
    op.create_index("authenticators_by_number", "authenticators", ["tenant_id", "number_hash"])
    op.add_column("messages", sa.Column("provider_hash", sa.String(64), nullable=True))
    op.add_column("messages", sa.Column("reported", sa.String(16), nullable=True))
    op.create_index("ix_messages_provider_hash", "messages", ["provider_hash"])
    op.create_table(
        "sms_threads",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("number_hash", sa.String(64), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=True),
        sa.Column("session_id", sa.String(64), nullable=True),
        sa.Column("opted_out_at", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("wrong_since", sa.BigInteger(), nullable=True),
        sa.Column("rest_sealed", sa.LargeBinary(), nullable=True),
        sa.UniqueConstraint("tenant_id", "number_hash"),
    )
    op.create_table(
        "sms_received",
        sa.Column("message_hash", sa.String(64), primary_key=True),
        sa.Column("thread_id", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("turn_id", sa.String(64), nullable=True),
    )
    op.create_index("sms_received_of_thread", "sms_received", ["thread_id", "at"])


def downgrade() -> None:
    """Take this step back."""
    op.drop_table("sms_received")
    op.drop_table("sms_threads")
    op.drop_index("ix_messages_provider_hash", "messages")
    op.drop_column("messages", "reported")
    op.drop_column("messages", "provider_hash")
    op.drop_index("authenticators_by_number", "authenticators")
    op.drop_column("authenticators", "number_hash")
