"""Banking: another PIN for a card. The PIN itself is typed into the secure panel and never here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from actions.flow import Ask, Do, RequestAction, Step, Stop
from actions.requests import Details, Said, without
from actions.speech import Choice, Say

Item = Mapping[str, Any]

_KIND = re.compile(r"\b(credit|debit)\b", re.IGNORECASE)
_FOUR = re.compile(r"(?<!\d)(\d{4})(?!\d)")


class ChangePin(RequestAction):
    """Which card it is for is asked here; the rest is for the panel."""

    name = "action_change_pin"
    operation, writes = "banking.account_standing", "banking.change_pin"

    def details(self, said: Said) -> Details:
        """Take the card from the words: its kind, or its last four digits."""
        return pin_details(said)

    def plan(self, details: Details, options: Any) -> Step:
        """Ask which card, where there are several."""
        return plan_pin(details, options["cards"])

    def render(self, result: Any, say: Say) -> None:
        """Say that it is done, and what to do if it was somebody else."""
        say("utter_pin_changed", card=_title(result).lower())


def pin_details(said: Said) -> Details:
    """Return which card is named."""
    if said.chosen:
        return {"card_id" if name == "card" else name: value for name, value in said.chosen.items()}
    digits, kind = _FOUR.search(said.text), _KIND.search(said.text)
    if digits:
        return {"card": digits[1]}
    return {"card": kind[1].lower()} if kind else {}


def plan_pin(details: Details, cards: Sequence[Item]) -> Step:
    """Ask which of the cards that are not lost; then another PIN for exactly that one."""
    usable = [card for card in cards if card["state"] != "lost"]
    if not usable:
        return Stop("utter_pin_no_card")
    found = [card for card in usable if _is_meant(card, details)]
    if len(found) == 1:
        [card] = found
        shown = {name: card[name] for name in ("kind", "last_four")}
        return Do({"card": card["id"], **shown})
    offered = [Choice(_title(card), "answer", {"card": card["id"]}) for card in (found or usable)]
    response = "utter_ask_pin_card" if found else "utter_ask_pin_card_unknown"
    return Ask("card", response, without(details, "card"), offered)


def _is_meant(card: Item, details: Details) -> bool:
    if "card_id" in details:
        return bool(card["id"] == details["card_id"])
    return details.get("card") in {None, card["kind"], card["last_four"]}


def _title(card: Item) -> str:
    return f"{card['kind'].capitalize()} card •••• {card['last_four']}"
