"""What the bank of the tests begins with: accounts, payees, bills and cards."""

from __future__ import annotations

from typing import Any


def _row(days_ago: int, text: str, amount: str) -> dict[str, Any]:
    return {"days_ago": days_ago, "text": text, "amount": amount}


def _account(tenant: str, username: str, number: str, **given: Any) -> dict[str, Any]:
    owner = {"tenant": tenant, "username": username}
    rows = given.pop("transactions")
    named = {"owner": owner, "name": "Current account", "number": number, "currency": "EUR"}
    return {**named, "held": "0.00", "transactions": rows, **given}


def _payee(username: str, name: str, number: str) -> dict[str, Any]:
    owner = {"tenant": "northwind-bank", "username": username}
    return {"owner": owner, "name": name, "number": number}


def _bill(username: str, biller: str, amount: str, days: int, **given: Any) -> dict[str, Any]:
    owner = {"tenant": "northwind-bank", "username": username}
    named = {"owner": owner, "biller": biller, "reference": f"Ref {days}", "amount": amount}
    return {**named, "currency": "EUR", "due_in_days": days, **given}


def _decline(days_ago: int, merchant: str) -> dict[str, Any]:
    named = {"days_ago": days_ago, "merchant": merchant, "amount": "412.00", "currency": "EUR"}
    return {**named, "reason": "limit_exceeded"}


BOOK = {
    "banking": {
        "accounts": [
            _account(
                "northwind-bank",
                "alice",
                "XN14NWBK000100274021",
                balance="1480.15",
                held="80.10",
                transactions=[
                    _row(9, "Balance brought forward", "1500.14"),
                    *[_row(1, f"Kiosk {number}", "-1.00") for number in range(9)],
                    _row(0, "Spotted Goods", "-10.99"),
                ],
            ),
            _account(
                "northwind-bank",
                "alice",
                "XN00NWBK000100270007",
                name="Savings account",
                balance="-0.05",
                transactions=[_row(2, "Interest", "-0.05")],
            ),
            _account(
                "northwind-bank",
                "bob",
                "XN02NWBK000100318857",
                balance="7.00",
                transactions=[_row(3, "Balance brought forward", "7.00")],
            ),
            _account(
                "globex",
                "alice",
                "XN03GLBX000100310001",
                balance="9.00",
                transactions=[_row(3, "Balance brought forward", "9.00")],
            ),
        ],
        "payees": [
            _payee("alice", "Anna Berg", "XN70HRBR000200551234"),
            _payee("alice", "Bob Lindqvist", "XN02NWBK000100318857"),
            _payee("alice", "My savings", "XN00NWBK000100270007"),
            _payee("alice", "Myself", "XN14NWBK000100274021"),
            _payee("alice", "Namesake elsewhere", "XN03GLBX000100310001"),
            _payee("bob", "Alice Moreau", "XN14NWBK000100274021"),
        ],
        "bills": [
            _bill("alice", "Tidewater Energy", "72.30", 9),
            _bill("alice", "Lindenhof Homes", "1045.00", 4),
            _bill("alice", "Grand Piano House", "10000.01", 30),
            _bill("alice", "Dollar Books", "5.00", 31, currency="USD"),
            _bill("bob", "Clearline Mobile", "14.99", 2),
        ],
        "categories": {"groceries": ["Kiosk"]},
        "cards": [
            {"account": "XN14NWBK000100274021", "kind": "debit", "last_four": "4417"},
            {
                "account": "XN14NWBK000100274021",
                "kind": "credit",
                "last_four": "8203",
                "limit": "1500.00",
                "used": "1310.40",
                "declines": [_decline(9, "Fern & Moss"), _decline(2, "Skyline Airways")],
            },
            {
                "account": "XN02NWBK000100318857",
                "kind": "debit",
                "last_four": "5096",
                "state": "frozen",
                "reason": "wrong_pin",
                "days_ago": 2,
                "declines": [_decline(2, "Fuel Stop A4")],
            },
        ],
    }
}
