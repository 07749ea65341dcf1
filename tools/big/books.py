"""Tells whether the bank's books are in order: the rules of double entry."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, select

from apis.banking.tables import AccountRow, MovementRow, TransactionRow

_ACCOUNTS = select(AccountRow.__table__)
_ENTRIES = select(
    TransactionRow.account_id, TransactionRow.movement_id, TransactionRow.amount_minor
)
_BALANCE = "an account's balance is not the sum of its entries"
_MOVEMENT = "a movement's entries, two or more, do not sum to zero in one currency"
_LIMIT = "an account is below its limit"
_WHOLE = "an amount is not a whole number"


def check(connection: Connection) -> None:
    """Raise `ValueError` where a rule is broken; says which, and how often."""
    accounts: dict[str, Any] = {row.id: row for row in connection.execute(_ACCOUNTS)}
    balances: dict[str, int] = defaultdict(int)
    sums: dict[str, int] = defaultdict(int)
    sides: dict[str, list[str]] = {id: [] for id in connection.scalars(select(MovementRow.id))}
    odd = 0
    for account, movement, amount in connection.execute(_ENTRIES):
        odd += not isinstance(amount, int)
        balances[account] += amount
        if movement is not None:
            sums[movement] += amount
            sides[movement].append(accounts[account].currency)
    broken = {
        _BALANCE: sum(row.balance_minor != balances[row.id] for row in accounts.values()),
        _MOVEMENT: sum(
            sums[id] != 0 or len(some) < 2 or len(set(some)) != 1 for id, some in sides.items()
        ),
        _LIMIT: sum(
            row.balance_minor - row.held_minor < -row.limit_minor for row in accounts.values()
        ),
        _WHOLE: odd,
    }
    for rule, often in broken.items():
        if often:
            raise ValueError(f"the books are not in order: {rule} ({often} times)")
