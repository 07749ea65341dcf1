"""Which orders a question offers to choose from, a page at a time: pure rules.

The open request keeps `after`, the last order before those that are shown, and `next`, after which
more of them come: "" is before the newest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.flow import Ask
from actions.order_cards import Order, order_choice
from actions.order_words import OLDER, SURE
from actions.requests import Details, without
from actions.speech import Choice

MOST = 8
"""How many orders are offered at once."""
_AFTER, _NEXT = "after", "next"
_OTHERS = Choice("Other orders", "answer", {OLDER: "yes"})


def page_asked(details: Details) -> dict[str, str]:
    """Return the argument of the list: the next page where that is asked for."""
    after = details.get(_NEXT if OLDER in details else _AFTER)
    return {_AFTER: after} if after else {}


def ask_order(
    response: str,
    details: Details,
    orders: Sequence[Order],
    customer: str | None,
    goes_on: str | None = None,
) -> Ask:
    """Ask which of `orders`; `goes_on` tells where more of them are (`more_after`)."""
    offered = [order_choice(one, "answer", customer) for one in orders[:MOST]]
    values = {"number": details.get("order") or details.get("thing", "")}
    kept = {**without(details, "order", SURE, "offer", _AFTER, _NEXT), **page_asked(details)}
    if goes_on is None:
        return Ask("order", response, kept, offered, values)
    return Ask("order", response, {**kept, _NEXT: goes_on}, [*offered, _OTHERS], values)


def more_after(orders: Sequence[Order], options: Any) -> str | None:
    """Return after which order those come that are not offered; None where there are none."""
    if len(orders) < len(options["orders"]):
        return ""  # Some were left out: whoever wants others begins with the newest.
    if len(orders) > MOST:
        return str(orders[MOST - 1]["number"])
    return str(options["next"]) if options["more"] else None
