"""Cards, what was declined, cases; accounts that can be frozen; transactions to search and sum."""

import sqlalchemy as sa
from alembic import op

from apis.banking.names import folded

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and columns to those that are there; every present row stays."""
    _states()
    _searchable()
    op.create_table(
        "cards",
        sa.Column("id", sa.String(32), primary_key=True),
        *_owner(),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("last_four", sa.String(4), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(24)),
        sa.Column("since", sa.Date),
        sa.Column("limit_minor", sa.BigInteger),
        sa.Column("used_minor", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    )
    op.create_index("ix_cards_owner", "cards", ["tenant", "subject"])
    op.create_table(
        "declines",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("card_id", sa.String(32), sa.ForeignKey("cards.id"), nullable=False),
        sa.Column("declined_on", sa.Date, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("merchant", sa.String(64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
    )
    op.create_index("ix_declines_newest", "declines", ["card_id", "declined_on", "position"])
    op.create_table(
        "cases",
        sa.Column("id", sa.String(32), primary_key=True),
        *_owner(),
        sa.Column("number", sa.String(12), nullable=False, unique=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("card_id", sa.String(32), sa.ForeignKey("cards.id")),
        sa.Column("transaction_id", sa.String(32), sa.ForeignKey("transactions.id")),
    )
    op.create_index("ix_cases_owner", "cases", ["tenant", "subject"])


def _states() -> None:
    state = sa.Column("state", sa.String(8), nullable=False, server_default=sa.text("'open'"))
    op.add_column("accounts", state)
    op.add_column("accounts", sa.Column("frozen_because", sa.String(24)))
    op.add_column("accounts", sa.Column("frozen_on", sa.Date))


def _searchable() -> None:
    words = sa.Column("folded", sa.String(280), nullable=False, server_default=sa.text("''"))
    other = sa.text("'other'")
    op.add_column("transactions", words)
    op.add_column(
        "transactions", sa.Column("category", sa.String(16), nullable=False, server_default=other)
    )
    rows = op.get_bind().execute(sa.text("SELECT id, text FROM transactions")).all()
    if rows:
        update = sa.text("UPDATE transactions SET folded = :folded WHERE id = :id")
        op.get_bind().execute(update, [{"id": one.id, "folded": folded(one.text)} for one in rows])


def _owner() -> tuple[sa.Column[str], sa.Column[str]]:
    tenant = sa.Column("tenant", sa.String(64), nullable=False)
    return tenant, sa.Column("subject", sa.String(128), nullable=False)
