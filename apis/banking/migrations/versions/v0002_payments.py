"""Payments: movements of two sides, payees, bills, idempotency keys and spent tokens."""

import sqlalchemy as sa
from alembic import op

from apis.common.tables import once_tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and two columns to those that are there; every present row stays."""
    op.create_table(
        "movements",
        sa.Column("id", sa.String(32), primary_key=True),
        *_owner(),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("booked_on", sa.Date, nullable=False),
    )
    limit = sa.Column("limit_minor", sa.BigInteger, nullable=False, server_default=sa.text("0"))
    op.add_column("accounts", limit)
    movement = sa.Column("movement_id", sa.String(32), sa.ForeignKey("movements.id"))
    op.add_column("transactions", movement, inline_references=True)
    op.create_index("ix_transactions_position", "transactions", ["position"])
    op.create_index("ix_transactions_movement", "transactions", ["movement_id"])
    _payees_and_bills()
    once_tables(op)


def _payees_and_bills() -> None:
    op.create_table(
        "payees",
        sa.Column("id", sa.String(32), primary_key=True),
        *_owner(),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("number", sa.String(34), nullable=False),
        sa.UniqueConstraint("tenant", "subject", "number", "name"),
    )
    op.create_table(
        "bills",
        sa.Column("id", sa.String(32), primary_key=True),
        *_owner(),
        sa.Column("biller", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("movement_id", sa.String(32), sa.ForeignKey("movements.id"), unique=True),
    )
    op.create_index("ix_bills_open", "bills", ["tenant", "subject", "due_on"])


def _owner() -> tuple[sa.Column[str], sa.Column[str]]:
    tenant = sa.Column("tenant", sa.String(64), nullable=False)
    return tenant, sa.Column("subject", sa.String(128), nullable=False)
