"""Cards and sentences about orders: lists, and the way of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from actions.order_words import things
from actions.speech import Card, Choice, grouped

Order = Mapping[str, Any]

STATES = {
    "placed": "Ordered",
    "packed": "Packed",
    "shipped": "On its way",
    "delivered": "Delivered",
    "cancelled": "Cancelled",
}
_EVENTS = {
    "placed": "Ordered",
    "packed": "Packed",
    "handed_over": "Handed over to the carrier",
    "in_transit": "On its way",
    "delayed": "Delayed",
    "out_for_delivery": "Out for delivery",
    "delivered": "Delivered",
    "cancelled": "Cancelled",
    "return_requested": "Return announced",
}


def day(value: str) -> str:
    """Return a calendar day for reading: ``Thursday 26 November``."""
    at = date.fromisoformat(value)
    return f"{at:%A} {at.day} {at:%B}"


def order_words(order: Order) -> dict[str, str]:
    """Return the values of a sentence about an order."""
    expected, delivered = order.get("expected_on"), order.get("delivered_on")
    return {
        "number": order["number"],
        "items": things(order["items"]),
        "total": f"{grouped(order['total'])} {order['currency']}",
        "placed": day(order["placed_on"]),
        "expected": f"on {day(expected)}" if expected else "within the next days",
        "delivered": day(delivered) if delivered else "",
        "until": day(order["return_until"]) if "return_until" in order else "",
    }


def timeline_card(order: Order) -> Card:
    """Return the way of an order, oldest first; what is still to come is the last step."""
    steps = [_step(event) for event in order["events"]]
    if steps:
        steps[-1]["state"] = "now"
    if order.get("expected_on"):
        label = {"label": "Expected delivery", "at": order["expected_on"], "state": "ahead"}
        steps.append(label)
    return {
        "kind": "timeline",
        "title": f"Order {order['number']}",
        "state": STATES[order["state"]],
        "text": things(order["items"]),
        "steps": steps,
    }


def orders_card(orders: Sequence[Order]) -> Card | None:
    """Return the card of several orders, None where there are none."""
    rows = [
        {
            "number": order["number"],
            "date": order["placed_on"],
            "text": things(order["items"]),
            "state": STATES[order["state"]],
            "amount": order["total"],
            "currency": order["currency"],
        }
        for order in orders
    ]
    return {"kind": "orders", "rows": rows} if rows else None


def order_choice(order: Order, intent: str, customer: str | None = None) -> Choice:
    """Return a choice of one order; for a customer it says so, for every step that follows."""
    title = f"{order['number']}: {things(order['items'])}"
    whose = {"customer": customer} if customer else {}
    return Choice(title, intent, {"order": order["number"], **whose})


def next_choices(order: Order, customer: str | None = None) -> list[Choice]:
    """Return what can be done with an order as it is."""
    whose = {"customer": customer} if customer else {}
    named = {"order": order["number"], **whose}
    if order["state"] in ("placed", "packed"):
        return [Choice("Cancel this order", "cancel_order", named)]
    if order["state"] == "delivered":
        return [Choice("Send something back", "return_item", named)]
    return []


def _step(event: Mapping[str, Any]) -> dict[str, str]:
    place = {"place": event["place"]} if event.get("place") else {}
    return {"label": _EVENTS[event["what"]], "at": event["at"], "state": "done", **place}
