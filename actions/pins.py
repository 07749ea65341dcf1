"""Banking: another PIN for a card. The PIN itself is typed into the secure panel and never here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.card_words import Item, card_details, card_title, cards_meant
from actions.flow import Ask, Do, RequestAction, Step, Stop
from actions.requests import Details, without
from actions.speech import Choice, Say


class ChangePin(RequestAction):
    """Which card it is for is asked here; the rest is for the panel."""

    name = "action_change_pin"
    operation, writes = "banking.account_standing", "banking.change_pin"
    details = staticmethod(card_details)

    def plan(self, details: Details, options: Any) -> Step:
        """Ask which card, where there are several."""
        return plan_pin(details, options["cards"])

    def render(self, result: Any, say: Say) -> None:
        """Say that it is done, and what to do if it was somebody else."""
        say("utter_pin_changed", card=card_title(result).lower())


def plan_pin(details: Details, cards: Sequence[Item]) -> Step:
    """Ask which of the cards that are not lost; then another PIN for exactly that one."""
    usable = [card for card in cards if card["state"] != "lost"]
    if not usable:
        return Stop("utter_pin_no_card")
    found = cards_meant(details, usable)
    if len(found) == 1:
        [card] = found
        shown = {name: card[name] for name in ("kind", "last_four")}
        return Do({"card": card["id"], **shown})
    offered = [
        Choice(card_title(card), "answer", {"card": card["id"]}) for card in (found or usable)
    ]
    response = "utter_ask_pin_card" if found else "utter_ask_pin_card_unknown"
    return Ask("card", response, without(details, "card"), offered)
