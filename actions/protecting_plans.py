"""What protects an account or a card: which one is meant, from what there is. Pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.amounts import Amount, find_amount
from actions.card_words import (
    Item,
    account_title,
    accounts_meant,
    card_details,
    card_title,
    cards_meant,
)
from actions.flow import Ask, Do, Step, Stop
from actions.names import kin
from actions.requests import Details, Said, without
from actions.search_tells import told_date
from actions.search_words import search_details
from actions.speech import Choice, grouped

MOST = 8
"""How many transactions are offered at once."""
NONE_OF_THESE = "none"
FREEZE = Choice("Freeze my account", "freeze_account", {"thing": "account"})
UNFREEZE = Choice("Unfreeze it", "unfreeze_account")
LOST, FRAUD = Choice("My card is lost", "report_lost_card"), Choice("Report fraud", "report_fraud")
REPORT, DISPUTE = "banking.report_fraud", "banking.dispute_transaction"


def plan_freeze(details: Details, options: Any) -> Step:
    """Freeze the one account, or the one that is named."""
    accounts = options["accounts"]
    if details.get("thing") == "card":
        return Stop("utter_freeze_which", [LOST, FRAUD, FREEZE])
    found = accounts_meant(details, accounts)
    still_open = [one for one in found if one["state"] == "open"]
    if found and not still_open:
        values = {"account": account_title(found[0]), "since": told_date(found[0]["since"])}
        return Stop("utter_frozen_before", [UNFREEZE], values)
    return _one_account("utter_ask_freeze", details, still_open, accounts)


def plan_unfreeze(details: Details, options: Any) -> Step:
    """Let the one frozen account pay again, or the one that is named."""
    accounts = options["accounts"]
    frozen = [one for one in accounts_meant(details, accounts) if one["state"] == "frozen"]
    if not frozen:
        return Stop("utter_not_frozen")
    own = [one for one in frozen if one["because"] == "owner"]
    if not own:
        return Stop("utter_refused_frozen_by_bank")
    return _one_account("utter_ask_unfreeze", details, own, accounts)


def plan_lost(details: Details, options: Any) -> Step:
    """Block the one card, or the one that is named."""
    found = cards_meant(details, options["cards"])
    usable = [one for one in found if one["state"] != "lost"]
    if found and not usable:
        values = {"card": card_title(found[0]), "since": told_date(found[0]["since"])}
        return Stop("utter_lost_before", (), values)
    # A card that is still in the post is not the one that is missed, unless it is named.
    held = [one for one in usable if one["state"] != "ordered"] or usable
    return _one_card("utter_ask_lost_card", details, held, options["cards"])


def plan_fraud(details: Details, options: Any) -> Step:
    """Freeze the one card, or the one that is named, and open a case; what for comes after."""
    if "case" in details:
        return _plan_dispute(details, options["transactions"])
    usable = [one for one in cards_meant(details, options["cards"]) if one["state"] != "lost"]
    return _one_card("utter_ask_fraud_card", details, usable, options["cards"])


def fraud_details(said: Said) -> Details:
    """Return which card, and what is told of the payment that was not theirs."""
    if said.chosen or said.asked == "card":
        chosen = {"transaction": "transaction_id"}
        return {chosen.get(name, name): value for name, value in card_details(said).items()}
    found = find_amount(said.text).amount
    amount = {"amount": found.value} if isinstance(found, Amount) else {}
    text = search_details(said).get("text") if said.asked == "transaction" else None
    card = {} if said.asked == "transaction" else card_details(said)
    return {**card, **amount, **({"transaction": text} if text else {})}


def _plan_dispute(details: Details, transactions: Sequence[Item]) -> Step:
    if details.get("transaction_id") == NONE_OF_THESE or not transactions:
        return Stop("utter_fraud_without", (), {"case": details["case"]})
    found = _transactions_meant(details, transactions)
    if "transaction_id" in details and found:
        shown = {name: found[0][name] for name in ("text", "amount", "currency")}
        return Do({"case": details["case"], "transaction": found[0]["id"], **shown}, DISPUTE)
    offered = [_transaction_choice(one) for one in (found or transactions)[:MOST]]
    none = Choice("None of these", "answer", {"transaction": NONE_OF_THESE})
    left = without(details, "transaction", "transaction_id", "amount")
    return Ask(
        "transaction", "utter_ask_fraud_which", left, [*offered, none], {"case": details["case"]}
    )


def _transactions_meant(details: Details, transactions: Sequence[Item]) -> list[Item]:
    if "transaction_id" in details:
        return [one for one in transactions if one["id"] == details["transaction_id"]]
    found = list(transactions)
    if "amount" in details:
        found = [one for one in found if one["amount"].lstrip("-") == details["amount"]]
    if "transaction" in details:
        at = kin(details["transaction"], [one["text"] for one in found])
        found = [found[each] for each in at]
    return found


def _transaction_choice(one: Item) -> Choice:
    amount = f"{grouped(one['amount'].lstrip('-'))} {one['currency']}"
    title = f"{one['text']}, {amount}, {told_date(one['date'])}"
    return Choice(title, "answer", {"transaction": one["id"]})


def _one_account(
    response: str, details: Details, found: Sequence[Item], accounts: Sequence[Item]
) -> Step:
    if not accounts:
        return Stop("utter_no_accounts")
    if len(found) == 1:
        [one] = found
        return Do({"account": one["id"], "account_number": one["number"]})
    offered = [
        Choice(account_title(one), "answer", {"account": one["id"]}) for one in (found or accounts)
    ]
    return Ask("account", response, without(details, "account"), offered)


def _one_card(
    response: str, details: Details, found: Sequence[Item], cards: Sequence[Item]
) -> Step:
    usable = [one for one in cards if one["state"] != "lost"]
    if not usable:
        return Stop("utter_no_cards", [FREEZE])
    if len(found) == 1:
        [one] = found
        return Do({"card": one["id"], "last_four": one["last_four"]})
    offered = [Choice(card_title(one), "answer", {"card": one["id"]}) for one in (found or usable)]
    return Ask("card", response, without(details, "card"), offered)
