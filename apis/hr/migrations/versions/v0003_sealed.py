"""All that HR knows of people, sealed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from apis.common.sealing.migrating import SealedTable
from apis.common.tables import SEALED_KEYS

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write each table anew; every row stays."""
    for table in (_EMPLOYEES, _ALLOWANCES, _LEAVE, _DOCUMENTS, _DEPOSITS, SEALED_KEYS):
        table.rebuild(op)


def _text(name: str, length: int, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), **{"nullable": False, **more})


def _owner(**more: Any) -> tuple[sa.Column[Any], ...]:
    return _text("tenant", 64, **more), _text("subject", 128, **more)


def _sealed() -> sa.Column[Any]:
    return sa.Column("sealed", sa.LargeBinary, nullable=False)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.String(32), primary_key=True)


def _day(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Date, nullable=False)


_EMPLOYEES = SealedTable(
    "employees",
    lambda: (*_owner(primary_key=True), _text("manager", 128), _text("desk", 16), _sealed()),
    sealed=("name", "deposit_number"),
    row=("subject",),
    indexes={
        "ix_employees_manager": ("tenant", "manager"),
        "ix_employees_desk": ("tenant", "desk"),
    },
)
_ALLOWANCES = SealedTable(
    "allowances",
    lambda: (
        *_owner(primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True),
        _sealed(),
    ),
    sealed=("entitled", "carried"),
    row=("subject", "year"),
)
_LEAVE = SealedTable(
    "leave",
    lambda: (
        _id(),
        *_owner(),
        _day("first_on"),
        _day("last_on"),
        _text("state", 16),
        _sealed(),
    ),
    sealed=("part", "half_days", "asked_on", "decided_on", "decided_by"),
    indexes={
        "ix_leave_owner": ("tenant", "subject", "first_on"),
        "ix_leave_state": ("tenant", "state", "first_on", "id"),
    },
)
_DOCUMENTS = SealedTable(
    "documents",
    lambda: (_id(), *_owner(), _day("issued_on"), _sealed()),
    sealed=("kind", "period", "title", "lines"),
    indexes={"ix_documents_owner": ("tenant", "subject", "issued_on")},
)
_DEPOSITS = SealedTable(
    "deposit_changes",
    lambda: (_id(), *_owner(), _sealed()),
    sealed=("before", "changed_on"),
)
