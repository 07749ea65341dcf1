"""The trail has a chain a writer, and checkpoints"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step. What was there is the first writer's, unchanged."""
    op.create_table(
        "audit_checkpoints",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "audit_lanes",
        sa.Column("writer", sa.String(32), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("writer"),
    )
    op.create_table(
        "audit_anew",
        sa.Column("writer", sa.String(32), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("writer", "sequence"),
    )
    op.execute("INSERT INTO audit_anew SELECT '1', sequence, record, sha256 FROM audit")
    op.drop_table("audit")
    op.rename_table("audit_anew", "audit")


def downgrade() -> None:
    """Take this step back, where one writer has written."""
    op.create_table(
        "audit_before",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.execute("INSERT INTO audit_before SELECT sequence, record, sha256 FROM audit")
    for table in ("audit", "audit_lanes", "audit_checkpoints"):
        op.drop_table(table)
    op.rename_table("audit_before", "audit")
