"""HR's queries: each is bound to a tenant, and to whose rows, or whose team's, it finds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import DeclarativeBase

from apis.hr.tables import AllowanceRow, DocumentRow, EmployeeRow, LeaveRow

MOST_REQUESTS, MOST_DOCUMENTS = 50, 100
PAGE = 25
"""How many of other people's requests one answer holds: each is decided by itself."""
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
_REQUESTS = select(
    LeaveRow.__table__, EmployeeRow.name.label("employee_name"), EmployeeRow.manager
).join(EmployeeRow, _THEIRS)
_TEAM = _REQUESTS.where(LeaveRow.tenant == bindparam("tenant"))


def _page(query: Select[Any]) -> tuple[Select[Any], Select[Any]]:
    """Return the query for the first of what waits, and that for how much there is."""
    waiting = query.where(LeaveRow.state == WAITING)
    counted = waiting.with_only_columns(func.count().label("how_many"))
    return waiting.order_by(LeaveRow.first_on, LeaveRow.id).limit(PAGE), counted


def _names(query: Select[Any]) -> Select[Any]:
    """Return the query for whose requests wait: their names, and no more of any of them."""
    named: tuple[Any, ...] = (LeaveRow.subject, EmployeeRow.name)
    like = EmployeeRow.name.like(bindparam("like"), escape="\\")
    return query.with_only_columns(*named).where(LeaveRow.state == WAITING, like).distinct()


# The tenant of the few who report, not that of all leave: by its index they are found first.
_OF_TEAM = _REQUESTS.where(
    EmployeeRow.tenant == bindparam("tenant"),
    EmployeeRow.manager == bindparam("subject"),
    LeaveRow.subject != bindparam("subject"),
)
_OF_TENANT = _TEAM.where(LeaveRow.subject != bindparam("subject"))
_OF_THESE = LeaveRow.subject.in_(bindparam("whose", expanding=True))
OF_TEAM, TEAM_NAMES = _page(_OF_TEAM), _names(_OF_TEAM)
OF_TENANT, TENANT_NAMES = _page(_OF_TENANT), _names(_OF_TENANT)
OF_SOME_OF_TEAM = _page(_OF_TEAM.where(_OF_THESE))
OF_SOME_OF_TENANT = _page(_OF_TENANT.where(_OF_THESE))


def _of_several(rows: Any, table: type[DeclarativeBase]) -> Select[Any]:
    found: Select[Any] = select(table.__table__).where(
        rows.tenant == bindparam("tenant"), rows.subject.in_(bindparam("subjects", expanding=True))
    )
    return found


THEIR_ALLOWANCES = _of_several(AllowanceRow, AllowanceRow)
THEIR_TAKING = _of_several(LeaveRow, LeaveRow).where(LeaveRow.state != DECLINED)
"""Likewise of several people at once."""
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
