"""What the API answers: frozen, described precisely enough to be validated by its callers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from apis.banking.money import AMOUNT_PATTERN, Currency
from apis.common.model import Strict

AccountId = Annotated[str, Field(pattern=r"^acc_[A-Za-z0-9_-]{22}$")]
TransactionId = Annotated[str, Field(pattern=r"^txn_[A-Za-z0-9_-]{22}$")]
MaskedNumber = Annotated[
    str, Field(pattern=r"^•••• [0-9A-Z]{4}$", description="The last four characters only.")
]
Amount = Annotated[str, Field(pattern=AMOUNT_PATTERN, description="An exact decimal as text.")]
Category = Literal[
    "income",
    "housing",
    "bills",
    "groceries",
    "eating_out",
    "shopping",
    "transport",
    "leisure",
    "health",
    "cash",
    "transfers",
    "other",
]
"""What a transaction was for, as the bank sees it."""
ShortName = Annotated[str, Field(min_length=1, max_length=64)]


class Account(Strict):
    """One account of the caller. `available` is the balance without what is held."""

    id: AccountId
    name: ShortName
    number: MaskedNumber
    currency: Currency
    balance: Amount
    available: Amount


class AccountList(Strict):
    """All accounts of the caller, by name."""

    accounts: Annotated[list[Account], Field(max_length=100)]


class AccountReference(Strict):
    """Which account a transaction was booked on."""

    id: AccountId
    name: ShortName
    number: MaskedNumber


class Transaction(Strict):
    """One booked transaction; negative amounts left the account."""

    id: TransactionId
    account: AccountReference
    date: date
    text: Annotated[str, Field(min_length=1, max_length=140)]
    amount: Amount
    currency: Currency


class TransactionList(Strict):
    """Transactions of the caller, newest first."""

    transactions: Annotated[list[Transaction], Field(max_length=100)]


def masked(number: str) -> str:
    """Return an account number with only its last four characters left."""
    return f"•••• {number[-4:]}"
