"""The shop's own tables, beside the common ones. `migrations/` make its schema, never these."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from apis.common.sealing.columns import Sealed, sealed_for


class Base(DeclarativeBase):
    """The metadata of this API alone."""


class CustomerRow(Base):
    """A customer, known by tenant and pairwise subject only, and where their orders go."""

    __tablename__ = "customers"
    __table_args__ = (sealed_for("subject"),)

    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(String(128), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(Sealed(String(64)))
    since: Mapped[date] = mapped_column(Sealed(Date()))
    state: Mapped[str] = mapped_column(Sealed(String(8)))
    street: Mapped[str] = mapped_column(Sealed(String(64)))
    postcode: Mapped[str] = mapped_column(Sealed(String(10)))
    city: Mapped[str] = mapped_column(Sealed(String(64)))
    country: Mapped[str] = mapped_column(Sealed(String(2)))


class OrderRow(Base):
    """An order; `number` is the customer's name for it, unique in the tenant."""

    __tablename__ = "orders"
    __table_args__ = (
        Index("ix_orders_number", "tenant", "number", unique=True),
        Index("ix_orders_newest", "tenant", "subject", "placed_on", "number"),
        sealed_for("id", "subject"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    number: Mapped[str] = mapped_column(String(8))
    placed_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    total_minor: Mapped[int] = mapped_column(Sealed(BigInteger()))
    currency: Mapped[str] = mapped_column(Sealed(String(3)))
    expected_on: Mapped[date | None] = mapped_column(Sealed(Date()))
    delivered_on: Mapped[date | None] = mapped_column(Sealed(Date()))
    street: Mapped[str] = mapped_column(Sealed(String(64)))
    postcode: Mapped[str] = mapped_column(Sealed(String(10)))
    city: Mapped[str] = mapped_column(Sealed(String(64)))
    country: Mapped[str] = mapped_column(Sealed(String(2)))


class ItemRow(Base):
    """Something of an order; `return_label` is there once it goes back."""

    __tablename__ = "items"
    __table_args__ = (Index("ix_items_order", "order_id", "position"), sealed_for("id", "order_id"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    position: Mapped[int] = mapped_column(Integer)
    return_label: Mapped[str | None] = mapped_column(String(11), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(Sealed(String(64)))
    quantity: Mapped[int] = mapped_column(Sealed(Integer()))
    price_minor: Mapped[int] = mapped_column(Sealed(BigInteger()))


class EventRow(Base):
    """Something that happened to an order (`at`: seconds of the epoch).

    `agent` is the pairwise subject of whoever did it for the customer, None where they did it
    themselves, or nobody.
    """

    __tablename__ = "events"
    # The database gives the id, after the row is sealed.
    __table_args__ = (
        Index("ix_events_order", "order_id", "at", "id"),
        sealed_for("order_id", "at", "what"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    at: Mapped[int] = mapped_column(BigInteger)
    what: Mapped[str] = mapped_column(String(20))
    agent: Mapped[str | None] = mapped_column(String(128))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    place: Mapped[str | None] = mapped_column(Sealed(String(64)))


class ConsentRow(Base):
    """A customer's consent that support may act for them (seconds of the epoch)."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_newest", "tenant", "subject", "expires_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    granted_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    withdrawn_at: Mapped[int | None] = mapped_column(BigInteger)
