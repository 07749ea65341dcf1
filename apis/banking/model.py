"""What the API answers: frozen, described precisely enough to be validated by its callers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from apis.banking.money import AMOUNT_PATTERN, Currency

AccountId = Annotated[str, Field(pattern=r"^acc_[A-Za-z0-9_-]{22}$")]
TransactionId = Annotated[str, Field(pattern=r"^txn_[A-Za-z0-9_-]{22}$")]
MaskedNumber = Annotated[
    str, Field(pattern=r"^•••• [0-9A-Z]{4}$", description="The last four characters only.")
]
Amount = Annotated[str, Field(pattern=AMOUNT_PATTERN, description="An exact decimal as text.")]
ShortName = Annotated[str, Field(min_length=1, max_length=64)]


class Strict(BaseModel):
    """A frozen value without unknown fields."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_serialization_defaults_required=True
    )


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


class Problem(Strict):
    """An RFC 9457 problem; `code` is stable, `title` is for people."""

    type: Literal["about:blank"] = "about:blank"
    title: Annotated[str, Field(min_length=1, max_length=200)]
    status: Annotated[int, Field(ge=400, le=599)]
    code: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]


def masked(number: str) -> str:
    """Return an account number with only its last four characters left."""
    return f"•••• {number[-4:]}"
