"""Double entry: the one place where a balance changes, together with the rows that say why."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select

from apis.banking.names import folded
from apis.banking.tables import AccountRow, MovementRow, TransactionRow
from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.sealing.columns import looked_up, rewrite

_ACCOUNT = select(AccountRow.__table__).where(AccountRow.id == bindparam("account_id"))
_CATEGORIES = {"transfer": "transfers", "bill": "bills"}
_LAST = select(func.coalesce(func.max(TransactionRow.position), -1))
_CLEARING = select(AccountRow.id).where(
    AccountRow.tenant == "", AccountRow.number_key == bindparam("number_key")
)


@dataclass(frozen=True)
class Entry:
    """One side of a movement: minor units on an account, negative where they leave it."""

    account_id: str
    amount: int
    text: str


def post(
    connection: Connection, owner: Owner, kind: str, today: date, debit: Entry, credit: Entry
) -> tuple[str, int]:
    """Book one movement; return its id and the debited account's balance after it.

    Raises `ProblemError` `insufficient_funds` where the account would go below its limit, and
    `ValueError` for sides that do not sum to zero or do not move anything.
    """
    if debit.amount + credit.amount or debit.amount >= 0 or debit.account_id == credit.account_id:
        raise ValueError("a movement has two sides that sum to zero")
    movement = f"mov_{secrets.token_urlsafe(16)}"
    values: dict[str, Any] = {"id": movement, "kind": kind, "booked_on": today}
    owned = {"tenant": owner.tenant, "subject": owner.subject}
    connection.execute(insert(MovementRow), {**values, **owned})
    position = int(connection.execute(_LAST).scalar_one()) + 1
    balance = _book(connection, values, position, debit)
    _book(connection, values, position + 1, credit)
    return movement, balance


def clearing_account(connection: Connection, currency: str) -> str:
    """Return the id of the account through which `currency` leaves the bank."""
    number = f"clearing {currency}"  # No account number that a payee could have.
    named = {"number_key": looked_up(connection, AccountRow.number_key, "", number)}
    there = connection.execute(_CLEARING, named).scalar_one_or_none()
    if there is not None:
        return str(there)
    values = {
        "id": f"acc_{secrets.token_urlsafe(16)}",
        "tenant": "",
        "subject": "",
        "name": "Clearing",
        "number": number,
        "currency": currency,
        "balance_minor": 0,
        "held_minor": 0,
        "limit_minor": 0,
    }
    connection.execute(insert(AccountRow), values)
    return str(values["id"])


def _book(connection: Connection, movement: dict[str, Any], position: int, entry: Entry) -> int:
    account: Any = connection.execute(_ACCOUNT, {"account_id": entry.account_id}).one()
    balance: int = account.balance_minor + entry.amount
    # What is held is spoken for. Nothing comes between: this transaction has the only write lock.
    if entry.amount < 0 and balance - account.held_minor < -account.limit_minor:
        raise ProblemError("insufficient_funds")
    rewrite(connection, AccountRow, account, balance_minor=balance)
    row = {
        "id": f"txn_{secrets.token_urlsafe(16)}",
        "tenant": account.tenant,
        "account_id": entry.account_id,
        "booked_on": movement["booked_on"],
        "position": position,
        "text": entry.text,
        "folded": folded(entry.text),
        "category": _CATEGORIES[movement["kind"]],
        "amount_minor": entry.amount,
        "movement_id": movement["id"],
    }
    connection.execute(insert(TransactionRow), row)
    return balance
