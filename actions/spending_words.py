"""For what somebody spends: the bank's categories in people's words, and the card of a summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from actions.names import plain
from actions.requests import Details, Said
from actions.search_tells import span_words, told_month
from actions.search_words import search_details
from actions.speech import Card, grouped

_WORDS = {
    "groceries": "grocery groceries supermarket supermarkets food foods bakery",
    "eating_out": "restaurant restaurants eating dining takeaway takeaways coffee cafe cafes bar "
    "bars meals lunch lunches dinner dinners",
    "housing": "rent housing mortgage flat apartment",
    "bills": "utilities utility bills electricity energy phone insurance power",
    "shopping": "shopping clothes clothing shoes books gifts electronics",
    "transport": "transport transportation fuel gas petrol travel train trains bus taxi taxis car "
    "parking tickets",
    "leisure": "entertainment leisure fun movies cinema subscriptions subscription streaming games "
    "gym hobbies",
    "health": "health pharmacy drugstore doctor doctors dentist medicine medical hairdresser",
    "cash": "cash atm",
    "transfers": "transfer transfers",
}
_CATEGORY = {word: name for name, words in _WORDS.items() for word in words.split()}
_TITLES = {
    "income": "Income",
    "housing": "Housing",
    "bills": "Bills",
    "groceries": "Groceries",
    "eating_out": "Eating out",
    "shopping": "Shopping",
    "transport": "Transport",
    "leisure": "Leisure",
    "health": "Health",
    "cash": "Cash",
    "transfers": "Transfers",
    "other": "Everything else",
}


def spending_details(said: Said) -> Details:
    """Return what is told of a summary: as of a search, but a category where one is named."""
    details = dict(search_details(said))
    category = category_in(details.get("text", ""))
    if category is not None:
        details["category"] = category
    return details


def category_in(words: str) -> str | None:
    """Return the one category that all of these words belong to."""
    found = {_CATEGORY.get(word) for word in plain(words).split()}
    return found.pop() if len(found) == 1 else None


def title_of(category: str) -> str:
    """Return a category for reading."""
    return _TITLES[category]


def spending_values(asked: Mapping[str, str], spent: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of a sentence about what went out in one currency."""
    dearest = spent["categories"][0]
    category = asked.get("category")
    return {
        "spent": f"{grouped(spent['spent'])} {spent['currency']}",
        "what": f" on {title_of(category).lower()}" if category else "",
        "when": "".join(f" {part}" for part in span_words(asked)),
        "most": f"{title_of(dearest['category'])}, {grouped(dearest['spent'])} {spent['currency']}",
    }


def spending_card(asked: Mapping[str, str], spent: Mapping[str, Any]) -> Card:
    """Return the chart: bars in per cent of the longest one, each with its words and amount."""
    category = asked.get("category")
    title = " ".join([f"Spent on {title_of(category).lower()}" if category else "What you spent",
                      *span_words(asked)])  # fmt: skip
    months = [(told_month(one["month"]), one["spent"]) for one in spent["months"]]
    categories = [(title_of(one["category"]), one["spent"]) for one in spent["categories"]]
    return {
        "kind": "spending",
        "title": title,
        "currency": spent["currency"],
        "total": spent["spent"],
        "categories": [] if category else _bars(categories),
        "months": _bars(months[-_MOST_MONTHS:]) if len(months) > 1 else [],
    }


def nothing_spent(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the values of the sentence where nothing went out."""
    category = asked.get("category")
    what = f" on {title_of(category).lower()}" if category else ""
    return {"what": what, "when": "".join(f" {part}" for part in span_words(asked))}


def _bars(rows: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    longest = max(Decimal(amount) for _, amount in rows)
    return [
        {"label": label, "amount": amount, "share": int(Decimal(amount) * 100 / longest)}
        for label, amount in rows
    ]


_MOST_MONTHS = 12
