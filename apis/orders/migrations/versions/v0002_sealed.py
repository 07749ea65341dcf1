"""All that the shop knows of people, sealed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from apis.common.sealing.migrating import SealedTable
from apis.common.tables import SEALED_KEYS

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write each table anew; every row stays."""
    for table in (_CUSTOMERS, _ORDERS, _ITEMS, _EVENTS, SEALED_KEYS):
        table.rebuild(op)
    op.create_index("ix_orders_number", "orders", ["tenant", "number"], unique=True)


def _text(name: str, length: int, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), **{"nullable": False, **more})


def _owner(**more: Any) -> tuple[sa.Column[Any], ...]:
    return _text("tenant", 64, **more), _text("subject", 128, **more)


def _sealed() -> sa.Column[Any]:
    return sa.Column("sealed", sa.LargeBinary, nullable=False)


def _order() -> sa.Column[Any]:
    return sa.Column("order_id", sa.String(32), sa.ForeignKey("orders.id"), nullable=False)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.String(32), primary_key=True)


_ADDRESS = ("street", "postcode", "city", "country")
_CUSTOMERS = SealedTable(
    "customers",
    lambda: (*_owner(primary_key=True), _sealed()),
    sealed=("name", "since", "state", *_ADDRESS),
    row=("subject",),
)
_ORDERS = SealedTable(
    "orders",
    lambda: (
        _id(),
        *_owner(),
        _text("number", 8),
        sa.Column("placed_on", sa.Date, nullable=False),
        _text("state", 12),
        _sealed(),
    ),
    sealed=("total_minor", "currency", "expected_on", "delivered_on", *_ADDRESS),
    indexes={"ix_orders_newest": ("tenant", "subject", "placed_on", "number")},
)
_ITEMS = SealedTable(
    "items",
    lambda: (
        _id(),
        _text("tenant", 64),
        _order(),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("return_label", sa.String(11), unique=True),
        _sealed(),
    ),
    sealed=("name", "quantity", "price_minor"),
    row=("id", "order_id"),
    tenant="orders.tenant",
    made={"tenant": "orders.tenant"},
    joined="JOIN orders ON orders.id = items.order_id",
    indexes={"ix_items_order": ("order_id", "position")},
)
_EVENTS = SealedTable(
    "events",
    lambda: (
        sa.Column("id", sa.Integer, primary_key=True),
        _text("tenant", 64),
        _order(),
        sa.Column("at", sa.BigInteger, nullable=False),
        _text("what", 20),
        sa.Column("agent", sa.String(128)),
        _sealed(),
    ),
    sealed=("place",),
    row=("order_id", "at", "what"),
    tenant="orders.tenant",
    made={"tenant": "orders.tenant"},
    joined="JOIN orders ON orders.id = events.order_id",
    indexes={"ix_events_order": ("order_id", "at", "id")},
)
