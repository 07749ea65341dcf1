"""Cards of payments: what was paid, and what is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actions.speech import Card, Choice, grouped, picked

MOST_TO_PAY = 5
"""How many bills can be paid by pressing a choice."""


def transfer_receipt(result: Mapping[str, Any]) -> Card:
    """Return the receipt of a transfer."""
    return _receipt(
        result, f"{result['payee_name']}", f"{result['payee_name']}, {result['payee_number']}"
    )


def bill_receipt(result: Mapping[str, Any]) -> Card:
    """Return the receipt of a bill's payment."""
    return _receipt(result, result["biller"], result["biller"], ("Reference", result["reference"]))


def bills_card(bills: Sequence[Mapping[str, Any]]) -> Card | None:
    """Return the card of `bills`, None where there are none."""
    shown = ("biller", "reference", "amount", "currency", "due_on")
    return {"kind": "bills", "rows": [picked(bill, *shown) for bill in bills]} if bills else None


def bill_key(bill: Mapping[str, Any]) -> str:
    """Return what tells `bill` from the others: a list of what is due carries no ids."""
    return ", ".join(str(bill[name]) for name in ("biller", "reference", "due_on"))


def pay_choices(bills: Sequence[Mapping[str, Any]]) -> list[Choice]:
    """Return a choice to pay each of the next bills."""
    title = "Pay it" if len(bills) == 1 else "Pay {}"
    return [
        Choice(title.format(bill["biller"]), "pay_bill", {"bill": bill_key(bill)})
        for bill in bills[:MOST_TO_PAY]
    ]


def _receipt(result: Mapping[str, Any], name: str, to: str, *more: tuple[str, str]) -> Card:
    currency = result["currency"]
    amount = f"{grouped(result['amount'])} {currency}"
    rows = [
        ("To", to),
        *more,
        ("Amount", amount),
        ("From", result["account_number"]),
        ("Booked on", result["booked_on"]),
        ("New balance", f"{grouped(result['balance'])} {currency}"),
    ]
    if result.get("text"):
        rows.append(("Text", result["text"]))
    lines = [{"label": label, "value": str(value)} for label, value in rows]
    return {"kind": "receipt", "title": f"Paid {amount} to {name}", "rows": lines}
