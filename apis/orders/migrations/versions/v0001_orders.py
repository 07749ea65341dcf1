"""Customers, orders with items and events, consents, idempotency keys and spent tokens."""

import sqlalchemy as sa
from alembic import op

from apis.common.tables import once_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables with the index that each query of the API needs."""
    op.create_table(
        "customers",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("subject", sa.String(128), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        *_address(),
    )
    _orders()
    _items_and_events()
    op.create_table(
        "consents",
        sa.Column("id", sa.String(32), primary_key=True),
        *_owner(),
        sa.Column("granted_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger),
    )
    op.create_index("ix_consents_newest", "consents", ["tenant", "subject", "expires_at"])
    once_tables(op)


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.String(32), primary_key=True),
        *_owner(),
        sa.Column("number", sa.String(8), nullable=False),
        sa.Column("placed_on", sa.Date, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("total_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("expected_on", sa.Date),
        sa.Column("delivered_on", sa.Date),
        *_address(),
    )
    op.create_index("ix_orders_number", "orders", ["tenant", "number"], unique=True)
    op.create_index("ix_orders_newest", "orders", ["tenant", "subject", "placed_on", "number"])


def _items_and_events() -> None:
    op.create_table(
        "items",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("order_id", sa.String(32), sa.ForeignKey("orders.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("price_minor", sa.BigInteger, nullable=False),
        sa.Column("return_label", sa.String(11), unique=True),
    )
    op.create_index("ix_items_order", "items", ["order_id", "position"])
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("order_id", sa.String(32), sa.ForeignKey("orders.id"), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("place", sa.String(64)),
        sa.Column("agent", sa.String(128)),
    )
    op.create_index("ix_events_order", "events", ["order_id", "at", "id"])


def _owner() -> tuple[sa.Column[str], sa.Column[str]]:
    tenant = sa.Column("tenant", sa.String(64), nullable=False)
    return tenant, sa.Column("subject", sa.String(128), nullable=False)


def _address() -> tuple[sa.Column[str], ...]:
    lengths = {"street": 64, "postcode": 10, "city": 64, "country": 2}
    return tuple(sa.Column(name, sa.String(most), nullable=False) for name, most in lengths.items())
