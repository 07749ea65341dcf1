"""The demo's data: read from its seed file, checked, and each kind written where there is none."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Connection, Engine, insert, select

from apis.banking.money import PAYMENT_PATTERN, Currency, minor_units
from apis.banking.payment_model import FullNumber
from apis.banking.tables import AccountRow, BillRow, PayeeRow, TransactionRow
from apis.common.model import Line, Owner
from apis.common.setup import Subjects, owner_of


def _exact(amount: str) -> str:
    minor_units(amount)
    return amount


Amount = Annotated[str, AfterValidator(_exact)]


class _Seed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeedOwner(_Seed):
    """A person of the demo."""

    tenant: str
    username: str


class SeedTransaction(_Seed):
    """A transaction, booked so many days before the set-up runs."""

    days_ago: Annotated[int, Field(ge=0, le=3_650)]
    text: Annotated[str, Field(min_length=1, max_length=140)]
    amount: Amount


class SeedAccount(_Seed):
    """An account whose balance is the sum of its transactions, oldest first."""

    owner: SeedOwner
    name: Annotated[str, Field(min_length=1, max_length=64)]
    number: FullNumber
    currency: Currency
    balance: Amount
    held: Amount = "0.00"
    limit: Amount = "0.00"
    transactions: list[SeedTransaction]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        booked = sum(minor_units(row.amount) for row in self.transactions)
        if booked != minor_units(self.balance):
            raise ValueError(f"the balance of {self.number} is not the sum of its transactions")
        if minor_units(self.held) < 0 or minor_units(self.limit) < 0:
            raise ValueError(f"what is held, or the limit, of {self.number} is below zero")
        return self


class SeedPayee(_Seed):
    """Somebody whom the owner pays."""

    owner: SeedOwner
    name: Line
    number: FullNumber


class SeedBill(_Seed):
    """An open bill, due so many days after the set-up runs."""

    owner: SeedOwner
    biller: Line
    reference: Line
    amount: Annotated[str, Field(pattern=PAYMENT_PATTERN)]
    currency: Currency
    due_in_days: Annotated[int, Field(ge=0, le=365)]


class SeedBook(_Seed):
    """The `banking` part of the seed file."""

    accounts: list[SeedAccount]
    payees: list[SeedPayee] = []
    bills: list[SeedBill] = []


def fill_when_empty(engine: Engine, book: SeedBook, subjects: Subjects, today: date) -> bool:
    """Write, in one transaction, each kind of which there is none; return False for nothing new.

    A bank that was seeded before it knew of payees and bills gets them so. Raises `SeedError`
    where an owner has no pairwise subject.
    """
    with engine.begin() as connection:
        filled = False
        if _none(connection, AccountRow):
            filled = True
            for account in book.accounts:
                _write(connection, account, _owner(account.owner, subjects), today)
        if book.payees and _none(connection, PayeeRow):
            filled = True
            rows = [_payee(payee, _owner(payee.owner, subjects)) for payee in book.payees]
            connection.execute(insert(PayeeRow), rows)
        if book.bills and _none(connection, BillRow):
            filled = True
            bills = [_bill(bill, _owner(bill.owner, subjects), today) for bill in book.bills]
            connection.execute(insert(BillRow), bills)
    return filled


def _none(connection: Connection, table: type[AccountRow | PayeeRow | BillRow]) -> bool:
    return connection.execute(select(table.id).limit(1)).first() is None


def _owner(owner: SeedOwner, subjects: Subjects) -> Owner:
    return owner_of(owner.tenant, owner.username, subjects)


def _payee(payee: SeedPayee, owner: Owner) -> dict[str, Any]:
    return {
        "id": f"pay_{secrets.token_urlsafe(16)}",
        "tenant": owner.tenant,
        "subject": owner.subject,
        "name": payee.name,
        "number": payee.number,
    }


def _bill(bill: SeedBill, owner: Owner, today: date) -> dict[str, Any]:
    return {
        "id": f"bil_{secrets.token_urlsafe(16)}",
        "tenant": owner.tenant,
        "subject": owner.subject,
        "biller": bill.biller,
        "reference": bill.reference,
        "amount_minor": minor_units(bill.amount),
        "currency": bill.currency,
        "due_on": today + timedelta(days=bill.due_in_days),
    }


def _write(connection: Connection, account: SeedAccount, owner: Owner, today: date) -> None:
    account_id = f"acc_{secrets.token_urlsafe(16)}"
    values = {
        "id": account_id,
        "tenant": owner.tenant,
        "subject": owner.subject,
        "name": account.name,
        "number": account.number,
        "currency": account.currency,
        "balance_minor": minor_units(account.balance),
        "held_minor": minor_units(account.held),
        "limit_minor": minor_units(account.limit),
    }
    connection.execute(insert(AccountRow), values)
    rows = list(_transactions(account, account_id, today))
    if rows:
        connection.execute(insert(TransactionRow), rows)


def _transactions(account: SeedAccount, account_id: str, today: date) -> Iterator[dict[str, Any]]:
    for position, row in enumerate(account.transactions):
        yield {
            "id": f"txn_{secrets.token_urlsafe(16)}",
            "account_id": account_id,
            "booked_on": today - timedelta(days=row.days_ago),
            "position": position,
            "text": row.text,
            "amount_minor": minor_units(row.amount),
        }
