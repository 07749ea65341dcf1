"""All that IT knows of people, sealed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from apis.common.sealing.migrating import SealedTable
from apis.common.tables import SEALED_KEYS

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write each table anew; every row stays."""
    for table in (_MEMBERS, _TICKETS, SEALED_KEYS):
        table.rebuild(op)
    op.create_index(
        "ix_tickets_queue",
        "tickets",
        ["tenant", sa.text("(priority = 'high') DESC"), "number"],
        sqlite_where=sa.text("state != 'solved'"),
    )


def _text(name: str, length: int, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), **{"nullable": False, **more})


def _owner(**more: Any) -> tuple[sa.Column[Any], ...]:
    return _text("tenant", 64, **more), _text("subject", 128, **more)


def _sealed() -> sa.Column[Any]:
    return sa.Column("sealed", sa.LargeBinary, nullable=False)


_MEMBERS = SealedTable(
    "members",
    lambda: (*_owner(primary_key=True), _text("desk", 16), _sealed()),
    sealed=("name",),
    row=("subject",),
)
_TICKETS = SealedTable(
    "tickets",
    lambda: (
        sa.Column("id", sa.String(32), primary_key=True),
        *_owner(),
        sa.Column("number", sa.Integer, nullable=False),
        _text("priority", 8),
        _text("state", 16),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("changed_on", sa.Date, nullable=False),
        _text("kind", 8, server_default="it"),
        _sealed(),
        sa.UniqueConstraint("tenant", "number"),
    ),
    sealed=("title", "handler", "note", "words"),
    indexes={"ix_tickets_owner": ("tenant", "subject", "number")},
)
