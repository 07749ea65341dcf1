"""The demo's data: read from its seed file, checked, and written where there is none.

Days are relative to the day of the set-up, and count working days where leave is meant: a story
told on a Monday is the same on a Sunday.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Engine, insert, select

from apis.common.model import Line, Owner
from apis.common.setup import Subjects, owner_of
from apis.hr.calendar import Part, half_days_by_year, is_working, overlap, payday_of
from apis.hr.model import FullNumber, State
from apis.hr.tables import AllowanceRow, DocumentRow, EmployeeRow, LeaveRow

_Money = Annotated[str, Field(pattern=r"^[0-9]{1,7}\.[0-9]{2}$")]
_HalfDays = Annotated[Decimal, Field(ge=0, le=60, multiple_of=Decimal("0.5"))]


class _Seed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeedLeave(_Seed):
    """A request: its first day is so many working days ahead (or ago, below zero)."""

    starts_in: Annotated[int, Field(ge=-250, le=250)]
    working_days: Annotated[int, Field(ge=1, le=30)]
    part: Part = "whole"
    state: State
    asked_days_ago: Annotated[int, Field(ge=0, le=365)]
    decided_days_ago: Annotated[int, Field(ge=0, le=365)] | None = None
    decided_by: Line | None = None

    @model_validator(mode="after")
    def _is_decided(self) -> Self:
        if (self.state == "waiting") != (self.decided_by is None):
            raise ValueError("what is decided has somebody who did, and nothing else has")
        return self


class SeedSalary(_Seed):
    """What is paid each month; one payslip a month, one tax form for the year before."""

    gross: _Money
    tax: _Money
    insurance: _Money
    months: Annotated[int, Field(ge=1, le=24)] = 6


class SeedEmployee(_Seed):
    """Somebody who works here."""

    tenant: str
    username: str
    name: Line
    manager: str | None = None
    desk: Annotated[str, Field(pattern=r"^[a-z]{1,16}$")] | None = None
    deposit: FullNumber
    entitled: _HalfDays
    carried: _HalfDays = Decimal(0)
    salary: SeedSalary
    leave: list[SeedLeave] = []


class SeedBook(_Seed):
    """The `hr` part of the seed file."""

    employees: list[SeedEmployee]


def fill_when_empty(engine: Engine, book: SeedBook, subjects: Subjects, today: date) -> bool:
    """Write all of it in one transaction; return False where there is somebody already.

    Raises `SeedError` where somebody has no pairwise subject, `ValueError` for leave that
    overlaps or that the allowance does not cover.
    """
    with engine.begin() as connection:
        if connection.execute(select(EmployeeRow.subject).limit(1)).first() is not None:
            return False
        for employee in book.employees:
            owner = owner_of(employee.tenant, employee.username, subjects)
            connection.execute(insert(EmployeeRow), _employee(employee, owner, subjects))
            connection.execute(insert(AllowanceRow), list(_allowances(employee, owner, today)))
            leave = [_leave(each, owner, today) for each in employee.leave]
            _check(leave)
            if leave:
                connection.execute(insert(LeaveRow), leave)
            connection.execute(insert(DocumentRow), list(_documents(employee, owner, today)))
    return True


def working_day(today: date, ahead: int) -> date:
    """Return the working day so many working days after `today`; 0 is today or the next one."""
    step = timedelta(days=1 if ahead >= 0 else -1)
    day, left = today, abs(ahead)
    while not is_working(day):
        day += step
    while left:
        day += step
        left -= is_working(day)
    return day


def _employee(employee: SeedEmployee, owner: Owner, subjects: Subjects) -> dict[str, Any]:
    manager = ""
    if employee.manager is not None:
        manager = owner_of(employee.tenant, employee.manager, subjects).subject
    return {
        **_mine(owner),
        "name": employee.name,
        "manager": manager,
        "desk": employee.desk or "",
        "deposit_number": employee.deposit,
    }


def _allowances(employee: SeedEmployee, owner: Owner, today: date) -> Iterator[dict[str, Any]]:
    """Yield last year, this one, which has what was carried over, and the next."""
    for ahead in (-1, 0, 1):
        yield {
            **_mine(owner),
            "year": today.year + ahead,
            "entitled": int(employee.entitled * 2),
            "carried": int(employee.carried * 2) if ahead == 0 else 0,
        }


def _leave(leave: SeedLeave, owner: Owner, today: date) -> dict[str, Any]:
    first = working_day(today, leave.starts_in)
    last = working_day(first, leave.working_days - 1)
    days_ago = leave.decided_days_ago
    return {
        "id": f"lve_{secrets.token_urlsafe(16)}",
        **_mine(owner),
        "first_on": first,
        "last_on": last,
        "part": leave.part,
        "half_days": sum(half_days_by_year(first, last, leave.part).values()),
        "state": leave.state,
        "asked_on": today - timedelta(days=leave.asked_days_ago),
        "decided_on": None if days_ago is None else today - timedelta(days=days_ago),
        "decided_by": leave.decided_by,
    }


def _check(leave: list[dict[str, Any]]) -> None:
    counted = [
        (row["first_on"], row["last_on"], row["part"])
        for row in leave
        if row["state"] != "declined"
    ]
    for place, one in enumerate(counted):
        if any(overlap(one, other) for other in counted[place + 1 :]):
            raise ValueError("two requests of the seed overlap")


def _documents(employee: SeedEmployee, owner: Owner, today: date) -> Iterator[dict[str, Any]]:
    year, month = today.year, today.month
    made = 0
    while made < employee.salary.months:
        paid = payday_of(year, month)
        if paid <= today:
            yield _payslip(employee, owner, paid)
            made += 1
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    yield _tax_form(employee, owner, today.year - 1)


def _payslip(employee: SeedEmployee, owner: Owner, paid: date) -> dict[str, Any]:
    salary = employee.salary
    gross, tax, insurance = map(Decimal, (salary.gross, salary.tax, salary.insurance))
    lines = [
        ["Gross pay", f"{gross:,.2f} EUR"],
        ["Income tax", f"-{tax:,.2f} EUR"],
        ["Social insurance", f"-{insurance:,.2f} EUR"],
        ["Net pay", f"{gross - tax - insurance:,.2f} EUR"],
        ["Paid into", f"account ending in {employee.deposit[-4:]}"],
    ]
    title = f"Payslip {paid:%B %Y}"
    return _document(owner, ("payslip", f"{paid:%Y-%m}", title), paid, lines)


def _tax_form(employee: SeedEmployee, owner: Owner, year: int) -> dict[str, Any]:
    salary = employee.salary
    lines = [
        ["Gross pay of the year", f"{12 * Decimal(salary.gross):,.2f} EUR"],
        ["Income tax withheld", f"{12 * Decimal(salary.tax):,.2f} EUR"],
        ["Social insurance", f"{12 * Decimal(salary.insurance):,.2f} EUR"],
    ]
    title = f"Annual tax statement {year}"
    return _document(owner, ("tax_form", str(year), title), date(year + 1, 1, 31), lines)


def _document(
    owner: Owner, named: tuple[str, str, str], issued_on: date, lines: list[list[str]]
) -> dict[str, Any]:
    kind, period, title = named
    return {
        "id": f"doc_{secrets.token_urlsafe(16)}",
        **_mine(owner),
        "kind": kind,
        "period": period,
        "title": title,
        "issued_on": issued_on,
        "lines": json.dumps(lines),
    }


def _mine(owner: Owner) -> dict[str, Any]:
    return {"tenant": owner.tenant, "subject": owner.subject}
