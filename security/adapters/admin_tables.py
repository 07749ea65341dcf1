"""What administering people leaves in the database: actions under way, and invitations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from security.adapters.sealed import Sealed
from security.adapters.tables import Base
from security.vault.owners import Under


class AdminActionRow(Base):
    """Something that an administrator has asked for, until it is done or void.

    ``prove → done``, or ``prove → waiting → done`` where a second administrator has to approve;
    `void` ends one that is open. `payload_sealed` is whom it is about and what shall be so.
    """

    __tablename__ = "admin_actions"
    __table_args__ = (Index("admin_actions_waiting", "tenant_id", "state"),)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    asker_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(8))
    payload_sealed: Mapped[bytes] = mapped_column(Sealed(Under.TENANT))
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    proved: Mapped[bool] = mapped_column(default=False)
    challenge_id: Mapped[str | None] = mapped_column(String(64), default=None)
    approver_id: Mapped[str | None] = mapped_column(String(64), default=None)


class InvitationRow(Base):
    """A link by which somebody sets their first password: once, and not for long."""

    __tablename__ = "invitations"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    channel: Mapped[str] = mapped_column(String(8))
    to_sealed: Mapped[bytes] = mapped_column(Sealed(Under.ERASABLE))
    state: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
