"""Consent for support, and for whom support acts: pure rules."""

from __future__ import annotations

import re

from actions.flow import Ask, Do, Step
from actions.order_words import customer_in
from actions.requests import MORE, Details, Said, without
from actions.speech import Choice

LEAST, MOST, USUAL = 5, 120, 60
"""Minutes."""
PAGE = 10
"""How many orders of a customer are shown at once."""
_LENGTH = re.compile(
    r"\b([0-9]{1,5})\s*(min(?:ute)?s?|h(?:ou)?rs?|h|days?|weeks?)\b", re.IGNORECASE
)
_WORDS = {
    "half an hour": "30",
    "quarter of an hour": "15",
    "an hour and a half": "90",
    "two hours": "120",
    "one hour": "60",
    "an hour": "60",
    "ten minutes": "10",
    "fifteen minutes": "15",
    "twenty minutes": "20",
    "thirty minutes": "30",
    "all day": "1440",
    "a day": "1440",
    "for ever": "99999",
    "forever": "99999",
}
_UNITS = {"m": 1, "h": 60, "d": 1_440, "w": 10_080}


def consent_details(said: Said) -> Details:
    """Return for how many minutes, where that is said."""
    if said.chosen:
        return {"minutes": said.chosen["minutes"]} if "minutes" in said.chosen else {}
    found = _LENGTH.search(said.text)
    if found:
        return {"minutes": str(int(found.group(1)) * _UNITS[found.group(2)[0].lower()])}
    low = said.text.lower()
    told = next((minutes for words, minutes in _WORDS.items() if words in low), None)
    if told is None and said.asked == "minutes":
        told = next(iter(re.findall(r"\b[0-9]{1,5}\b", low)), None)
    return {"minutes": told} if told else {}


def plan_consent(details: Details) -> Step:
    """Allow it for an hour unless something else is said; never for ever."""
    minutes = int(details.get("minutes", USUAL))
    if LEAST <= minutes <= MOST:
        return Do({"minutes": minutes})
    offered = [
        Choice(f"{count} minutes", "answer", {"minutes": str(count)})
        for count in (15, 30, 60, MOST)
    ]
    return Ask("minutes", "utter_ask_minutes", without(details, "minutes"), offered)


def customer_details(said: Said) -> Details:
    """Return whom support is asked to help."""
    if said.chosen:
        return {"customer": said.chosen["customer"]} if "customer" in said.chosen else {}
    if said.asked == MORE:
        return {}
    customer, _ = customer_in(said.text)
    if customer is None and said.asked == "customer":
        bare = re.sub(r"[^\w'’ .-]", " ", said.text)
        bare = re.sub(r"^\s*(?:it'?s|for|the customer is|customer|named?)\s+", "", bare)
        customer = " ".join(bare.split())[:64] or None
    return {"customer": customer} if customer else {}


def plan_customer(details: Details, options: object) -> Step:
    """Ask for whom, then look."""
    if "customer" not in details:
        return Ask("customer", "utter_ask_customer", details)
    page = {name: details[name] for name in ("customer", "after") if name in details}
    return Do({**page, "limit": PAGE})
