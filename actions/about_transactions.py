"""A look at transactions: its pages, and what is said of what was found."""

from __future__ import annotations

from typing import Any

from actions.banking import transaction_cards, transaction_words
from actions.base import Events, Reply, Tracker
from actions.looking import LookAction
from actions.requests import MORE, SHOW_MORE, Details, Request, open_request, said_by
from actions.search_plans import PAGE, RECENT, SEARCH, SPENDING
from actions.search_tells import about, found_words
from actions.search_words import asks_for_more
from actions.speech import Dispatcher, Say
from actions.spending_words import (
    nothing_spent,
    spending_card,
    spending_values,
)

STANDING = "banking.account_standing"


class AboutTransactions(LookAction):
    """A look at transactions; the bank says what day it is, where words of days were told."""

    operation, writes = STANDING, SEARCH

    @property
    def reads(self) -> frozenset[str]:
        """What tells the day."""
        return frozenset({STANDING})

    @property
    def operations(self) -> frozenset[str]:
        """All that it may ask for."""
        return frozenset({STANDING, SEARCH, RECENT, SPENDING})

    async def run(self, dispatcher: Dispatcher, tracker: Tracker, domain: object) -> Events:
        """Look, or show the next page of what was looked for."""
        before, said = open_request(tracker), said_by(tracker)
        goes_on = before and before.asked == MORE and before.action == self.name
        if before and goes_on and asks_for_more(said.text) and not self.details(said):
            return await self._taken(Request(self.name, before.details), dispatcher, tracker)
        return await super().run(dispatcher, tracker, domain)

    async def answer(self, before: Request, dispatcher: Dispatcher, tracker: Tracker) -> Events:
        """Show the next page where it is asked for; take anything else for an answer."""
        if before.asked == MORE:
            return await self._taken(Request(self.name, before.details), dispatcher, tracker)
        return await super().answer(before, dispatcher, tracker)

    async def _options(self, ticket: str, details: Details) -> Any:
        return await super()._options(ticket, details) if "when" in details else {}

    def found(self, result: Any, details: Details) -> Reply:
        """Tell what was found; keep where the next page begins."""
        say = self.told(result, details)
        after = _next(result)
        if after is None:
            return super().found(result, details)
        return say, self.going_on({**result.get("asked", {}), "after": after})

    def render(self, result: Any, say: Say) -> None:
        """Say what was found, in one message an account."""
        if "spending" in result:
            _say_spending(result, say)
        elif "asked" in result:
            _say_found(result, say)
        else:
            _say_latest(result, say)


def _next(result: Any) -> str | None:
    if "asked" in result:
        after: str | None = result.get("next")
        return after
    rows = result["transactions"] if isinstance(result, dict) else []
    return str(rows[-1]["id"]) if len(rows) == PAGE and "id" in rows[-1] else None


def _say_latest(result: Any, say: Say) -> None:
    cards = transaction_cards(result["transactions"])
    if not cards:
        say("utter_no_transactions", account="accounts")
    for card in cards:
        choices = [SHOW_MORE] if card is cards[-1] and _next(result) else []
        say("utter_transactions", card, choices, **transaction_words(card))


def _say_found(result: Any, say: Say) -> None:
    asked, rows = result["asked"], result["transactions"]
    cards = transaction_cards(rows)
    if not cards:
        say("utter_found_nothing", about=about(asked))
        return
    more = [SHOW_MORE] if result.get("next") else []
    totals = result.get("totals")
    for at, card in enumerate(cards):
        choices = more if at == len(cards) - 1 else []
        if at == 0 and totals and len(totals) == 1:
            say("utter_found", card, choices, **found_words(asked, totals[0], rows[0]))
        elif at == 0 and not totals:
            say("utter_found_more", card, choices, **transaction_words(card))
        else:
            say("utter_found_here", card, choices, **transaction_words(card))


def _say_spending(result: Any, say: Say) -> None:
    asked = result["asked"]
    if not result["spending"]:
        say("utter_spent_nothing", **nothing_spent(asked))
    for spent in result["spending"]:
        response = "utter_spent" if asked.get("category") else "utter_spent_most"
        say(response, spending_card(asked, spent), **spending_values(asked, spent))
