"""All that the bank knows of people and their money, sealed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from apis.common.sealing.migrating import SealedTable
from apis.common.tables import SEALED_KEYS

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write each table anew; every row stays."""
    # First those that are opened with what the others still have in plain.
    for table in (_TRANSACTIONS, _DECLINES, _PINS, _ACCOUNTS, _PAYEES, _BILLS, _CARDS, _CASES):
        table.rebuild(op)
    SEALED_KEYS.rebuild(op)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.String(32), primary_key=True)


def _tenant() -> sa.Column[Any]:
    return sa.Column("tenant", sa.String(64), nullable=False)


def _owner() -> tuple[sa.Column[Any], ...]:
    return _tenant(), sa.Column("subject", sa.String(128), nullable=False)


def _of(table: str, *, nullable: bool = False, name: str = "", **more: Any) -> sa.Column[Any]:
    column = name or f"{table.removesuffix('s')}_id"
    return sa.Column(column, sa.String(32), sa.ForeignKey(f"{table}.id"), nullable=nullable, **more)


def _bytes(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _day(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Date, nullable=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=False)


_TRANSACTIONS = SealedTable(
    "transactions",
    lambda: (
        _id(),
        _tenant(),
        _of("accounts"),
        _day("booked_on"),
        _number("position"),
        _of("movements", nullable=True),
        _bytes("sealed"),
    ),
    sealed=("text", "amount_minor", "folded", "category"),
    row=("id", "account_id"),
    tenant="accounts.tenant",
    made={"tenant": "accounts.tenant"},
    joined="JOIN accounts ON accounts.id = transactions.account_id ORDER BY transactions.rowid",
    indexes={
        "ix_transactions_recent": ("account_id", "booked_on", "position"),
        "ix_transactions_position": ("position",),
        "ix_transactions_movement": ("movement_id",),
    },
)
_DECLINES = SealedTable(
    "declines",
    lambda: (
        _id(),
        _tenant(),
        _of("cards"),
        _day("declined_on"),
        _number("position"),
        _bytes("sealed"),
    ),
    sealed=("merchant", "amount_minor", "currency", "reason"),
    row=("id", "card_id"),
    tenant="cards.tenant",
    made={"tenant": "cards.tenant"},
    joined="JOIN cards ON cards.id = declines.card_id",
    indexes={"ix_declines_newest": ("card_id", "declined_on", "position")},
)
_PINS = SealedTable(
    "pins",
    lambda: (_of("cards", primary_key=True), _tenant(), _bytes("sealed")),
    sealed=("verifier", "changed_on"),
    row=("card_id",),
    tenant="cards.tenant",
    made={"tenant": "cards.tenant"},
    joined="JOIN cards ON cards.id = pins.card_id",
)
_ACCOUNTS = SealedTable(
    "accounts",
    lambda: (
        _id(),
        *_owner(),
        _bytes("number_key"),
        _bytes("sealed"),
        sa.UniqueConstraint("tenant", "number_key"),
    ),
    sealed=(
        "name",
        "number",
        "currency",
        "balance_minor",
        "held_minor",
        "limit_minor",
        "state",
        "frozen_because",
        "frozen_on",
    ),
    made={"number_key": "looked_up('accounts', 'number_key', tenant, number)"},
    indexes={"ix_accounts_owner": ("tenant", "subject")},
)
_PAYEES = SealedTable(
    "payees",
    lambda: (
        _id(),
        *_owner(),
        _bytes("payee_key"),
        _bytes("sealed"),
        sa.UniqueConstraint("tenant", "subject", "payee_key"),
    ),
    sealed=("name", "number"),
    made={"payee_key": "looked_up('payees', 'payee_key', tenant, number || char(10) || name)"},
)
_BILLS = SealedTable(
    "bills",
    lambda: (
        _id(),
        *_owner(),
        _day("due_on"),
        _of("movements", nullable=True, unique=True),
        _bytes("sealed"),
    ),
    sealed=("biller", "reference", "amount_minor", "currency"),
    indexes={"ix_bills_open": ("tenant", "subject", "due_on")},
)
_CARDS = SealedTable(
    "cards",
    lambda: (_id(), *_owner(), _of("accounts"), _bytes("sealed")),
    sealed=("kind", "last_four", "state", "reason", "since", "limit_minor", "used_minor"),
    indexes={"ix_cards_owner": ("tenant", "subject")},
)
_CASES = SealedTable(
    "cases",
    lambda: (
        _id(),
        *_owner(),
        sa.Column("number", sa.String(12), nullable=False, unique=True),
        _of("cards", nullable=True),
        _of("transactions", nullable=True),
        _bytes("sealed"),
    ),
    sealed=("kind", "opened_on"),
    indexes={"ix_cases_owner": ("tenant", "subject")},
)
