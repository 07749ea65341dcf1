"""Pushes to devices of people"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "pushes",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("challenge_id", sa.String(64), sa.ForeignKey("challenges.id"), nullable=False),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("guesses_left", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("letters", sa.JSON(), nullable=False),
        sa.Column("answered_by", sa.String(64), nullable=True),
    )
    op.create_index("ix_pushes_challenge_id", "pushes", ["challenge_id"])
    op.create_index("pushes_of_person", "pushes", ["person_id", "created_at"])


def downgrade() -> None:
    """Take this step back."""
    op.drop_table("pushes")
