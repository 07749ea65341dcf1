"""The demo's accounts: read from its seed file, checked, and written when there are none."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Connection, Engine, insert, select

from apis.banking.ledger import Owner
from apis.banking.money import Currency, minor_units
from apis.banking.tables import AccountRow, TransactionRow

Subjects = Mapping[str, Mapping[str, str]]
"""`{tenant: {username: pairwise subject}}`: security alone knows who has which."""


class SeedError(ValueError):
    """The seed is not usable; the message names the account, never an amount."""


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
    number: Annotated[str, Field(pattern=r"^[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}$")]
    currency: Currency
    balance: Amount
    held: Amount = "0.00"
    transactions: list[SeedTransaction]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        booked = sum(minor_units(row.amount) for row in self.transactions)
        if booked != minor_units(self.balance):
            raise ValueError(f"the balance of {self.number} is not the sum of its transactions")
        return self


class SeedBook(_Seed):
    """The `banking` part of the seed file."""

    accounts: list[SeedAccount]


def fill_when_empty(engine: Engine, book: SeedBook, subjects: Subjects, today: date) -> bool:
    """Write all accounts in one transaction; return False where there were accounts already.

    Raises `SeedError` where an owner has no pairwise subject.
    """
    with engine.begin() as connection:
        if connection.execute(select(AccountRow.id).limit(1)).first():
            return False
        for account in book.accounts:
            _write(connection, account, _owner(account, subjects), today)
    return True


def _owner(account: SeedAccount, subjects: Subjects) -> Owner:
    tenant, username = account.owner.tenant, account.owner.username
    subject = subjects.get(tenant, {}).get(username)
    if not subject:
        raise SeedError(f"no subject was given for {username} of {tenant}")
    return Owner(tenant, subject)


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
