"""What is said of orders, returns, addresses and consents that were read or done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from actions.addresses import COUNTRIES
from actions.order_cards import (
    day,
    next_choices,
    order_choice,
    order_words,
    orders_card,
    timeline_card,
)
from actions.requests import SHOW_MORE
from actions.speech import Say, grouped

_ORDER = {
    "placed": "utter_order_placed",
    "packed": "utter_order_packed",
    "shipped": "utter_order_shipped",
    "delivered": "utter_order_delivered",
    "cancelled": "utter_order_cancelled",
}
_ACCOUNT = {"active": "utter_account_active", "on_hold": "utter_account_on_hold"}


def until(value: str) -> str:
    """Return a moment for reading: ``13:00 UTC on Monday 23 November``."""
    at = datetime.fromisoformat(value)
    return f"{at:%H:%M} UTC on {day(at.date().isoformat())}"


def say_order(result: Any, customer: str | None, say: Say) -> None:
    """Say how far an order is, and show its way."""
    card, choices = timeline_card(result), next_choices(result, customer)
    say(_ORDER[result["state"]], card, choices, **order_words(result))


def say_cancelled(result: Any, customer: str | None, say: Say) -> None:
    """Say that an order is cancelled."""
    total = f"{grouped(result['total'])} {result['currency']}"
    say("utter_order_is_cancelled", number=result["number"], total=total)


def say_return(result: Any, customer: str | None, say: Say) -> None:
    """Say what to do with what goes back."""
    say(
        "utter_return_announced",
        item=result["item_name"],
        number=result["number"],
        refund=f"{grouped(result['refund'])} {result['currency']}",
        label=result["label"],
        until=day(result["post_until"]),
    )


def say_account(result: Any, say: Say) -> None:
    """Say what is open, and whether support may act."""
    words = {"since": str(result["since"])[:4], "open": str(result["open_orders"])}
    say(_ACCOUNT[result["state"]], **words)
    if "support_until" in result:
        say("utter_support_until", until=until(result["support_until"]))


def say_address(result: Any, say: Say) -> None:
    """Say where orders go now, and how many of those that are under way."""
    town = f"{result['postcode']} {result['city']}, {COUNTRIES[result['country']]}"
    count = result["orders_redirected"]
    words = {"street": result["street"], "town": town, "count": str(count)}
    say("utter_address_changed_with_orders" if count else "utter_address_changed", **words)


def say_customer_orders(result: Any, customer: str | None, say: Say) -> None:
    """Show a page of the orders of a customer; each can be looked into."""
    orders = result["orders"]
    choices = [order_choice(one, "order_status", customer) for one in orders if customer]
    choices += [SHOW_MORE] if customer and "next" in result else []
    response = "utter_customer_orders" if orders else "utter_customer_no_orders"
    say(response, orders_card(orders), choices, customer=customer or "this customer")
