"""What the watch keeps: its alerts, and how far it has read the trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from security.adapters.tables import Base
from security.adapters.tenant_filter import WHY_NOT


class AlertRow(Base):
    """One alert, of a tenant or, where none is known, of the whole installation.

    `person_hash` is the trail's own name of whoever it is about. `evidence` are ids of events.
    ``open → acknowledged → closed``, each move by an auditor, and back to open.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        Index("alerts_of_tenant", "tenant_id", "at"),
        Index("alerts_that_slow", "throttled_until"),
        Index("alerts_for_operator", "operator_due_at"),
    )
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str | None] = mapped_column(String(64))
    rule: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    person_hash: Mapped[str | None] = mapped_column(String(64))
    origin: Mapped[str | None] = mapped_column(String(64))
    evidence: Mapped[list[str]]
    responses: Mapped[list[str]]
    """What was done by itself."""
    state: Mapped[str] = mapped_column(String(16), default="open")
    throttled_until: Mapped[datetime | None] = mapped_column(default=None)
    operator_due_at: Mapped[datetime | None] = mapped_column(default=None)
    """Since when the operator is to be told of it: nobody of an organisation was."""
    moved_at: Mapped[datetime | None] = mapped_column(default=None)
    """When an auditor acknowledged, closed or reopened it last."""
    moved_by: Mapped[str | None] = mapped_column(String(64), default=None)
    """The trail's own name of that auditor."""
    reason: Mapped[str | None] = mapped_column(String(16), default=None)
    """Why it was closed: one of a list."""


class WatchRow(Base):
    """How far the watch has read: the last number of each writer of the trail."""

    __tablename__ = "watch"
    __table_args__ = {"info": {WHY_NOT: "one watch over the whole trail"}}  # noqa: RUF012
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[dict[str, Any]] = mapped_column(JSON)
