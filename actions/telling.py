"""What a person's words tell of a payment: pure, and before anybody has signed in."""

from __future__ import annotations

from actions.amounts import Amount, find_amount
from actions.numbers import Doubt
from actions.phrases import (
    account_in,
    answered,
    bill_in,
    names_a_part,
    new_name,
    new_name_in,
    number_in,
    payee_in,
)
from actions.requests import Details, Said, tells_of

_CHOSEN = {"payee": "payee_id", "account": "account_id", "bill": "bill_id"}
"""Choices of a list name an item by its id; an amount is chosen as it is."""


def transfer_details(said: Said) -> Details:
    """Return what is told of amount, payee and account."""
    if said.chosen:
        return chosen_details(said)
    found = find_amount(said.text)
    payee, account = payee_in(found.rest), account_in(found.rest)
    if said.asked == "payee":
        payee = payee or answered(found.rest)
    if said.asked == "account":
        account = account or answered(found.rest)
    return {**_amount_details(found.amount), **_told(payee=payee, account=account)}


def bill_details(said: Said) -> Details:
    """Return what is told of the bill, its amount and the account."""
    if said.chosen:
        return chosen_details(said)
    found = find_amount(said.text)
    account = account_in(found.rest)
    if said.asked == "account":
        return _told(account=account or answered(found.rest))
    bill = bill_in(found.rest.replace(account, " ") if account else found.rest)
    # Figures may be of a reference; whoever names a part of a bill hears that it is one whole.
    told: Amount | Doubt | None = found.amount if isinstance(found.amount, Amount) else None
    if told is None and names_a_part(found.rest):
        told = Doubt("vague")
    return {**_amount_details(told), **_told(bill=bill, account=account)}


def payee_details(said: Said) -> Details:
    """Return the name and the account number of a new payee."""
    number, rest = number_in(said.text)
    name = new_name(rest) if said.asked == "name" else new_name_in(rest)
    return _told(name=name, number=number)


def chosen_details(said: Said) -> Details:
    """Return what a choice means; one that answers another question than the last means nothing."""
    details = {_CHOSEN.get(name, name): value for name, value in said.chosen.items()}
    return details if said.asked is None or tells_of(said.asked, details) else {}


def _amount_details(amount: Amount | Doubt | None) -> Details:
    match amount:
        case Amount(value, currency):
            return {"amount": value, **_told(currency=currency)}
        case Doubt(why, readings, currency):
            return {"doubt": " ".join([why, *readings]), **_told(currency=currency)}
        case _:
            return {}


def _told(**details: str | None) -> Details:
    return {name: value for name, value in details.items() if value}
