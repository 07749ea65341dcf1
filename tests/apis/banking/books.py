"""Looks into the bank's database and tells whether its books are in order."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from apis.common.caller import Caller
from apis.common.model import Owner
from tests.support.api_server import pull
from tests.support.opened import connect

from .conftest import NOW

ALICE = Owner("northwind-bank", "pw-alice")
BOB = Owner("northwind-bank", "pw-bob")
CURRENT, SAVINGS = "XN14NWBK000100274021", "XN00NWBK000100270007"
BOBS, NAMESAKES = "XN02NWBK000100318857", "XN03GLBX000100310001"


@dataclass(frozen=True)
class Books:
    """The database of a bank, read past its API."""

    path: Path

    def rows(self, query: str, *values: Any) -> list[Any]:
        with closing(connect(self.path)) as connection:
            return connection.execute(query, values).fetchall()

    def value(self, query: str, *values: Any) -> Any:
        [[found]] = self.rows(query, *values)
        return found

    def balance(self, number: str) -> int:
        return int(self.value("SELECT balance_minor FROM accounts WHERE number = ?", number))

    def count(self, table: str) -> int:
        return int(self.value(f"SELECT count(*) FROM {table}"))

    def dump(self) -> list[str]:
        pull(self.path)
        with closing(sqlite3.connect(self.path)) as connection:
            return list(connection.iterdump())

    def check(self) -> None:
        """Raise `AssertionError` where the books are not in order."""
        # An account's balance is the sum of its transactions.
        off = """SELECT number FROM accounts a WHERE balance_minor IS NOT
            (SELECT coalesce(sum(amount_minor), 0) FROM transactions WHERE account_id = a.id)"""
        assert self.rows(off) == []
        # A movement's entries, two or more, sum to zero, in one currency.
        uneven = """SELECT m.id FROM movements m LEFT JOIN transactions t ON t.movement_id = m.id
            LEFT JOIN accounts a ON a.id = t.account_id GROUP BY m.id
            HAVING sum(amount_minor) IS NOT 0 OR count(*) < 2 OR count(DISTINCT currency) != 1"""
        assert self.rows(uneven) == []
        # Nothing but what was brought forward may be below the limit, and none below that.
        below = """SELECT number FROM accounts WHERE balance_minor < -limit_minor
            AND number != ?"""
        assert self.rows(below, SAVINGS) == []
        assert self.balance(SAVINGS) >= -5
        # Every amount is an integer: SQLite would turn one that overflows into a float.
        assert self.rows("SELECT 1 FROM accounts WHERE typeof(balance_minor) != 'integer'") == []
        assert self.rows("SELECT 1 FROM transactions WHERE typeof(amount_minor) != 'integer'") == []
        # As many movements as payments that are done: none is booked without its key.
        paid = "SELECT count(*) FROM idempotency_keys WHERE state = 'done' AND answer LIKE ?"
        assert self.count("movements") == self.value(paid, '%"mov_%')
        # A bill is paid by one movement of its amount.
        wrong = """SELECT b.id FROM bills b WHERE movement_id IS NOT NULL AND NOT EXISTS
            (SELECT 1 FROM transactions t WHERE t.movement_id = b.movement_id
            AND t.amount_minor = -b.amount_minor)"""
        assert self.rows(wrong) == []

    def transfer(self, payee: str, amount: str, number: str = CURRENT, **given: Any) -> Any:
        """Return the body of a transfer, with what the bank has beside each id."""
        [[account]] = self.rows("SELECT id FROM accounts WHERE number = ?", number)
        [[payee_id, payees]] = self.rows(
            """SELECT p.id, p.number FROM payees p JOIN accounts a
            ON a.tenant = p.tenant AND a.subject = p.subject
            WHERE p.name = ? AND a.number = ?""",
            payee,
            number,
        )
        return {
            "account": account,
            "account_number": f"•••• {number[-4:]}",
            "payee": payee_id,
            "payee_name": payee,
            "payee_number": f"•••• {payees[-4:]}",
            "amount": amount,
            "currency": "EUR",
            **given,
        }

    def bill(self, biller: str, number: str = CURRENT, **given: Any) -> Any:
        """Return the body of a bill's payment, with what the bank has beside each id."""
        [[account]] = self.rows("SELECT id FROM accounts WHERE number = ?", number)
        [[bill, reference, minor, currency]] = self.rows(
            """SELECT b.id, b.reference, b.amount_minor, b.currency FROM bills b
            JOIN accounts a ON a.tenant = b.tenant AND a.subject = b.subject
            WHERE biller = ? AND a.number = ?""",
            biller,
            number,
        )
        return {
            "account": account,
            "account_number": f"•••• {number[-4:]}",
            "bill": bill,
            "biller": biller,
            "reference": reference,
            "amount": f"{minor // 100}.{minor % 100:02d}",
            "currency": currency,
            **given,
        }


def caller(owner: Owner = ALICE, ends: datetime = NOW + timedelta(seconds=30)) -> Caller:
    """Return a caller with a token that nobody has used."""
    return Caller(owner, secrets.token_urlsafe(16), ends, "banking")


def new_key() -> str:
    """Return an idempotency key that nobody has used."""
    return secrets.token_urlsafe(16)
