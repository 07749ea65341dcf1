"""Pushes: what rang somebody's devices up, and what came of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from security.adapters.sealed import Sealed
from security.adapters.tables import Base
from security.vault.owners import Under


class PushRow(Base):
    """One push of a challenge. `state` is open, approved, used, refused or void.

    The number is sealed; `letters` are the messages that carried the push, one a device.
    """

    __tablename__ = "pushes"
    __table_args__ = (Index("pushes_of_person", "person_id", "created_at"),)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    challenge_id: Mapped[str] = mapped_column(ForeignKey("challenges.id"), index=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(String(64))
    number_sealed: Mapped[bytes] = mapped_column(Sealed(Under.ERASABLE))
    state: Mapped[str] = mapped_column(String(8))
    guesses_left: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    letters: Mapped[list[str]]
    answered_by: Mapped[str | None] = mapped_column(String(64), default=None)
    """The device that decided."""
