"""Double entry: the one place where a balance changes, together with the rows that say why."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.dialects import sqlite

from apis.banking.names import folded
from apis.banking.tables import AccountRow, MovementRow, TransactionRow
from apis.common.model import Owner
from apis.common.problems import ProblemError

_new_balance = AccountRow.balance_minor + bindparam("amount")
# What is held is spoken for. In one statement with the change, so that nothing comes between.
_covered = _new_balance - AccountRow.held_minor >= -AccountRow.limit_minor
_CHANGE = (
    update(AccountRow)
    .where(
        AccountRow.id == bindparam("account_id"),
        (bindparam("amount") >= 0) | _covered,
    )
    .values(balance_minor=_new_balance)
    .returning(AccountRow.balance_minor)
)
_CATEGORIES = {"transfer": "transfers", "bill": "bills"}
_LAST = select(func.coalesce(func.max(TransactionRow.position), -1))
_CLEARING = select(AccountRow.id).where(AccountRow.number == bindparam("number"))
_OPEN_CLEARING = sqlite.insert(AccountRow).on_conflict_do_nothing()


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
    connection.execute(_OPEN_CLEARING, values)
    return str(connection.execute(_CLEARING, {"number": number}).scalar_one())


def _book(connection: Connection, movement: dict[str, Any], position: int, entry: Entry) -> int:
    changed = {"account_id": entry.account_id, "amount": entry.amount}
    balance = connection.execute(_CHANGE, changed).scalar_one_or_none()
    if balance is None:
        raise ProblemError("insufficient_funds")
    row = {
        "id": f"txn_{secrets.token_urlsafe(16)}",
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
    return int(balance)
