"""Who saw or changed whose data: taken from the trail, so that it is found by person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from security.adapters.tables import Base


class AccessRow(Base):
    """One access, as the trail has it; `id` is that of the event, and whose of several it is.

    It outlives the record, which goes into an archive. `subject` and `actor` are the trail's own
    names of people, or the names that an API knows them by.
    """

    __tablename__ = "accesses"
    __table_args__ = (Index("accesses_of_subject", "tenant_id", "subject", "at"),)
    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)
    what: Mapped[str] = mapped_column(String(64))
    roles: Mapped[list[str]]
    purpose: Mapped[str | None] = mapped_column(String(64), default=None)
