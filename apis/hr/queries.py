"""HR's queries: each is bound to a tenant, and to whose rows, or whose team's, it finds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import DeclarativeBase

from apis.hr.tables import AllowanceRow, DocumentRow, EmployeeRow, LeaveRow

MOST_REQUESTS, MOST_DOCUMENTS = 50, 100
WAITING, APPROVED, DECLINED = "waiting", "approved", "declined"


def _of(rows: Any, table: type[DeclarativeBase]) -> Select[Any]:
    found: Select[Any] = select(table.__table__).where(
        rows.tenant == bindparam("tenant"), rows.subject == bindparam("subject")
    )
    return found


EMPLOYEE = _of(EmployeeRow, EmployeeRow)
ALLOWANCES = _of(AllowanceRow, AllowanceRow).order_by(AllowanceRow.year)
TAKING = _of(LeaveRow, LeaveRow).where(LeaveRow.state != DECLINED)
"""All leave that counts: waiting or approved."""
REQUESTS = _of(LeaveRow, LeaveRow).order_by(LeaveRow.last_on.desc(), LeaveRow.id)
REQUESTS = REQUESTS.limit(MOST_REQUESTS)
DOCUMENTS = _of(DocumentRow, DocumentRow).order_by(DocumentRow.issued_on.desc(), DocumentRow.id)
DOCUMENTS = DOCUMENTS.limit(MOST_DOCUMENTS)
ONE_DOCUMENT = _of(DocumentRow, DocumentRow).where(DocumentRow.id == bindparam("document_id"))

_THEIRS = (LeaveRow.tenant == EmployeeRow.tenant) & (LeaveRow.subject == EmployeeRow.subject)
_TEAM = (
    select(LeaveRow.__table__, EmployeeRow.name.label("employee_name"), EmployeeRow.manager)
    .join(EmployeeRow, _THEIRS)
    .where(LeaveRow.tenant == bindparam("tenant"))
)
OF_TEAM = (
    _TEAM.where(
        EmployeeRow.manager == bindparam("subject"),
        LeaveRow.subject != bindparam("subject"),
        LeaveRow.state == WAITING,
    )
    .order_by(LeaveRow.first_on, LeaveRow.id)
    .limit(MOST_REQUESTS)
)
OF_TENANT = (
    _TEAM.where(LeaveRow.subject != bindparam("subject"), LeaveRow.state == WAITING)
    .order_by(LeaveRow.first_on, LeaveRow.id)
    .limit(MOST_REQUESTS)
)
ONE_OF_TEAM = _TEAM.where(LeaveRow.id == bindparam("leave_id"))
REPORTS = (
    select(EmployeeRow.subject)
    .where(
        EmployeeRow.tenant == bindparam("tenant"),
        EmployeeRow.manager == bindparam("subject"),
        EmployeeRow.subject != bindparam("subject"),
    )
    .limit(1)
)
"""Whether anybody else reports to the caller."""
AT_DESK = (
    select(EmployeeRow.subject, EmployeeRow.name)
    .where(
        EmployeeRow.tenant == bindparam("tenant"),
        EmployeeRow.desk == "hr",
        EmployeeRow.subject != bindparam("subject"),
    )
    .order_by(EmployeeRow.name)
    .limit(1)
)
"""Somebody of the HR desk who is not the caller."""
