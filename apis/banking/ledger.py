"""Reads the books, for one owner at a time: no query here can name another's row."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Engine, Row, Select, bindparam, select

from apis.banking.model import Account, AccountReference, Transaction, masked
from apis.banking.money import decimal_text
from apis.banking.payment_model import Bill, Payee, PayingAccount, PaymentOptions
from apis.banking.tables import AccountRow, BillRow, PayeeRow, TransactionRow
from apis.common.model import Owner
from apis.common.reader import Reader

MOST_BILLS = 100
"""How many bills one answer lists."""


class Ledger:
    """The owner's accounts, transactions, payees and bills.

    Raises `SQLAlchemyError` where it cannot read.
    """

    def __init__(self, engine: Engine) -> None:
        self._reader = Reader(engine)
        self._accounts = _owned(select(AccountRow.__table__)).order_by(
            AccountRow.name, AccountRow.id
        )
        self._one_account = _owned(select(AccountRow.id)).where(
            AccountRow.id == bindparam("account_id")
        )
        self._recent = _transactions()
        self._of_account = _transactions().where(AccountRow.id == bindparam("account_id"))
        self._payees = _owned(select(PayeeRow.__table__), PayeeRow).order_by(
            PayeeRow.name, PayeeRow.id
        )
        open_bills = _owned(select(BillRow.__table__), BillRow).where(BillRow.movement_id.is_(None))
        self._bills = open_bills.order_by(BillRow.due_on, BillRow.id).limit(MOST_BILLS)

    async def accounts(self, owner: Owner) -> list[Account]:
        """Return all accounts of `owner`, by name."""
        return [_account(row) for row in await self._reader.rows(self._accounts, owner)]

    async def recent(self, owner: Owner, limit: int) -> list[Transaction]:
        """Return the newest `limit` transactions over all accounts of `owner`."""
        return [
            _transaction(row) for row in await self._reader.rows(self._recent, owner, limit=limit)
        ]

    async def of_account(
        self, owner: Owner, account_id: str, limit: int
    ) -> list[Transaction] | None:
        """Return the newest `limit` transactions; None where `owner` has no such account."""
        if not await self._reader.rows(self._one_account, owner, account_id=account_id):
            return None
        rows = await self._reader.rows(self._of_account, owner, account_id=account_id, limit=limit)
        return [_transaction(row) for row in rows]

    async def bills(self, owner: Owner) -> list[Bill]:
        """Return the open bills of `owner`, the first due first."""
        return [_bill(row) for row in await self._reader.rows(self._bills, owner)]

    async def payment_options(self, owner: Owner) -> PaymentOptions:
        """Return the accounts, payees and open bills of `owner`."""
        return PaymentOptions(
            accounts=[_paying(row) for row in await self._reader.rows(self._accounts, owner)],
            payees=[_payee(row) for row in await self._reader.rows(self._payees, owner)],
            bills=await self.bills(owner),
        )

    async def ready(self) -> bool:
        """Tell that the tables can be read; raises `SQLAlchemyError` otherwise."""
        await self._reader.rows(self._accounts, Owner("", ""))
        return True

    def close(self) -> None:
        """Close the database."""
        self._reader.close()


async def _ledger_of(request: Request) -> Ledger:
    """Return the ledger that the composition root gave to the application."""
    ledger: Ledger = request.app.state.ledger
    return ledger


Reads = Annotated[Ledger, Depends(_ledger_of)]


def _owned(
    query: Select[Any], rows: type[AccountRow | PayeeRow | BillRow] = AccountRow
) -> Select[Any]:
    return query.where(rows.tenant == bindparam("tenant"), rows.subject == bindparam("subject"))


def _transactions() -> Select[Any]:
    chosen = select(
        TransactionRow.__table__,
        AccountRow.name.label("account_name"),
        AccountRow.number,
        AccountRow.currency,
    ).join(AccountRow, AccountRow.id == TransactionRow.account_id)
    newest_first = (TransactionRow.booked_on.desc(), TransactionRow.position.desc())
    return _owned(chosen).order_by(*newest_first).limit(bindparam("limit"))


def _account(row: Row[Any]) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        number=masked(row.number),
        currency=row.currency,
        balance=decimal_text(row.balance_minor),
        available=decimal_text(row.balance_minor - row.held_minor),
    )


def _transaction(row: Row[Any]) -> Transaction:
    account = AccountReference(id=row.account_id, name=row.account_name, number=masked(row.number))
    return Transaction(
        id=row.id,
        account=account,
        date=row.booked_on,
        text=row.text,
        amount=decimal_text(row.amount_minor),
        currency=row.currency,
    )


def _paying(row: Row[Any]) -> PayingAccount:
    return PayingAccount(
        id=row.id,
        name=row.name,
        number=masked(row.number),
        currency=row.currency,
        available=decimal_text(row.balance_minor - row.held_minor),
    )


def _payee(row: Row[Any]) -> Payee:
    return Payee(id=row.id, name=row.name, number=masked(row.number))


def _bill(row: Row[Any]) -> Bill:
    return Bill(
        id=row.id,
        biller=row.biller,
        reference=row.reference,
        amount=decimal_text(row.amount_minor),
        currency=row.currency,
        due_on=row.due_on,
    )
