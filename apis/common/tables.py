"""The two tables of every API that writes: what has happened once, and may not again.

Each API's migrations make them in its own database, with `once_tables`.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, Index, LargeBinary, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from apis.common.sealing.columns import Sealed, sealed_for
from apis.common.sealing.migrating import SealedTable


class OnceBase(DeclarativeBase):
    """The metadata of these two tables."""


class KeyRow(OnceBase):
    """An idempotency key of one owner, and how it ended: for good, whichever way it was.

    `done`: `answer` is what was answered. `refused`: `answer` is the code. `void`: never used.
    `digest` is of the request that ended it; a void key has none.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (sealed_for("subject", "key"),)

    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(String(128), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(8))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str | None] = mapped_column(Sealed(String(64)))
    answer: Mapped[str | None] = mapped_column(Sealed(Text()))


class SpentTokenRow(OnceBase):
    """A token that has written once; kept until it ends (`expires_at`, seconds of the epoch)."""

    __tablename__ = "spent_tokens"
    __table_args__ = (Index("ix_spent_tokens_expires_at", "expires_at"),)

    token_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    expires_at: Mapped[int] = mapped_column(BigInteger)


SEALED_KEYS = SealedTable(
    "idempotency_keys",
    lambda: (
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("subject", sa.String(128), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    ),
    sealed=("digest", "answer"),
    row=("subject", "key"),
)
"""For the migration that seals what was kept before: `SEALED_KEYS.rebuild(op)`."""


def once_tables(op: Any) -> None:
    """Make the tables in a migration, as they were at first; `op` is `alembic.op`.

    A version that comes later seals what is in them (`SEALED_KEYS`).
    """
    op.create_table(
        "idempotency_keys",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("subject", sa.String(128), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("digest", sa.String(64)),
        sa.Column("answer", sa.Text),
    )
    op.create_table(
        "spent_tokens",
        sa.Column("token_id", sa.String(128), primary_key=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_spent_tokens_expires_at", "spent_tokens", ["expires_at"])
