"""Challenges by other methods, changes of factors, recovery, devices and messages"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    _add_tables()
    _add_columns()


def _add_tables() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("destination_hash", sa.String(length=64), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("messages_from", ["address_hash", "created_at"], unique=False)
        batch_op.create_index("messages_of_person", ["person_id", "created_at"], unique=False)
        batch_op.create_index("messages_of_tenant", ["tenant_id", "created_at"], unique=False)
        batch_op.create_index("messages_queued", ["state", "created_at"], unique=False)
        batch_op.create_index("messages_to", ["destination_hash", "created_at"], unique=False)

    op.create_table(
        "changes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts_left", sa.Integer(), nullable=False),
        sa.Column("proved", sa.Boolean(), nullable=False),
        sa.Column("challenge_id", sa.String(length=64), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_changes_session_id"), ["session_id"], unique=False)

    op.create_table(
        "devices",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("device_hash", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "device_hash"),
    )
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.create_index("ix_devices_device_hash", ["device_hash"], unique=False)

    op.create_table(
        "recoveries",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("ready_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    with op.batch_alter_table("recoveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recoveries_person_id"), ["person_id"], unique=False)

    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "code_hash"),
    )
    op.create_table(
        "retired_session_ids",
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
        ),
        sa.PrimaryKeyConstraint("id_hash"),
    )
    with op.batch_alter_table("retired_session_ids", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_retired_session_ids_session_id"), ["session_id"], unique=False
        )

    op.create_table(
        "sign_ins",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index("sign_ins_of_person", ["person_id", "at"], unique=False)


def _add_columns() -> None:
    with op.batch_alter_table("authenticators", schema=None) as batch_op:
        batch_op.add_column(sa.Column("added_at", sa.BigInteger(), nullable=True))

    # An open challenge lives for minutes: one of the older form is simply asked again.
    op.execute("DELETE FROM challenges")
    with op.batch_alter_table("challenges", schema=None) as batch_op:
        batch_op.add_column(sa.Column("allows", sa.JSON(), nullable=False))
        batch_op.add_column(sa.Column("shown_sealed", sa.LargeBinary(), nullable=False))
        batch_op.add_column(sa.Column("change_id", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("code_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("sent_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("message_id", sa.String(length=64), nullable=True))
        batch_op.drop_column("binding")

    with op.batch_alter_table("pending_operations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("replaces", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("method", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("approved_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("resumed_by", sa.String(length=64), nullable=True))
        batch_op.add_column(
            sa.Column("tell", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.create_index("pending_to_tell", ["person_id", "tell"], unique=False)

    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("password_changed_at", sa.BigInteger(), nullable=True))

    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("channel", sa.String(length=8), nullable=False, server_default="web")
        )
        batch_op.add_column(
            sa.Column("device", sa.String(length=80), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("device_hash", sa.String(length=64), nullable=True))
        batch_op.create_index("ix_sessions_person_id", ["person_id"], unique=False)
        batch_op.add_column(sa.Column("signed_in_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("rotated_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("password_proved_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("enrol_until", sa.BigInteger(), nullable=True))

    with op.batch_alter_table("tenants", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("sms_limit", sa.String(length=16), nullable=False, server_default="0.00")
        )
        batch_op.add_column(
            sa.Column("sms_currency", sa.String(length=3), nullable=False, server_default="EUR")
        )


_ADDED = {
    "tenants": ("sms_limit", "sms_currency"),
    "sessions": (
        "channel",
        "device",
        "device_hash",
        "signed_in_at",
        "rotated_at",
        "password_proved_at",
        "enrol_until",
    ),
    "people": ("password_changed_at",),
    "pending_operations": ("replaces", "method", "approved_at", "resumed_by", "tell"),
    "challenges": ("allows", "shown_sealed", "change_id", "code_hash", "sent_at", "message_id"),
    "authenticators": ("added_at",),
}
_NEW = (
    "sign_ins",
    "retired_session_ids",
    "recovery_codes",
    "recoveries",
    "devices",
    "changes",
    "messages",
)


def downgrade() -> None:
    """Take this step back."""
    op.execute("DELETE FROM challenges")
    for table, columns in _ADDED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            if table == "pending_operations":
                batch_op.drop_index("pending_to_tell")
            if table == "sessions":
                batch_op.drop_index("ix_sessions_person_id")
            for column in columns:
                batch_op.drop_column(column)
            if table == "challenges":
                batch_op.add_column(sa.Column("binding", sa.String(length=400), nullable=False))
    for table in _NEW:
        op.drop_table(table)
