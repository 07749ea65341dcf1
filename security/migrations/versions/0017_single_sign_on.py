"""Single sign-on: whose identity is whose, what is under way, and what came of it"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "identities",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("tenant_id", sa.String(64), sa.ForeignKey("tenants.id"), nullable=False),
        sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("provider", sa.String(128), nullable=False),
        sa.Column("subject_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
        sa.Column("created_person", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_identities_person_id", "identities", ["person_id"])
    op.create_table(
        "sso_flows",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("session_id", sa.String(64), sa.ForeignKey("sessions.id"), nullable=False),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("provider", sa.String(128), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("about", sa.String(64), nullable=False),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("kept_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("max_age", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_sso_flows_session_id", "sso_flows", ["session_id"])
    op.create_table(
        "sso_sessions",
        sa.Column("session_id", sa.String(64), sa.ForeignKey("sessions.id"), primary_key=True),
        sa.Column("subject_hash", sa.String(64), nullable=False),
        sa.Column("sid_hash", sa.String(64), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
    )
    op.create_index("sso_sessions_of_sid", "sso_sessions", ["sid_hash"])
    op.create_index("ix_sso_sessions_subject_hash", "sso_sessions", ["subject_hash"])
    op.create_table(
        "sso_logouts",
        sa.Column("jti_hash", sa.String(64), primary_key=True),
        sa.Column("sid_hash", sa.String(64), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_sso_logouts_sid_hash", "sso_logouts", ["sid_hash"])
    op.create_index("ix_sso_logouts_expires_at", "sso_logouts", ["expires_at"])


def downgrade() -> None:
    """Take this step back."""
    for table in ("sso_logouts", "sso_sessions", "sso_flows", "identities"):
        op.drop_table(table)
