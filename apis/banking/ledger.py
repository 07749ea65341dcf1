"""Reads the books, for one owner at a time: no query here can name another's row.

What was found is decided by the bank's policies (`relations`) before anything of it is told.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Engine, Row, Select, bindparam, select

from apis.banking.model import Account, AccountReference, Transaction, masked
from apis.banking.money import decimal_text
from apis.banking.payment_model import Bill, Payee, PayingAccount, PaymentOptions
from apis.banking.tables import AccountRow, BillRow, CardRow, PayeeRow, TransactionRow
from apis.common.model import Owner
from apis.common.reader import Reader
from apis.common.relations import Relations, found
from apis.common.sealing.columns import opened

MOST_BILLS = 100
"""How many bills one answer lists."""


class Ledger:
    """The owner's accounts, transactions, payees and bills.

    Raises `SQLAlchemyError` where it cannot read, `PolicyFailure` where it cannot decide.
    """

    def __init__(self, engine: Engine, relations: Relations) -> None:
        self._reader = Reader(engine)
        self._relations = relations
        self._accounts = owned(select(AccountRow.__table__)).order_by(
            opened(AccountRow.name), AccountRow.id
        )
        self._one_account = owned(select(AccountRow.__table__)).where(
            AccountRow.id == bindparam("account_id")
        )
        newest_first = (TransactionRow.booked_on.desc(), TransactionRow.position.desc())
        self._recent = transactions().order_by(*newest_first).limit(bindparam("limit"))
        self._of_account = self._recent.where(AccountRow.id == bindparam("account_id"))
        self._payees = owned(select(PayeeRow.__table__), PayeeRow).order_by(
            opened(PayeeRow.name), PayeeRow.id
        )
        open_bills = owned(select(BillRow.__table__), BillRow).where(BillRow.movement_id.is_(None))
        self._bills = open_bills.order_by(BillRow.due_on, BillRow.id).limit(MOST_BILLS)

    async def accounts(self, owner: Owner) -> list[Account]:
        """Return all accounts of `owner`, by name."""
        rows = await self.rows("list_accounts", "Account", self._accounts, owner)
        return [_account(row) for row in rows]

    async def recent(self, owner: Owner, limit: int) -> list[Transaction]:
        """Return the newest `limit` transactions over all accounts of `owner`."""
        action = "list_recent_transactions"
        rows = await self.rows(action, "Account", self._recent, owner, limit=limit)
        return [transaction(row) for row in rows]

    async def of_account(
        self, owner: Owner, account_id: str, limit: int
    ) -> list[Transaction] | None:
        """Return the newest `limit` transactions; None where `owner` has no such account."""
        action, which = "list_transactions", {"account_id": account_id}
        accounts = await self._reader.rows(self._one_account, owner, **which)
        if not accounts:
            return None
        self._relations.require(owner, action, found("Account", accounts[0]))
        rows = await self.rows(action, "Account", self._of_account, owner, **which, limit=limit)
        return [transaction(row) for row in rows]

    async def bills(self, owner: Owner) -> list[Bill]:
        """Return the open bills of `owner`, the first due first."""
        return [_bill(row) for row in await self.rows("list_bills", "Bill", self._bills, owner)]

    async def payment_options(self, owner: Owner) -> PaymentOptions:
        """Return the accounts, payees and open bills of `owner`."""
        action = "payment_options"
        accounts = await self.rows(action, "Account", self._accounts, owner)
        payees = await self.rows(action, "Payee", self._payees, owner)
        bills = await self.rows(action, "Bill", self._bills, owner)
        return PaymentOptions(
            accounts=[_paying(row) for row in accounts],
            payees=[_payee(row) for row in payees],
            bills=[_bill(row) for row in bills],
        )

    async def ready(self) -> bool:
        """Tell that the tables can be read; raises `SQLAlchemyError` otherwise."""
        await self._reader.rows(self._accounts, Owner("", ""))
        return True

    def close(self) -> None:
        """Close the database."""
        self._reader.close()

    async def rows(
        self, action: str, kind: str, query: Select[Any], owner: Owner, **values: Any
    ) -> list[Row[Any]]:
        """Return the rows of `owner` that `query` finds, each of them decided once more."""
        rows = await self._reader.rows(query, owner, **values)
        # Many rows are of one account's owner: whose they are is what is decided, once each.
        whose = {(row.tenant, row.subject): row for row in rows}
        self._relations.require_all(owner, action, [found(kind, row) for row in whose.values()])
        return rows


async def _ledger_of(request: Request) -> Ledger:
    """Return the ledger that the composition root gave to the application."""
    ledger: Ledger = request.app.state.ledger
    return ledger


Reads = Annotated[Ledger, Depends(_ledger_of)]


def owned(
    query: Select[*tuple[Any, ...]],
    rows: type[AccountRow | PayeeRow | BillRow | CardRow] = AccountRow,
) -> Select[Any]:
    """Return the query, bound to one owner's `rows`."""
    return query.where(rows.tenant == bindparam("tenant"), rows.subject == bindparam("subject"))


def transactions() -> Select[Any]:
    """Return the query for all transactions of an owner, each with its account."""
    chosen = select(
        TransactionRow.__table__,
        AccountRow.name.label("account_name"),
        AccountRow.number,
        AccountRow.currency,
        AccountRow.subject,
    ).join(AccountRow, AccountRow.id == TransactionRow.account_id)
    return owned(chosen)


def _account(row: Row[Any]) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        number=masked(row.number),
        currency=row.currency,
        balance=decimal_text(row.balance_minor),
        available=decimal_text(row.balance_minor - row.held_minor),
    )


def transaction(row: Row[Any]) -> Transaction:
    """Return one row of `transactions`."""
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
        state=row.state,
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
