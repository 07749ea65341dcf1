"""The trail, its checkpoints, and from where on its records are kept."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from security.adapters.tables import Base
from security.adapters.tenant_filter import WHY_NOT


class AuditRow(Base):
    """One record of the trail, as the bytes that its successor's hash covers."""

    __tablename__ = "audit"
    __table_args__ = {"info": {WHY_NOT: "chains of writers; each record names its own"}}  # noqa: RUF012
    writer: Mapped[str] = mapped_column(String(32), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    record: Mapped[bytes]
    sha256: Mapped[str] = mapped_column(String(64))


class AuditCheckpointRow(Base):
    """One checkpoint, as the line that was signed; the file beside the database has the same."""

    __tablename__ = "audit_checkpoints"
    __table_args__ = {"info": {WHY_NOT: "how far the whole trail has come"}}  # noqa: RUF012
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line: Mapped[bytes]


class AuditLaneRow(Base):
    """A chain of which the oldest records are kept no longer: they are in an archive."""

    __tablename__ = "audit_lanes"
    __table_args__ = {"info": {WHY_NOT: "how far the whole trail has come"}}  # noqa: RUF012
    writer: Mapped[str] = mapped_column(String(32), primary_key=True)
    first: Mapped[int]
    before: Mapped[str] = mapped_column(String(64))
