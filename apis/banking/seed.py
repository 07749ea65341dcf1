"""The demo's data: read from its seed file, checked, and each kind written where there is none."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Connection, Engine, insert, select

from apis.banking.card_model import CardKind, CardReason, CardState, DeclineReason, LastFour
from apis.banking.model import Category
from apis.banking.money import PAYMENT_PATTERN, Currency, minor_units
from apis.banking.names import folded
from apis.banking.payment_model import FullNumber
from apis.banking.seed_cards import write_card
from apis.banking.tables import AccountRow, BillRow, CardRow, PayeeRow, TransactionRow
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
    category: Category | None = None


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


class SeedDecline(_Seed):
    """A payment that a card was refused, so many days before the set-up runs."""

    days_ago: Annotated[int, Field(ge=0, le=365)]
    merchant: Line
    amount: Annotated[str, Field(pattern=PAYMENT_PATTERN)]
    currency: Currency
    reason: DeclineReason


class SeedCard(_Seed):
    """A card on the account with this number; a credit card has a limit. Declines oldest first."""

    account: FullNumber
    kind: CardKind
    last_four: LastFour
    state: CardState = "active"
    reason: CardReason | None = None
    days_ago: Annotated[int, Field(ge=0, le=365)] = 0
    limit: Amount | None = None
    used: Amount = "0.00"
    declines: list[SeedDecline] = []

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.limit is None) == (self.kind == "credit"):
            raise ValueError("a credit card has a limit, and no other card has")
        if (self.reason is None) != (self.state == "active"):
            raise ValueError("a card that is not active has a reason, and no other card has")
        return self


class SeedBook(_Seed):
    """The `banking` part of the seed file.

    `categories` are the beginnings of the texts that belong to each, for transactions that do
    not name their own.
    """

    accounts: list[SeedAccount]
    payees: list[SeedPayee] = []
    bills: list[SeedBill] = []
    cards: list[SeedCard] = []
    categories: dict[Category, list[str]] = {}

    @model_validator(mode="after")
    def _has_accounts(self) -> Self:
        if {card.account for card in self.cards} - {one.number for one in self.accounts}:
            raise ValueError("a card is on an account that is not there")
        return self


def fill_when_empty(engine: Engine, book: SeedBook, subjects: Subjects, today: date) -> bool:
    """Write, in one transaction, each kind of which there is none; return False for nothing new.

    A bank that was seeded before it knew of payees, bills and cards gets them so. One that has
    cards knew of all: where there is no payee any more, their people may have been erased. Raises
    `SeedError` where an owner has no pairwise subject.
    """
    with engine.begin() as connection:
        filled, is_old = False, _none(connection, CardRow)
        if _none(connection, AccountRow):
            filled = True
            for account in book.accounts:
                _write(connection, account, book, _owner(account.owner, subjects), today)
        if book.payees and is_old and _none(connection, PayeeRow):
            filled = True
            rows = [_payee(payee, _owner(payee.owner, subjects)) for payee in book.payees]
            connection.execute(insert(PayeeRow), rows)
        if book.bills and is_old and _none(connection, BillRow):
            filled = True
            bills = [_bill(bill, _owner(bill.owner, subjects), today) for bill in book.bills]
            connection.execute(insert(BillRow), bills)
        if book.cards and _none(connection, CardRow):
            filled = True
            tenants = {account.number: account.owner.tenant for account in book.accounts}
            for card in book.cards:
                write_card(connection, card, tenants[card.account], today)
    return filled


def _none(connection: Connection, table: type[AccountRow | PayeeRow | BillRow | CardRow]) -> bool:
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


def _write(
    connection: Connection, account: SeedAccount, book: SeedBook, owner: Owner, today: date
) -> None:
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
    rows = list(_transactions(account, values, book, today))
    if rows:
        connection.execute(insert(TransactionRow), rows)


def _transactions(
    account: SeedAccount, kept: dict[str, Any], book: SeedBook, today: date
) -> Iterator[dict[str, Any]]:
    for position, row in enumerate(account.transactions):
        yield {
            "id": f"txn_{secrets.token_urlsafe(16)}",
            "tenant": kept["tenant"],
            "account_id": kept["id"],
            "booked_on": today - timedelta(days=row.days_ago),
            "position": position,
            "text": row.text,
            "amount_minor": minor_units(row.amount),
            "folded": folded(row.text),
            "category": row.category or _category(row.text, book),
        }


def _category(text: str, book: SeedBook) -> Category:
    fitting = (
        name
        for name, starts in book.categories.items()
        if any(text.startswith(start) for start in starts)
    )
    return next(fitting, "other")
