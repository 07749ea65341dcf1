"""A shop's orders as its API tells them, and who is who."""

from __future__ import annotations

from typing import Any

from tests.support.bot import Bot

STATUS, CANCEL, RETURN, ADDRESS = (
    f"action_{name}" for name in ("order_status", "cancel_order", "return_item", "change_address")
)
HELP, ANSWER, NO = "action_help_customer", "action_answer", "action_cancel"
PERSONAS = (
    *("alice", "bob", "tess", "aud", "adam", "pat", "quinn", "dana", "rob", "aud2", "ada"),
    *("erin", "mark", "hana", "ivan", "aud3", "abe"),
)
SHOPPERS, STAFF = ("carl", "cora"), ("aud4", "amy")


def item(name: str, letter: str, **given: Any) -> dict[str, Any]:
    state = {"returned": False, "returnable": False}
    return {
        "id": f"itm_{letter * 22}",
        "name": name,
        "quantity": 1,
        "price": "10.00",
        **state,
        **given,
    }


def order(number: str, state: str, *items: dict[str, Any], **given: Any) -> dict[str, Any]:
    dates = {"expected_on": "2026-11-26"} if state in ("placed", "packed", "shipped") else {}
    if state == "delivered":
        dates = {"delivered_on": "2026-11-14", "return_until": "2026-12-14"}
    placed = {"placed_on": "2026-11-10", "total": "10.00", "currency": "EUR"}
    return {"number": number, "state": state, "items": list(items), **placed, **dates, **given}


BOOTS = item("Hiking boots", "B", returnable=True)
SOCKS = item("Wool socks", "S", quantity=3, returnable=True)
LAMP, PUMP = item("Desk lamp", "L"), item("Bicycle pump", "P")
PHONES, GRINDER = item("Wireless headphones", "H"), item("Coffee grinder", "G")
ORDERS = [
    order("AC-10499", "packed", PUMP),
    order("AC-10497", "placed", LAMP),
    order("AC-10482", "shipped", PHONES),
    order("AC-10431", "delivered", BOOTS, SOCKS),
    order("AC-10402", "cancelled", item("Garden chair", "C")),
    order("AC-10277", "delivered", GRINDER, delivered_on="2026-10-01", return_until="2026-10-31"),
]
EVENTS = [
    {"at": "2026-11-10T18:03:00Z", "what": "placed"},
    {"at": "2026-11-20T05:12:00Z", "what": "in_transit", "place": "Sorting centre"},
]
SHOWN = {**ORDERS[2], "events": EVENTS}


def listed(*orders: dict[str, Any], more: bool = False) -> dict[str, Any]:
    return {"orders": list(orders or ORDERS), "more": more}


def to_cancel(number: str) -> dict[str, Any]:
    return {"number": number, "total": "10.00", "currency": "EUR"}


def done(bot: Bot) -> list[Any]:
    return [call for call in bot.calls if call[0] != "orders.list_orders"]
