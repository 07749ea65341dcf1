"""Conversations by SMS: one thread for each number that texts a tenant, and what has arrived."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from security.adapters.sealed import Sealed
from security.adapters.tables import Base
from security.adapters.tenant_filter import WHY_NOT
from security.vault.owners import Under


class SmsThreadRow(Base):
    """What is known between a tenant and one number; the number itself is sealed.

    `rest_sealed` holds what MORE gives; `heard_at` is when the number last texted.
    """

    __tablename__ = "sms_threads"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number_hash"),
        Index("sms_threads_told", "tenant_id", "told_at"),
    )
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    number_hash: Mapped[str] = mapped_column(String(64))
    number_sealed: Mapped[bytes] = mapped_column(Sealed(Under.ERASABLE))
    heard_at: Mapped[datetime]
    person_id: Mapped[str | None] = mapped_column(String(64), default=None)
    session_id: Mapped[str | None] = mapped_column(String(64), default=None)
    opted_out_at: Mapped[datetime | None] = mapped_column(default=None)
    told_at: Mapped[datetime | None] = mapped_column(default=None)
    wrong_codes: Mapped[int] = mapped_column(default=0)
    wrong_since: Mapped[datetime | None] = mapped_column(default=None)
    rest_sealed: Mapped[bytes | None] = mapped_column(Sealed(Under.ERASABLE), default=None)


class SmsReceivedRow(Base):
    """A message that arrived: its id works once, and the numbers are counted by the hour."""

    __tablename__ = "sms_received"
    __table_args__ = (
        Index("sms_received_of_thread", "thread_id", "at"),
        {"info": {WHY_NOT: "ids of messages already taken, counted by thread, which has a tenant"}},
    )
    message_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    thread_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    turn_id: Mapped[str | None] = mapped_column(String(64), default=None)
