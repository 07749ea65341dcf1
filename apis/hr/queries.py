"""HR's queries: each is bound to a tenant, and to whose rows, or whose team's, it finds."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, select, tuple_
from sqlalchemy.orm import DeclarativeBase

from apis.common.sealing.columns import opened
from apis.hr.tables import AllowanceRow, DocumentRow, EmployeeRow, LeaveRow

WAITING, APPROVED, DECLINED = "waiting", "approved", "declined"


def _of(rows: Any, table: type[DeclarativeBase]) -> Select[Any]:
    found: Select[Any] = select(table.__table__).where(
        rows.tenant == bindparam("tenant"), rows.subject == bindparam("subject")
    )
    return found


def _newest(query: Select[Any], *key: Any) -> tuple[Select[Any], Select[Any]]:
    """Return the queries for the first page and for a next one: after the key of the last row."""
    page = query.order_by(*(column.desc() for column in key)).limit(bindparam("limit"))
    return page, page.where(tuple_(*key) < _last(*key))


def _last(*key: Any) -> ColumnElement[Any]:
    return tuple_(*(bindparam(f"last_{one.key}", type_=one.type) for one in key))


EMPLOYEE = _of(EmployeeRow, EmployeeRow)
ALLOWANCES = _of(AllowanceRow, AllowanceRow).order_by(AllowanceRow.year)
TAKING = _of(LeaveRow, LeaveRow).where(LeaveRow.state != DECLINED)
"""All leave that counts: waiting or approved."""
REQUESTS, NEXT_REQUESTS = _newest(_of(LeaveRow, LeaveRow), LeaveRow.last_on, LeaveRow.id)
ONE_REQUEST = _of(LeaveRow, LeaveRow).where(LeaveRow.id == bindparam("leave_id"))
DOCUMENTS, NEXT_DOCUMENTS = _newest(
    _of(DocumentRow, DocumentRow), DocumentRow.issued_on, DocumentRow.id
)
ONE_DOCUMENT = _of(DocumentRow, DocumentRow).where(DocumentRow.id == bindparam("document_id"))

_THEIRS = (LeaveRow.tenant == EmployeeRow.tenant) & (LeaveRow.subject == EmployeeRow.subject)
_REQUESTS = select(
    LeaveRow.__table__, EmployeeRow.name.label("employee_name"), EmployeeRow.manager
).join(EmployeeRow, _THEIRS)
_TEAM = _REQUESTS.where(LeaveRow.tenant == bindparam("tenant"))
# What a list shows of each, and no more: every sealed column costs a call.
_LISTED: Any = _REQUESTS.with_only_columns(
    LeaveRow.id,
    LeaveRow.tenant,
    LeaveRow.subject,
    LeaveRow.first_on,
    LeaveRow.last_on,
    LeaveRow.part,
    LeaveRow.half_days,
    EmployeeRow.name.label("employee_name"),
    EmployeeRow.manager,
)


class Waiting(NamedTuple):
    """The queries for what waits: its first page, a next one, and how much there is."""

    first: Select[Any]
    next: Select[Any]
    how_many: Select[Any]


def _page(query: Select[Any], *whose: ColumnElement[bool], joined: bool) -> Waiting:
    waiting, key = query.where(LeaveRow.state == WAITING, *whose), (LeaveRow.first_on, LeaveRow.id)
    page = waiting.order_by(*key).limit(bindparam("limit"))
    # Where nothing is asked of the employee, counting needs none: half of the time.
    here = waiting if joined else _OF_ALL.where(LeaveRow.state == WAITING, *whose)
    counted = here.with_only_columns(func.count().label("how_many"))
    return Waiting(page, page.where(tuple_(*key) > _last(*key)), counted)


def _names(*reporting: ColumnElement[bool]) -> Select[Any]:
    """Return the query for whose requests wait: their names, and no more of any of them."""
    waiting = select(LeaveRow.subject).where(
        LeaveRow.tenant == bindparam("tenant"), LeaveRow.state == WAITING
    )
    named: tuple[Any, ...] = (EmployeeRow.subject, EmployeeRow.name)
    return select(*named).where(
        EmployeeRow.tenant == bindparam("tenant"),
        EmployeeRow.subject != bindparam("subject"),
        opened(EmployeeRow.name).like(bindparam("like"), escape="\\"),
        EmployeeRow.subject.in_(waiting),
        *reporting,
    )


_REPORTING = EmployeeRow.manager == bindparam("subject")
_NOT_ONES_OWN = LeaveRow.subject != bindparam("subject")
# The tenant of the few who report, not that of all leave: by its index they are found first.
_OF_TEAM = _LISTED.where(EmployeeRow.tenant == bindparam("tenant"), _REPORTING, _NOT_ONES_OWN)
_OF_TENANT = _LISTED.where(LeaveRow.tenant == bindparam("tenant"), _NOT_ONES_OWN)
_OF_ALL = select(LeaveRow.__table__).where(LeaveRow.tenant == bindparam("tenant"), _NOT_ONES_OWN)
_OF_THESE = LeaveRow.subject.in_(bindparam("whose", expanding=True))
OF_TEAM, TEAM_NAMES = _page(_OF_TEAM, joined=True), _names(_REPORTING)
OF_TENANT, TENANT_NAMES = _page(_OF_TENANT, joined=False), _names()
OF_SOME_OF_TEAM = _page(_OF_TEAM, _OF_THESE, joined=True)
OF_SOME_OF_TENANT = _page(_OF_TENANT, _OF_THESE, joined=False)


def _of_several(rows: Any, table: type[DeclarativeBase]) -> Select[Any]:
    found: Select[Any] = select(table.__table__).where(
        rows.tenant == bindparam("tenant"), rows.subject.in_(bindparam("subjects", expanding=True))
    )
    return found


THEIR_ALLOWANCES = _of_several(AllowanceRow, AllowanceRow).where(
    AllowanceRow.year.between(bindparam("from_year"), bindparam("to_year"))
)
THEIR_TAKING: Any = (
    _of_several(LeaveRow, LeaveRow)
    .with_only_columns(LeaveRow.subject, LeaveRow.first_on, LeaveRow.last_on, LeaveRow.part)
    .where(
        LeaveRow.state != DECLINED,
        LeaveRow.last_on >= bindparam("from_day"),
        LeaveRow.first_on <= bindparam("to_day"),
    )
)
"""Likewise of several people at once, so far as it touches some days."""
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
AT_DESK: Any = (
    select(EmployeeRow.subject, EmployeeRow.name)
    .where(
        EmployeeRow.tenant == bindparam("tenant"),
        EmployeeRow.desk == "hr",
        EmployeeRow.subject != bindparam("subject"),
    )
    .order_by(opened(EmployeeRow.name))
    .limit(1)
)
"""Somebody of the HR desk who is not the caller."""
