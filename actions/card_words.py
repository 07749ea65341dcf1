"""Accounts and cards in words: which one is meant, and how it stands. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from actions.names import kin
from actions.requests import Details, Said
from actions.search_tells import told_date
from actions.speech import Card

Item = Mapping[str, Any]

_KINDS = re.compile(r"\b(credit|debit|master\s?card|visa|bank|giro|maestro)\b", re.IGNORECASE)
_KIND = {"credit": "credit", "visa": "credit", "mastercard": "credit", "debit": "debit",
         "bank": "debit", "giro": "debit", "maestro": "debit"}  # fmt: skip
_FOUR = re.compile(r"(?<!\d)(\d{4})(?!\d)")
_CARD = re.compile(r"\b(?:card|visa|mastercard)s?\b", re.IGNORECASE)
_ACCOUNT = re.compile(
    r"\b(?:savings?|current|checking|chequing|joint|deposit|business|main)\b", re.IGNORECASE
)
_CARD_STANDS = {
    "owner": "blocked by you",
    "fraud": "frozen because of the fraud that you reported",
    "wrong_pin": "frozen after a wrong PIN, three times",
    "bank": "frozen by the bank",
    "on_its_way": "on its way to you",
}


def card_details(said: Said) -> Details:
    """Return which card is named: `card` in words (its kind or last four digits)."""
    if said.chosen:
        return {"card_id" if name == "card" else name: each for name, each in said.chosen.items()}
    digits, kind = _FOUR.search(said.text), _KINDS.search(said.text)
    if digits:
        return {"card": digits[1]}
    return {"card": _KIND[re.sub(r"\s", "", kind[1].lower())]} if kind else {}


def account_details(said: Said) -> Details:
    """Return which account is named, and whether a card was meant."""
    if said.chosen:
        names = {"account": "account_id"}
        return {names.get(name, name): value for name, value in said.chosen.items()}
    digits, name = _FOUR.search(said.text), _ACCOUNT.search(said.text)
    if digits or name:
        return {"account": digits[1] if digits else name[0] if name else ""}
    return {"thing": "card"} if _CARD.search(said.text) else {}


def cards_meant(details: Details, cards: Sequence[Item]) -> list[Item]:
    """Return the cards that were chosen or named; all of them where nothing was said."""
    if "card_id" in details:
        return [one for one in cards if one["id"] == details["card_id"]]
    word = details.get("card")
    return [one for one in cards if word in {None, one["kind"], one["last_four"]}]


def accounts_meant(details: Details, accounts: Sequence[Item]) -> list[Item]:
    """Return the accounts that were chosen or named; all of them where nothing was said."""
    if "account_id" in details:
        return [one for one in accounts if one["id"] == details["account_id"]]
    if "account" not in details:
        return list(accounts)
    names = [f"{one['name']} {one['number']}" for one in accounts]
    return [accounts[at] for at in kin(details["account"], names)]


def card_title(card: Item) -> str:
    """Return ``Debit card •••• 4417``."""
    return f"{card['kind'].capitalize()} card •••• {card['last_four']}"


def account_title(account: Item) -> str:
    """Return ``Current account •••• 4021``."""
    return f"{account['name']} {account['number']}"


def card_stands(card: Item) -> str:
    """Return how a card stands, and since when."""
    if card["state"] == "active":
        return "works"
    words = "lost" if card["state"] == "lost" else _CARD_STANDS[card["because"]]
    return f"{words}, since {told_date(card['since'])}"


def account_stands(account: Item) -> str:
    """Return how an account stands, and since when."""
    if account["state"] == "open":
        return "open"
    whom = "you" if account["because"] == "owner" else "the bank"
    return f"frozen by {whom}, since {told_date(account['since'])}"


def standing_card(standing: Any) -> Card:
    """Return how everything stands, a row each."""
    rows = [(account_title(one), account_stands(one)) for one in standing["accounts"]]
    rows += [(card_title(one), card_stands(one)) for one in standing["cards"]]
    lines = [{"label": label, "value": value[:1].upper() + value[1:]} for label, value in rows]
    return {"kind": "facts", "title": "Your accounts and cards", "rows": lines}
