"""Links to documents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from security.adapters.sealed import Sealed
from security.adapters.tables import Base
from security.vault.owners import Under


class DocumentLinkRow(Base):
    """A link to a document: without a hash until the page of its session is told of it."""

    __tablename__ = "document_links"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id"), index=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(String(64))
    operation: Mapped[str] = mapped_column(String(128))
    action: Mapped[str] = mapped_column(String(128))
    asked_sealed: Mapped[bytes] = mapped_column(Sealed(Under.ERASABLE))
    created_at: Mapped[datetime]
    token_hash: Mapped[str | None] = mapped_column(String(64), default=None, unique=True)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    used_at: Mapped[datetime | None] = mapped_column(default=None)
