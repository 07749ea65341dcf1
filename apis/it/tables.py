"""IT's own tables, beside the common ones. `migrations/` make its schema, never these."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from apis.common.sealing.columns import Sealed, sealed_for


class Base(DeclarativeBase):
    """The metadata of this API alone."""


class MemberRow(Base):
    """Somebody who may ask IT for help; `desk` is `it` for who gives it, else empty."""

    __tablename__ = "members"
    __table_args__ = (sealed_for("subject"),)

    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(String(128), primary_key=True)
    desk: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(Sealed(String(64)))


class DeskRow(Base):
    """A tenant's IT desk, as everybody may know it."""

    __tablename__ = "desks"

    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    phone: Mapped[str] = mapped_column(String(20))
    hours: Mapped[str] = mapped_column(String(64))


class TicketRow(Base):
    """What somebody asked IT for. `state`: open, in_progress, waiting (for them) or solved.

    `number` counts within the tenant. `handler` and `note` are the desk's, absent at first.
    `kind` is `it`, or `person` for who wants to talk to one; then `words` are their last messages,
    where they agreed.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        Index("ix_tickets_owner", "tenant", "subject", "number"),
        Index(
            "ix_tickets_queue",
            "tenant",
            text("(priority = 'high') DESC"),
            "number",
            sqlite_where=text("state != 'solved'"),
            postgresql_where=text("state != 'solved'"),
        ),
        UniqueConstraint("tenant", "number"),
        sealed_for("id", "subject"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    number: Mapped[int] = mapped_column(Integer)
    priority: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16))
    opened_on: Mapped[date] = mapped_column(Date)
    changed_on: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(8), server_default="it")
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    title: Mapped[str] = mapped_column(Sealed(String(140)))
    handler: Mapped[str | None] = mapped_column(Sealed(String(64)))
    note: Mapped[str | None] = mapped_column(Sealed(String(140)))
    words: Mapped[str | None] = mapped_column(Sealed(String(1000)))
