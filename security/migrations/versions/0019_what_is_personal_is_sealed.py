"""What is personal is sealed, each under its own key; names are found by keyed hashes"""

import sqlalchemy as sa
from alembic import context, op

from security.migrations.old_envelopes import PLAIN, SEALED, Resealing

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_HASHES = ("username_hash", "name_hash")


def upgrade() -> None:
    """Apply this step."""
    for table in ("turns", "choices"):
        op.add_column(table, sa.Column("person_id", sa.String(64), nullable=True))
    for table, _, column, _ in PLAIN:
        op.add_column(table, sa.Column(column, sa.LargeBinary(), nullable=True))
    for column in _HASHES:
        op.add_column("people", sa.Column(column, sa.String(64), nullable=True))
    _own_turns()
    _seal()
    _drop_what_was_readable()


def _own_turns() -> None:
    """What was said belongs to whom its conversation is bound to."""
    for table in ("turns", "choices"):
        op.execute(
            f"UPDATE {table} SET person_id = (SELECT person_id FROM conversations"  # noqa: S608
            f" WHERE conversations.id = {table}.conversation_id)"
        )


def _seal() -> None:
    keys = context.config.attributes.get("keys")
    connection = op.get_bind()
    if connection.execute(sa.text("SELECT id FROM tenants LIMIT 1")).first() is None:
        return  # A new home: nothing was ever kept in it.
    if keys is None:
        raise ValueError("there is something to be sealed, and no key was given")
    work = Resealing(connection, keys)
    work.make_keys()
    for it in SEALED:
        work.sealed(it)
    for name, old, column, person in PLAIN:
        work.plain(name, old, column, person)
    work.tenants()
    work.names()


def _drop_what_was_readable() -> None:
    for table, old, column, _ in PLAIN:
        if table != "people":
            with op.batch_alter_table(table) as batch:
                batch.alter_column(column, existing_type=sa.LargeBinary(), nullable=False)
                batch.drop_column(old)
    if op.get_bind().dialect.name == "sqlite":
        _people_anew()
        return
    for column in _HASHES:
        op.alter_column("people", column, existing_type=sa.String(64), nullable=False)
    for column in ("username_sealed", "name_sealed", "password_sealed"):
        op.alter_column("people", column, existing_type=sa.LargeBinary(), nullable=False)
    for column in ("username", "name", "password_hash"):
        op.drop_column("people", column)
    op.create_unique_constraint(
        "people_tenant_id_username_hash_key", "people", ["tenant_id", "username_hash"]
    )
    op.create_index("people_by_name", "people", ["tenant_id", "name_hash"])


def _people_anew() -> None:
    """SQLite drops no column that a constraint names, and the constraint has no name."""
    op.create_table(
        "people_anew",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("tenant_id", sa.String(64), sa.ForeignKey("tenants.id"), nullable=False),
        sa.Column("username_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("username_hash", sa.String(64), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("name_hash", sa.String(64), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("password_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("password_changed_at", sa.BigInteger(), nullable=True),
        sa.Column("may_enrol_until", sa.BigInteger(), nullable=True),
        sa.UniqueConstraint("tenant_id", "username_hash"),
    )
    kept = (
        "id, tenant_id, username_sealed, username_hash, name_sealed, name_hash, roles, "
        "password_sealed, disabled_at, password_changed_at, may_enrol_until"
    )
    op.execute(f"INSERT INTO people_anew ({kept}) SELECT {kept} FROM people")  # noqa: S608
    op.drop_table("people")
    op.rename_table("people_anew", "people")
    op.create_index("people_by_name", "people", ["tenant_id", "name_hash"])


def downgrade() -> None:
    """There is no way back: what was sealed is not made readable again."""
    raise NotImplementedError("restore a backup from before")
