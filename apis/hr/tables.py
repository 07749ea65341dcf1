"""HR's own tables, beside the common ones. `migrations/` make its schema, never these.

Leave is counted in half days, as whole numbers: a sum of halves is exact.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from apis.common.sealing.columns import Sealed, sealed_for


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
        sealed_for("subject"),
    )

    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(String(128), primary_key=True)
    manager: Mapped[str] = mapped_column(String(128))
    desk: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(Sealed(String(64)))
    deposit_number: Mapped[str] = mapped_column(Sealed(String(34)))


class AllowanceRow(Base):
    """How much leave somebody has in a year, in half days; a year without a row is not open."""

    __tablename__ = "allowances"
    __table_args__ = (sealed_for("subject", "year"),)

    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(String(128), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    entitled: Mapped[int] = mapped_column(Sealed(Integer()))
    carried: Mapped[int] = mapped_column(Sealed(Integer()))


class LeaveRow(Base):
    """A request for leave. `state`: waiting, approved or declined.

    `part` is whole, or morning or afternoon of a single day. `half_days` are the working ones.
    """

    __tablename__ = "leave"
    __table_args__ = (
        Index("ix_leave_owner", "tenant", "subject", "first_on"),
        Index("ix_leave_state", "tenant", "state", "first_on", "id"),
        sealed_for("id", "subject"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    part: Mapped[str] = mapped_column(Sealed(String(16)))
    half_days: Mapped[int] = mapped_column(Sealed(Integer()))
    asked_on: Mapped[date] = mapped_column(Sealed(Date()))
    decided_on: Mapped[date | None] = mapped_column(Sealed(Date()))
    decided_by: Mapped[str | None] = mapped_column(Sealed(String(64)))


class DocumentRow(Base):
    """A paper of one person: what stands on it, line by line, as JSON `[[label, value], …]`."""

    __tablename__ = "documents"
    __table_args__ = (
        Index("ix_documents_owner", "tenant", "subject", "issued_on"),
        sealed_for("id", "subject"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    issued_on: Mapped[date] = mapped_column(Date)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str] = mapped_column(Sealed(String(16)))
    period: Mapped[str] = mapped_column(Sealed(String(7)))
    title: Mapped[str] = mapped_column(Sealed(String(64)))
    lines: Mapped[str] = mapped_column(Sealed(Text()))


class DepositChangeRow(Base):
    """Which account a salary went to before it was changed, and when; for whoever has to look."""

    __tablename__ = "deposit_changes"
    __table_args__ = (sealed_for("id", "subject"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    before: Mapped[str] = mapped_column(Sealed(String(34)))
    changed_on: Mapped[date] = mapped_column(Sealed(Date()))
