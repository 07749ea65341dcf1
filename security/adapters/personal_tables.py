"""What belongs to people's rights: consents, erasures under way, and who does the housework."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from security.adapters.tables import Base
from security.adapters.tenant_filter import WHY_NOT


class ConsentRow(Base):
    """That a person said yes to something: in which words (`version`), how, and until when.

    One that is withdrawn keeps its row: it shows that what happened before was allowed.
    """

    __tablename__ = "consents"
    __table_args__ = (Index("consents_of_person", "person_id", "given_at"),)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    what: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    how: Mapped[str] = mapped_column(String(32))
    given_at: Mapped[datetime]
    ends_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)


class ErasureRow(Base):
    """An erasure: asked for, waiting for its last messages to leave, done.

    `person_hash` is the trail's own name of the person: what is left, so that an erasure can be
    done again after a restore. `person_id` goes with the person.
    """

    __tablename__ = "erasures"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str | None] = mapped_column(String(64))
    person_hash: Mapped[str] = mapped_column(String(64), index=True)
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(32))
    done_at: Mapped[datetime | None] = mapped_column(default=None)


class ErasureOrderRow(Base):
    """An erasure that an API has yet to be told of; gone once it has answered.

    `subject` is what this API calls the person, and is all that is left of them here. `erasure_id`
    is the erasure that it belongs to; `asked_at` is when that was asked for. `late_at`: since when
    the operator knows that it takes long.
    """

    __tablename__ = "erasure_orders"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    erasure_id: Mapped[str] = mapped_column(String(64))
    api: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    asked_at: Mapped[datetime]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    late_at: Mapped[datetime | None] = mapped_column(default=None)


class LeaseRow(Base):
    """Work that one process at a time does: who holds it, and until when."""

    __tablename__ = "leases"
    __table_args__ = {"info": {WHY_NOT: "work of the process, not of anybody"}}  # noqa: RUF012
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime]
