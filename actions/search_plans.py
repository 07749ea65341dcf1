"""What a search still needs, from what is known and from what day it is at the bank. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from actions.flow import Ask, Do, Step
from actions.past_days import Between, OneOf, Wrong, days_meant
from actions.requests import Details, without
from actions.speech import Choice

SEARCH, RECENT = "banking.search_transactions", "banking.list_recent_transactions"
SPENDING = "banking.spending_summary"
PAGE = 10
_QUERY = ("first_day", "last_day", "least", "most", "text", "direction")
_WRONG: Mapping[Wrong, str] = {
    "no_such_day": "utter_search_no_such_day",
    "ahead": "utter_search_days_ahead",
    "crossed": "utter_search_days_crossed",
}


def plan_search(details: Details, options: Any) -> Step:
    """Find what was asked for; all of it, newest first, where nothing was named."""
    if "after" in details:
        query = {name: details[name] for name in (*_QUERY, "after") if name in details}
        return Do({**query, "limit": PAGE}, SEARCH)
    days = planned_days(details, options)
    if isinstance(days, Ask):
        return days
    wrong = _wrong_amounts(details)
    if wrong is not None:
        return wrong
    told = {name: details[name] for name in _QUERY if name in details} | days
    limit = int(details.get("limit", PAGE))
    # A direction alone is no search: "what did I buy last" is answered by the latest rows.
    if not told.keys() - {"direction"} and "limit" not in details:
        return Do({"limit": PAGE}, RECENT)
    return Do({**told, "limit": limit}, SEARCH)


def plan_spending(details: Details, options: Any) -> Step:
    """Add up what went out, of a category; what was paid to one shop is looked for."""
    if "after" in details:
        return plan_search(details, options)
    days = planned_days(details, options)
    if isinstance(days, Ask):
        return days
    if "category" in details:
        return Do({**days, "category": details["category"]}, SPENDING)
    if "text" in details or "least" in details or "most" in details or "doubt" in details:
        return plan_search({**details, "direction": "out"}, options)
    return Do(days, SPENDING)


def planned_days(details: Details, options: Any) -> Ask | dict[str, str]:
    """Return the days as a query takes them, or what has to be asked about them."""
    if "when" not in details:
        return {}
    meant = days_meant(details["when"], date.fromisoformat(options["today"]))
    left = without(details, "when")
    if isinstance(meant, OneOf):
        kind = details["when"].partition("|")[0]
        choices = [
            Choice(_day(day), "answer", {"when": f"{kind}|{day}"})
            for day in meant.readings
            if kind != "between"
        ]
        return Ask("when", "utter_search_which_day", left, choices)
    if not isinstance(meant, Between):
        return Ask("when", _WRONG[meant], left)
    ends = {"first_day": meant.first, "last_day": meant.last}
    return {name: str(day) for name, day in ends.items() if day is not None}


def _wrong_amounts(details: Details) -> Ask | None:
    left = without(details, "least", "most", "doubt")
    if "doubt" in details:
        return Ask("least", "utter_search_which_amount", left)
    if Decimal(details.get("least", "0")) > Decimal(details.get("most", "Infinity")):
        return Ask("least", "utter_search_amounts_crossed", left)
    return None


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"
