"""Banking: the latest transactions, a search among all of them, and what was spent."""

from __future__ import annotations

from typing import Any

from actions.about_transactions import AboutTransactions
from actions.flow import Step
from actions.requests import Details, Said
from actions.search_plans import plan_search, plan_spending
from actions.search_words import search_details
from actions.spending_words import spending_details


class ListTransactions(AboutTransactions):
    """The latest transactions, or those that are asked for."""

    name = "action_list_transactions"

    def details(self, said: Said) -> Details:
        """Take days, amounts and words."""
        return search_details(said)

    def plan(self, details: Details, options: Any) -> Step:
        """Look for them, or ask what was meant."""
        return plan_search(details, options)


class SpendingSummary(AboutTransactions):
    """What was spent, by month and category, or at one shop."""

    name = "action_spending_summary"

    def details(self, said: Said) -> Details:
        """Take days and a category, or the words of a shop."""
        return spending_details(said)

    def plan(self, details: Details, options: Any) -> Step:
        """Add it up, or ask what was meant."""
        return plan_spending(details, options)
