"""Changing the account that a salary is paid into, inside a transaction that its caller began."""

from __future__ import annotations

import secrets
from datetime import date

from sqlalchemy import Connection, insert

from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.relations import Relations, found
from apis.common.sealing.columns import rewrite
from apis.hr.calendar import next_payday
from apis.hr.leave import employee_of
from apis.hr.model import DepositChanged, DepositOrder, masked
from apis.hr.tables import DepositChangeRow, EmployeeRow


def is_account_number(number: str) -> bool:
    """Tell whether the check digits are right (ISO 7064, modulo 97)."""
    digits = "".join(str(int(character, 36)) for character in number[4:] + number[:4])
    return int(digits) % 97 == 1


def change_deposit(
    relations: Relations, connection: Connection, owner: Owner, order: DepositOrder, today: date
) -> DepositChanged:
    """Pay into another account from now on; what was there before is kept."""
    employee = employee_of(connection, owner)
    relations.require(owner, "change_deposit", found("Employee", employee))
    if not is_account_number(order.number):
        raise ProblemError("invalid_request")
    here = (masked(order.number), masked(employee.deposit_number))
    if here != (order.number_shown, order.current):
        raise ProblemError("details_changed")
    rewrite(connection, EmployeeRow, employee, deposit_number=order.number)
    kept = {
        "id": f"dch_{secrets.token_urlsafe(16)}",
        "tenant": owner.tenant,
        "subject": owner.subject,
        "before": employee.deposit_number,
        "changed_on": today,
    }
    connection.execute(insert(DepositChangeRow), kept)
    return DepositChanged(
        number_shown=order.number_shown,
        current=order.current,
        first_paid_on=next_payday(today),
    )
