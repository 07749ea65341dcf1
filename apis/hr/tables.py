"""HR's own tables, beside the common ones. `migrations/` make its schema, never these.

Leave is counted in half days, as whole numbers: a sum of halves is exact.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The metadata of this API alone."""


class EmployeeRow(Base):
    """Somebody who works here; known by tenant and pairwise subject, like the rows they own.

    `manager` is the subject of who decides about their leave, empty where nobody does but the HR
    desk. `desk` is a place with duties, such as `hr`, or empty.
    """

    __tablename__ = "employees"
    __table_args__ = (
        Index("ix_employees_manager", "tenant", "manager"),
        Index("ix_employees_desk", "tenant", "desk"),
    )

    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(String(128), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    manager: Mapped[str] = mapped_column(String(128))
    desk: Mapped[str] = mapped_column(String(16))
    deposit_number: Mapped[str] = mapped_column(String(34))


class AllowanceRow(Base):
    """How much leave somebody has in a year, in half days; a year without a row is not open."""

    __tablename__ = "allowances"

    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(String(128), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    entitled: Mapped[int] = mapped_column(Integer)
    carried: Mapped[int] = mapped_column(Integer)


class LeaveRow(Base):
    """A request for leave. `state`: waiting, approved or declined.

    `part` is whole, or morning or afternoon of a single day. `half_days` are the working ones.
    """

    __tablename__ = "leave"
    __table_args__ = (
        Index("ix_leave_owner", "tenant", "subject", "first_on"),
        Index("ix_leave_state", "tenant", "state", "first_on", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    part: Mapped[str] = mapped_column(String(16))
    half_days: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    asked_on: Mapped[date] = mapped_column(Date)
    decided_on: Mapped[date | None] = mapped_column(Date)
    decided_by: Mapped[str | None] = mapped_column(String(64))


class DocumentRow(Base):
    """A paper of one person: what stands on it, line by line, as JSON `[[label, value], …]`."""

    __tablename__ = "documents"
    __table_args__ = (Index("ix_documents_owner", "tenant", "subject", "issued_on"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))
    period: Mapped[str] = mapped_column(String(7))
    title: Mapped[str] = mapped_column(String(64))
    issued_on: Mapped[date] = mapped_column(Date)
    lines: Mapped[str] = mapped_column(Text)


class DepositChangeRow(Base):
    """Which account a salary went to before it was changed, and when; for whoever has to look."""

    __tablename__ = "deposit_changes"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    before: Mapped[str] = mapped_column(String(34))
    changed_on: Mapped[date] = mapped_column(Date)
