"""The tables of this API's database. Its schema is made by `migrations/`, never by these."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The metadata of this API alone."""


class AccountRow(Base):
    """An account; its owner is known by tenant and pairwise subject only."""

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


class TransactionRow(Base):
    """A booked transaction; `position` orders an account's rows, oldest first."""

    __tablename__ = "transactions"
    __table_args__ = (Index("ix_transactions_recent", "account_id", "booked_on", "position"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    booked_on: Mapped[date] = mapped_column(Date)
    position: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(String(140))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
