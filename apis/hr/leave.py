"""Asking for leave and deciding about it, inside a transaction that its caller began.

Every check that can refuse raises `ProblemError`, and the caller then undoes all of it. One
writer at a time: what is looked at here cannot change before it is written.
"""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update

from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.relations import Relations, found, person
from apis.common.sealing.asking import rows_of
from apis.common.sealing.columns import rewrite
from apis.hr import queries
from apis.hr.accounts import check_request, half_days_left
from apis.hr.calendar import days_text
from apis.hr.model import Decided, DecisionOrder, LeaveAsked, LeaveOrder
from apis.hr.queries import WAITING
from apis.hr.staff import groups_of
from apis.hr.tables import LeaveRow

_DECIDE = (
    update(LeaveRow)
    .where(LeaveRow.id == bindparam("leave_id"), LeaveRow.state == WAITING)
    .values(state=bindparam("decision"))
)


def employee_of(connection: Connection, owner: Owner) -> Any:
    """Return the row of `owner`. Raises `ProblemError` `no_record`."""
    row = connection.execute(queries.EMPLOYEE, _bound(owner)).one_or_none()
    if row is None:
        raise ProblemError("no_record")
    return row


def request_leave(
    relations: Relations, connection: Connection, owner: Owner, order: LeaveOrder, today: date
) -> LeaveAsked:
    """Ask for leave; what is told of it is computed anew, and has to be the same."""
    employee = employee_of(connection, owner)
    relations.require(owner, "request_leave", found("Employee", employee))
    allowances = connection.execute(queries.ALLOWANCES, _bound(owner)).all()
    taking = connection.execute(queries.TAKING, _bound(owner)).all()
    asked = (order.first, order.last, order.part)
    half_days = check_request(asked, allowances, taking, today)
    if days_text(half_days) != order.days:
        raise ProblemError("details_changed")
    approver, name = _approver_of(connection, employee)
    values = {
        "id": f"lve_{secrets.token_urlsafe(16)}",
        **_bound(owner),
        "first_on": order.first,
        "last_on": order.last,
        "part": order.part,
        "half_days": half_days,
        "state": WAITING,
        "asked_on": today,
        "decided_on": None,
        "decided_by": None,
    }
    connection.execute(insert(LeaveRow), values)
    counted = connection.execute(queries.TAKING, _bound(owner)).all()
    left = sum(
        half_days_left(each, counted) for each in allowances if each.year == order.first.year
    )
    return LeaveAsked(
        id=values["id"],
        **order.model_dump(),
        left=days_text(left),
        approver=approver,
        approver_name=name,
    )


def decide_leave(
    relations: Relations, connection: Connection, owner: Owner, order: DecisionOrder, today: date
) -> Decided:
    """Approve or decline what waits, once; another's team is not found."""
    decider = employee_of(connection, owner)
    bound = {"tenant": owner.tenant, "leave_id": order.leave}
    row = connection.execute(queries.ONE_OF_TEAM, bound).one_or_none()
    if row is None:
        raise ProblemError("not_found")
    leave = found("Leave", row, manager=person(row.manager))
    relations.require(owner, "decide_leave", leave, groups=groups_of(decider))
    here = (row.employee_name, row.first_on, row.last_on, row.part, days_text(row.half_days))
    if here != (order.employee_name, order.first, order.last, order.part, order.days):
        raise ProblemError("details_changed")
    changed = {"leave_id": row.id, "decision": order.decision}
    if connection.execute(_DECIDE, changed).rowcount != 1:
        raise ProblemError("already_decided")
    rewrite(connection, LeaveRow, row, decided_on=today, decided_by=decider.name)
    return Decided(employee=row.subject, **order.model_dump(exclude={"leave"}))


def _approver_of(connection: Connection, employee: Any) -> tuple[str, str]:
    """Return who decides: the manager, else somebody of the HR desk. Raises `no_record`.

    Who is their own manager on file has none.
    """
    mine = {"tenant": employee.tenant, "subject": employee.manager}
    manager = connection.execute(queries.EMPLOYEE, mine).one_or_none()
    if manager is None or manager.subject == employee.subject:
        at_desk = {"tenant": employee.tenant, "subject": employee.subject}
        manager = next(iter(rows_of(connection, queries.AT_DESK, at_desk)), None)
    if manager is None:
        raise ProblemError("no_record")
    return manager.subject, manager.name


def _bound(owner: Owner) -> dict[str, Any]:
    return {"tenant": owner.tenant, "subject": owner.subject}
