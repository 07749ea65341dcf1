"""Banking: balances, and the cards of transactions."""

from __future__ import annotations

from typing import Any

from actions.base import ProtectedAction
from actions.speech import Say, grouped, picked


class CheckBalance(ProtectedAction):
    """The balance of each of the person's accounts."""

    name = "action_check_balance"
    operation = "banking.list_accounts"

    def render(self, result: Any, say: Say) -> None:
        """Name the one balance, or the number of accounts; the card shows them all."""
        response, words = balance_words(result["accounts"])
        say(response, balance_card(result["accounts"]), **words)


def balance_words(accounts: list[Any]) -> tuple[str, dict[str, str]]:
    """Return the response for `accounts` and the values of its words."""
    match accounts:
        case []:
            return "utter_no_accounts", {}
        case [only]:
            balance = grouped(only["balance"])
            words = {"account": only["name"], "balance": balance, "currency": only["currency"]}
            return "utter_balance", words
        case _:
            return "utter_balances", {"count": str(len(accounts))}


def balance_card(accounts: list[Any]) -> dict[str, Any] | None:
    """Return the card of `accounts`, None where there are none."""
    shown = ("name", "number", "balance", "available", "currency")
    rows = [picked(account, *shown) for account in accounts]
    return {"kind": "balances", "accounts": rows} if rows else None


def transaction_words(card: dict[str, Any]) -> dict[str, str]:
    """Return the values of a sentence about `card`: `account` and `count`."""
    return {"account": card["account"]["name"], "count": str(len(card["rows"]))}


def transaction_cards(transactions: list[Any]) -> list[dict[str, Any]]:
    """Return a card for each account among `transactions`, its rows in the order they came in."""
    by_account: dict[tuple[str, str], dict[str, Any]] = {}
    for row in transactions:
        # The ids stay with security: name and number are all that tells accounts apart here.
        account = picked(row["account"], "name", "number")
        empty = {"kind": "transactions", "account": account, "rows": []}
        card = by_account.setdefault((account["name"], account["number"]), empty)
        card["rows"].append(picked(row, "date", "text", "amount", "currency"))
    return list(by_account.values())
