"""Banking: why a card was declined, why something is blocked, and what may be owed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actions.base import ProtectedAction
from actions.card_words import (
    account_stands,
    account_title,
    card_stands,
    card_title,
    standing_card,
)
from actions.protecting_plans import UNFREEZE
from actions.search_tells import joined, told_date
from actions.speech import Card, Choice, Say, grouped

_BLOCKED = Choice("What is blocked now?", "account_blocked")
_WHY = Choice("Why was my card declined?", "card_declined")
_DECLINED: Mapping[str, tuple[str, str]] = {
    "insufficient_funds": ("there was not enough money in the account",
                           "Check your balance, or pay a smaller amount."),
    "limit_exceeded": ("it was more than was left of the card's limit",
                       "Ask me for your credit limit to see what is left."),
    "wrong_pin": ("the PIN was wrong three times, so the card was frozen",
                  "Please choose a new PIN; if the card does not work then, call the bank."),
    "card_frozen": ("the card was frozen at that time",
                    "Ask me why it is blocked."),
    "card_lost": ("the card had been reported as lost", "Please use your new card."),
    "account_frozen": ("the account was frozen",
                       'If you froze it yourself, say "unfreeze my account".'),
    "suspected_fraud": ("it looked unlike you, so we stopped it",
                        "If it was you, please call the bank; if not, report fraud here."),
}  # fmt: skip
"""Why, and what to do next."""


class CardDeclined(ProtectedAction):
    """Why a card was declined."""

    name, operation = "action_card_declined", "banking.list_declines"

    def render(self, result: Any, say: Say) -> None:
        """Explain the latest; the card lists them all."""
        say_declined(result["declines"], say)


class AccountBlocked(ProtectedAction):
    """Whether something is blocked, why, and what to do."""

    name, operation = "action_account_blocked", "banking.account_standing"

    def render(self, result: Any, say: Say) -> None:
        """Name what is blocked; the card shows how everything stands."""
        say_blocked(result, say)


class CreditLimit(ProtectedAction):
    """How much may be owed."""

    name, operation = "action_credit_limit", "banking.credit_limits"

    def render(self, result: Any, say: Say) -> None:
        """Name the limit and what is left of it."""
        say_limits(result, say)


def say_declined(declines: Sequence[Mapping[str, Any]], say: Say) -> None:
    """Say why the latest payment was declined, or that none was."""
    if not declines:
        say("utter_not_declined")
        return
    latest = declines[0]
    why, next_step = _DECLINED[latest["reason"]]
    choices = [_BLOCKED] if latest["state"] != "active" else []
    choices += [Choice("Report fraud", "report_fraud")] if _is_odd(latest) else []
    say(
        "utter_declined",
        _declined_card(declines),
        choices,
        card=card_title(latest),
        merchant=latest["merchant"],
        amount=f"{grouped(latest['amount'])} {latest['currency']}",
        day=told_date(latest["date"]),
        why=why,
        next_step=next_step,
    )


def say_blocked(result: Any, say: Say) -> None:
    """Say what is blocked and what to do, or that nothing is."""
    frozen = [one for one in result["accounts"] if one["state"] != "open"]
    cards = [one for one in result["cards"] if one["state"] in {"frozen", "lost"}]
    shown = standing_card(result)
    if not frozen and not cards:
        say("utter_nothing_blocked", shown, [_WHY])
        return
    told = [f"Your {account_title(one)} is {account_stands(one)}" for one in frozen]
    told += [f"Your {card_title(one).lower()} is {card_stands(one)}" for one in cards]
    own = any(one["because"] == "owner" for one in frozen)
    choices = [UNFREEZE] if own else [_WHY]
    advice = " ".join(_advice(frozen, cards))
    say("utter_blocked", shown, choices, what=joined(told), advice=advice)


def say_limits(result: Any, say: Say) -> None:
    """Say the limit of the first credit card, and each overdraft."""
    cards, overdrafts = result["cards"], result["overdrafts"]
    if not cards and not overdrafts:
        say("utter_no_limit")
    if cards:
        first = cards[0]
        amounts = {
            name: f"{grouped(first[name])} {first['currency']}"
            for name in ("limit", "used", "left")
        }
        say("utter_credit_limit", _limit_card(cards), last_four=first["last_four"], **amounts)
    for one in overdrafts:
        limit = f"{grouped(one['limit'])} {one['currency']}"
        say("utter_overdraft", account=account_title(one), limit=limit)


def _is_odd(decline: Mapping[str, Any]) -> bool:
    return decline["reason"] in {"suspected_fraud", "wrong_pin"}


def _declined_card(declines: Sequence[Mapping[str, Any]]) -> Card:
    rows = [
        {
            "title": f"{one['merchant']}, {grouped(one['amount'])} {one['currency']}",
            "text": f"{told_date(one['date'])}, {card_title(one).lower()}",
            "state": "Declined",
            "note": f"{_DECLINED[one['reason']][0].capitalize()}.",
        }
        for one in declines
    ]
    return {"kind": "list", "title": "Declined payments", "rows": rows}


def _limit_card(cards: Sequence[Mapping[str, Any]]) -> Card:
    rows = []
    for one in cards:
        title = f"Credit card •••• {one['last_four']}"
        for label, name in (("Limit", "limit"), ("Used", "used"), ("Left", "left")):
            value = f"{grouped(one[name])} {one['currency']}"
            rows.append(
                {"label": label if len(cards) == 1 else f"{title}: {label}", "value": value}
            )
    title = f"Credit card •••• {cards[0]['last_four']}" if len(cards) == 1 else "Credit cards"
    return {"kind": "facts", "title": title, "rows": rows}


def _advice(frozen: Sequence[Mapping[str, Any]], cards: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what to do next, a sentence for each reason that there is."""
    told = []
    reasons = {f"account_{one['because']}" for one in frozen}
    reasons |= {"lost" if one["state"] == "lost" else f"card_{one['because']}" for one in cards}
    for reason, words in _NEXT.items():
        if reason in reasons:
            told.append(words)
    return told


_NEXT = {
    "account_owner": 'Say "unfreeze my account" to use the account again.',
    "account_bank": "Please call the bank: only it can open the account again.",
    "card_wrong_pin": "Please choose a new PIN; if the card does not work then, call the bank.",
    "card_fraud": "The bank looks into the fraud that you reported, and will call you.",
    "card_bank": "Please call the bank about the card.",
    "lost": "The new card comes by post.",
}


def _sentence(words: str) -> str:
    """Return words as a sentence; a name inside keeps its capital letters."""
    return f"{words[:1].upper()}{words[1:]}."
