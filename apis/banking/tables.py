"""The bank's own tables, beside the common ones. `migrations/` make its schema, never these."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    BigInteger,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from apis.common.sealing.columns import LookedUp, Sealed, sealed_for


class Base(DeclarativeBase):
    """The metadata of this API alone."""


class AccountRow(Base):
    """An account; its owner is known by tenant and pairwise subject only.

    Clearing accounts, where money leaves the bank, belong to the empty tenant and subject: no
    token can name them, because the verifier refuses an empty claim.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        Index("ix_accounts_owner", "tenant", "subject"),
        UniqueConstraint("tenant", "number_key"),
        sealed_for("id", "subject"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    number_key: Mapped[bytes] = mapped_column(LookedUp("number"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(Sealed(String(64)))
    number: Mapped[str] = mapped_column(Sealed(String(34)))
    currency: Mapped[str] = mapped_column(Sealed(String(3)))
    balance_minor: Mapped[int] = mapped_column(Sealed(BigInteger()))
    held_minor: Mapped[int] = mapped_column(Sealed(BigInteger()))
    limit_minor: Mapped[int] = mapped_column(Sealed(BigInteger(), 0))
    state: Mapped[str] = mapped_column(Sealed(String(8), "open"))
    frozen_because: Mapped[str | None] = mapped_column(Sealed(String(24)))
    frozen_on: Mapped[date | None] = mapped_column(Sealed(Date()))


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
        sealed_for("id", "account_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    booked_on: Mapped[date] = mapped_column(Date)
    position: Mapped[int] = mapped_column(Integer)
    movement_id: Mapped[str | None] = mapped_column(ForeignKey("movements.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    text: Mapped[str] = mapped_column(Sealed(String(140)))
    amount_minor: Mapped[int] = mapped_column(Sealed(BigInteger()))
    folded: Mapped[str] = mapped_column(Sealed(String(280), ""))
    """The text as it is searched (`names.folded`)."""
    category: Mapped[str] = mapped_column(Sealed(String(16), "other"))


class PayeeRow(Base):
    """Somebody whom the owner pays."""

    __tablename__ = "payees"
    __table_args__ = (
        UniqueConstraint("tenant", "subject", "payee_key"),
        sealed_for("id", "subject"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    payee_key: Mapped[bytes] = mapped_column(LookedUp("number", "name"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(Sealed(String(64)))
    number: Mapped[str] = mapped_column(Sealed(String(34)))


class BillRow(Base):
    """A bill to its owner; open until a movement has paid it."""

    __tablename__ = "bills"
    __table_args__ = (
        Index("ix_bills_open", "tenant", "subject", "due_on"),
        sealed_for("id", "subject"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    due_on: Mapped[date] = mapped_column(Date)
    movement_id: Mapped[str | None] = mapped_column(ForeignKey("movements.id"), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    biller: Mapped[str] = mapped_column(Sealed(String(64)))
    reference: Mapped[str] = mapped_column(Sealed(String(64)))
    amount_minor: Mapped[int] = mapped_column(Sealed(BigInteger()))
    currency: Mapped[str] = mapped_column(Sealed(String(3)))


class CardRow(Base):
    """A card of its owner. `limit_minor` and `used_minor` are a credit card's, in its account's
    currency; `reason` and `since` tell why, and from when, it is not active."""

    __tablename__ = "cards"
    __table_args__ = (
        Index("ix_cards_owner", "tenant", "subject"),
        sealed_for("id", "subject"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str] = mapped_column(Sealed(String(8)))
    last_four: Mapped[str] = mapped_column(Sealed(String(4)))
    state: Mapped[str] = mapped_column(Sealed(String(12)))
    reason: Mapped[str | None] = mapped_column(Sealed(String(24)))
    since: Mapped[date | None] = mapped_column(Sealed(Date()))
    limit_minor: Mapped[int | None] = mapped_column(Sealed(BigInteger()))
    used_minor: Mapped[int] = mapped_column(Sealed(BigInteger(), 0))


class PinRow(Base):
    """What can check the PIN of a card, and when it was chosen; never the PIN."""

    __tablename__ = "pins"
    __table_args__ = (sealed_for("card_id"),)

    card_id: Mapped[str] = mapped_column(ForeignKey("cards.id"), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    verifier: Mapped[str] = mapped_column(Sealed(String(200)))
    changed_on: Mapped[date] = mapped_column(Sealed(Date()))


class DeclineRow(Base):
    """A payment that a card was refused, and why; `position` orders those of one day."""

    __tablename__ = "declines"
    __table_args__ = (
        Index("ix_declines_newest", "card_id", "declined_on", "position"),
        sealed_for("id", "card_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    card_id: Mapped[str] = mapped_column(ForeignKey("cards.id"))
    declined_on: Mapped[date] = mapped_column(Date)
    position: Mapped[int] = mapped_column(Integer)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    merchant: Mapped[str] = mapped_column(Sealed(String(64)))
    amount_minor: Mapped[int] = mapped_column(Sealed(BigInteger()))
    currency: Mapped[str] = mapped_column(Sealed(String(3)))
    reason: Mapped[str] = mapped_column(Sealed(String(24)))


class CaseRow(Base):
    """What the owner reported, for the bank's people to look into; `number` is its name."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_owner", "tenant", "subject"),
        sealed_for("id", "subject"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    number: Mapped[str] = mapped_column(String(12), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str] = mapped_column(Sealed(String(12)))
    opened_on: Mapped[date] = mapped_column(Sealed(Date()))
    card_id: Mapped[str | None] = mapped_column(ForeignKey("cards.id"))
    transaction_id: Mapped[str | None] = mapped_column(ForeignKey("transactions.id"))
