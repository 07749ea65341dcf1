"""How far each outlet of the trail has come."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from security.adapters.tables import Base
from security.adapters.tenant_filter import WHY_NOT


class OutletRow(Base):
    """One outlet: the last number of each writer that has arrived, and whether it is out of reach.

    `told` says that its being out of reach is on the trail.
    """

    __tablename__ = "outlets"
    __table_args__ = {"info": {WHY_NOT: "the whole trail goes out, of every tenant"}}  # noqa: RUF012
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[dict[str, Any]] = mapped_column(JSON)
    delivered_at: Mapped[datetime | None] = mapped_column(default=None)
    failing_since: Mapped[datetime | None] = mapped_column(default=None)
    why: Mapped[str | None] = mapped_column(String(64), default=None)
    told: Mapped[bool] = mapped_column(default=False)
