"""What a request about an order still needs, from what is known and what there is: pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from actions.flow import Ask, Do, Step, Stop
from actions.order_cards import Order, order_words
from actions.order_pages import MOST, ask_order, more_after
from actions.order_words import OLDER, SURE, about, is_sure, things
from actions.requests import Details, without
from actions.speech import Choice, grouped

_NOT_CANCELLED = {
    "shipped": "utter_cancel_shipped",
    "delivered": "utter_cancel_delivered",
    "cancelled": "utter_cancel_cancelled",
}
_OPEN = ("placed", "packed", "shipped")
_HERE = ("placed", "packed")


class Operations(NamedTuple):
    """The same, for oneself and for a customer."""

    own: str
    assisted: str


LIST = Operations("orders.list_orders", "orders.assist_list_orders")
SHOW = Operations("orders.show_order", "orders.assist_show_order")
CANCEL = Operations("orders.cancel_order", "orders.assist_cancel_order")
RETURN = Operations("orders.return_item", "orders.assist_return_item")


def plan_status(details: Details, options: Any) -> Step:
    """Show the order that is meant: the named one, the only open one, or else the newest."""
    orders, customer = options["orders"], options.get("customer")
    if not orders:
        return Stop("utter_no_more_orders" if OLDER in details else "utter_no_orders")
    found = _meant(details, orders)
    if not found:
        if _is_full(details) and options["more"]:
            # An old one that is not in the list: the shop knows.
            number = f"{orders[0]['number'][:3]}{_digits(details)}"
            return _do(SHOW, customer, number=number)
        goes_on = more_after(orders, options)
        return ask_order("utter_ask_order_unknown", details, orders, customer, goes_on)
    if OLDER in details:
        goes_on = more_after(orders, options)
        return ask_order("utter_ask_order_any", details, orders, customer, goes_on)
    if not _named(details):
        found = [one for one in orders if one["state"] in _OPEN] or orders[:1]
    if len(found) > 1:
        goes_on = None if _named(details) else more_after(found, options)
        return ask_order("utter_ask_order", details, found, customer, goes_on)
    return _do(SHOW, customer, number=found[0]["number"])


def plan_cancel(details: Details, options: Any) -> Step:
    """Cancel what the shop still has, once the person has said yes to exactly that."""
    orders, customer = options["orders"], options.get("customer")
    here = [one for one in orders if one["state"] in _HERE]
    found = _meant(details, orders) if _named(details) else here
    if _named(details) and not found:
        return ask_order("utter_ask_order_unknown", details, here or orders, customer)
    if not found:
        return Stop("utter_nothing_to_cancel")
    kept = [one for one in found if one["state"] in _HERE]
    if len(kept) > 1:
        return ask_order("utter_ask_cancel", details, kept, customer)
    if not kept:
        return _too_late_to_cancel(found[0], customer)
    [order] = kept
    if is_sure(details, order["number"]):
        return _do(CANCEL, customer, number=order["number"])
    return _ask_sure("utter_ask_cancel_sure", details, order["number"], order_words(order))


def plan_return(details: Details, options: Any) -> Step:
    """Send back what may go back today, once the person has said yes to exactly that."""
    orders, customer = options["orders"], options.get("customer")
    named = _meant(_order(details), orders)
    if not named and orders:
        return ask_order("utter_ask_order_unknown", details, orders, customer)
    kept = [(one, item) for one in named for item in one["items"]]
    found = _things(details, kept)
    if "thing" in details and not found:
        back = [pair for pair in kept if pair[1]["returnable"]]
        return _ask_item("utter_ask_item_unknown", details, back, customer)
    back = [pair for pair in found if pair[1]["returnable"]]
    if len(back) > 1:
        return _ask_item("utter_ask_item", details, back, customer)
    if not back:
        told = "order" in details or "thing" in details or "item_id" in details
        return _not_returnable(found) if told and found else Stop("utter_nothing_to_return")
    [(order, item)] = back
    arguments = {"number": order["number"], "item": item["id"], "item_name": item["name"]}
    if is_sure(details, item["id"]):
        return _do(RETURN, customer, **arguments)
    price = f"{grouped(item['price'])} {order['currency']}"
    words = {**order_words(order), "item": item["name"], "price": price}
    return _ask_sure("utter_ask_return_sure", details, item["id"], words)


def _order(details: Details) -> Details:
    return {name: value for name, value in details.items() if name == "order"}


def _named(details: Details) -> bool:
    return "order" in details or "thing" in details


def _is_full(details: Details) -> bool:
    return len(_digits(details)) == 5


def _digits(details: Details) -> str:
    return details.get("order", "").rpartition("-")[2]


def _meant(details: Details, orders: Sequence[Order]) -> list[Order]:
    """Return the orders that number or thing mean; all of them where nothing was said."""
    if "order" in details:
        return [one for one in orders if one["number"].endswith(_digits(details))]
    if "thing" not in details:
        return list(orders)
    return [orders[at] for at in about(details["thing"], [things(one["items"]) for one in orders])]


def _things(details: Details, kept: Sequence[tuple[Order, Order]]) -> list[tuple[Order, Order]]:
    if "item_id" in details:
        return [pair for pair in kept if pair[1]["id"] == details["item_id"]]
    if "thing" in details:
        return [kept[at] for at in about(details["thing"], [item["name"] for _, item in kept])]
    return list(kept)


def _do(operations: Operations, customer: str | None, **arguments: str) -> Do:
    if customer is None:
        return Do(arguments, operations.own)
    return Do({"customer": customer, **arguments}, operations.assisted)


def _ask_item(
    response: str, details: Details, pairs: Sequence[tuple[Order, Order]], customer: str | None
) -> Step:
    if not pairs:
        return Stop("utter_nothing_to_return")
    whose = {"customer": customer} if customer else {}
    offered = [
        Choice(f"{item['name']} ({order['number']})", "answer", {"item": item["id"], **whose})
        for order, item in pairs[:MOST]
    ]
    values = {"item": details.get("thing", "")}
    return Ask("thing", response, without(details, "thing", SURE, "offer"), offered, values)


def _ask_sure(response: str, details: Details, offer: str, values: dict[str, str]) -> Ask:
    kept = {**without(details, SURE), "offer": offer}
    yes, no = Choice("Yes, please", "answer", {SURE: offer}), Choice("No, leave it", "deny")
    return Ask(SURE, response, kept, [yes, no], values)


def _too_late_to_cancel(order: Order, customer: str | None) -> Stop:
    words = order_words(order)
    whose = {"customer": customer} if customer else {}
    back = Choice("Send something back", "return_item", {"order": order["number"], **whose})
    choices = [back] if order["state"] == "delivered" else []
    return Stop(_NOT_CANCELLED[order["state"]], choices, words)


def _not_returnable(pairs: Sequence[tuple[Order, Order]]) -> Stop:
    order, item = pairs[0]
    words = {**order_words(order), "item": item["name"]}
    if item["returned"]:
        return Stop("utter_return_done_before", (), words)
    if order["state"] == "delivered":
        return Stop("utter_return_too_late", (), words)
    if order["state"] == "cancelled":
        return Stop("utter_cancel_cancelled", (), words)
    choices = [Choice("Cancel the order", "cancel_order", {"order": order["number"]})]
    still_here = choices if order["state"] in _HERE else []
    return Stop("utter_return_not_delivered", still_here, words)
