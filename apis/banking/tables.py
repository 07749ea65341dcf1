"""The bank's own tables, beside the common ones. `migrations/` make its schema, never these."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    BigInteger,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The metadata of this API alone."""


class AccountRow(Base):
    """An account; its owner is known by tenant and pairwise subject only.

    Clearing accounts, where money leaves the bank, belong to the empty tenant and subject: no
    token can name them, because the verifier refuses an empty claim.
    """

    __tablename__ = "accounts"
    __table_args__ = (Index("ix_accounts_owner", "tenant", "subject"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(34), unique=True)
    currency: Mapped[str] = mapped_column(String(3))
    balance_minor: Mapped[int] = mapped_column(BigInteger)
    held_minor: Mapped[int] = mapped_column(BigInteger)
    limit_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class MovementRow(Base):
    """Money that moved: its transactions, two or more, sum to zero. Ordered by its owner."""

    __tablename__ = "movements"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))
    booked_on: Mapped[date] = mapped_column(Date)


class TransactionRow(Base):
    """A booked transaction: one entry of a movement, or brought forward where it has none.

    `position` grows with every row, so it orders the rows of one day, oldest first.
    """

    __tablename__ = "transactions"
    __table_args__ = (
        Index("ix_transactions_recent", "account_id", "booked_on", "position"),
        Index("ix_transactions_position", "position"),
        Index("ix_transactions_movement", "movement_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    booked_on: Mapped[date] = mapped_column(Date)
    position: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(String(140))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    movement_id: Mapped[str | None] = mapped_column(ForeignKey("movements.id"))


class PayeeRow(Base):
    """Somebody whom the owner pays."""

    __tablename__ = "payees"
    __table_args__ = (UniqueConstraint("tenant", "subject", "number", "name"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(34))


class BillRow(Base):
    """A bill to its owner; open until a movement has paid it."""

    __tablename__ = "bills"
    __table_args__ = (Index("ix_bills_open", "tenant", "subject", "due_on"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    biller: Mapped[str] = mapped_column(String(64))
    reference: Mapped[str] = mapped_column(String(64))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    due_on: Mapped[date] = mapped_column(Date)
    movement_id: Mapped[str | None] = mapped_column(ForeignKey("movements.id"), unique=True)
