"""What a payment still needs, from what is known and what the bank has: pure rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from actions.flow import Ask, Do, Step, Stop
from actions.names import kin, matches
from actions.receipts import bill_key
from actions.requests import Details, without
from actions.speech import Choice, grouped, picked

Item = Mapping[str, Any]
_MOST = 15
"""How many choices are offered at once."""
UNFREEZE = Choice("Unfreeze my account", "unfreeze_account")
ADD_PAYEE = Choice("Add a new payee", "add_payee")


def plan_transfer(details: Details, options: Any) -> Step:
    """Ask whom, how much and from where, in this order; then send exactly that."""
    payees = options["payees"]
    found = _meant(details, "payee", payees, _by_name)
    if len(found) != 1:
        return _ask_payee(details, payees, found)
    payee = found[0]
    if "amount" not in details:
        return _ask_amount(details, payee)
    account = _account(details, options["accounts"], details.get("currency"))
    if isinstance(account, Ask | Stop):
        return account
    return Do(
        {
            "account": account["id"],
            "account_number": account["number"],
            "payee": payee["id"],
            "payee_name": payee["name"],
            "payee_number": payee["number"],
            "amount": details["amount"],
            "currency": account["currency"],
        }
    )


def plan_bill(details: Details, options: Any) -> Step:
    """Ask which bill and from where; a bill is paid as a whole."""
    bills = options["bills"]
    if not bills:
        return Stop("utter_no_bills")
    named = _named(details, "bill")
    found = _meant(details, "bill", bills, _by_biller, bill_key) if named else bills
    if len(found) != 1:
        response = "utter_ask_bill" if found else "utter_ask_bill_unknown"
        offered = [_bill_choice(bill) for bill in (found or bills)[:_MOST]]
        return Ask("bill", response, without(details, "bill"), offered)
    bill = found[0]
    if _differs(details, bill):
        whole = [_bill_choice(bill)]
        return Ask(
            "bill", "utter_bill_whole", without(details, "amount", "bill"), whole, bill_words(bill)
        )
    account = _account(details, options["accounts"], bill["currency"])
    if isinstance(account, Ask | Stop):
        return account
    shown = picked(bill, "biller", "reference", "amount", "currency")
    return Do(
        {"account": account["id"], "account_number": account["number"], "bill": bill["id"], **shown}
    )


def plan_payee(details: Details, options: Any) -> Step:
    """Ask for the name and the number of a new payee."""
    match details.get("name"), details.get("number"):
        case None, None:
            return Ask("name", "utter_ask_new_payee", details)
        case None, _:
            return Ask("name", "utter_ask_new_payee_name", details)
        case name, None:
            return Ask("number", "utter_ask_new_payee_number", details, (), {"payee": str(name)})
        case name, number:
            return Do({"name": str(name), "number": str(number)})


def bill_words(bill: Item) -> dict[str, str]:
    """Return the values of a sentence about `bill`."""
    words = {name: str(bill[name]) for name in ("biller", "currency", "due_on")}
    return {**words, "amount": grouped(bill["amount"])}


def _ask_payee(details: Details, payees: Sequence[Item], found: Sequence[Item]) -> Step:
    if not payees:
        return Stop("utter_no_payees", [ADD_PAYEE])
    offered = [
        Choice(f"{payee['name']}, {payee['number']}", "answer", {"payee": payee["id"]})
        for payee in (found or payees)[:_MOST]
    ]
    left, words = without(details, "payee"), {"payee": details.get("payee", "")}
    if found:
        return Ask("payee", "utter_ask_payee_which", left, offered, words)
    response = "utter_ask_payee_unknown" if words["payee"] else "utter_ask_payee"
    return Ask("payee", response, left, [*offered, ADD_PAYEE], words)


def _ask_amount(details: Details, payee: Item) -> Ask:
    why, *readings = details.get("doubt", "missing").split()
    currency = details.get("currency")
    meant = {"currency": currency} if currency else {}
    offered = [
        Choice(
            " ".join([grouped(reading), *meant.values()]), "answer", {"amount": reading, **meant}
        )
        for reading in readings
    ]
    left = without(details, "amount")
    return Ask("amount", f"utter_ask_amount_{why}", left, offered, {"payee": payee["name"]})


def _account(details: Details, accounts: Sequence[Item], currency: str | None) -> Item | Ask | Stop:
    """Return the account to pay from, or what has to be asked first."""
    if not accounts:
        return Stop("utter_no_accounts")
    fitting = [one for one in accounts if currency in {None, one["currency"]}]
    if not fitting:
        kept_in = " or ".join(sorted({one["currency"] for one in accounts}))
        left = without(details, "amount")
        return Ask("amount", "utter_ask_amount_currency", left, (), {"currency": kept_in})
    named = _named(details, "account")
    found = _meant(details, "account", fitting, _by_account) if named else fitting
    # A frozen one pays nothing: it is chosen by itself only where there is no other.
    found = [one for one in found if one.get("state") != "frozen"] or found
    if len(found) == 1:
        frozen = found[0].get("state") == "frozen"
        return Stop("utter_refused_account_frozen", [UNFREEZE]) if frozen else found[0]
    response = "utter_ask_account" if found else "utter_ask_account_unknown"
    offered = [_account_choice(one) for one in (found or fitting)[:_MOST]]
    return Ask("account", response, without(details, "account"), offered)


def _named(details: Details, name: str) -> bool:
    return name in details or f"{name}_id" in details


def _meant(
    details: Details,
    name: str,
    items: Sequence[Item],
    way: Callable[[str, Sequence[Item]], list[int]],
    key: Callable[[Item], str] = itemgetter("id"),
) -> list[Item]:
    """Return the items that were chosen, or that the words mean; none where nothing was said."""
    chosen = details.get(f"{name}_id")
    if chosen is not None:
        return [item for item in items if key(item) == chosen]
    return [items[at] for at in way(details.get(name, ""), items)]


def _by_name(words: str, items: Sequence[Item]) -> list[int]:
    return matches(words, [item["name"] for item in items])


def _by_biller(words: str, items: Sequence[Item]) -> list[int]:
    return kin(words, [f"{item['biller']} {item['reference']}" for item in items])


def _by_account(words: str, items: Sequence[Item]) -> list[int]:
    return kin(words, [f"{item['name']} {item['number']}" for item in items])


def _differs(details: Details, bill: Item) -> bool:
    amount, currency = details.get("amount"), details.get("currency")
    return "doubt" in details or (
        amount is not None
        and (amount != bill["amount"] or currency not in {None, bill["currency"]})
    )


def _bill_choice(bill: Item) -> Choice:
    words = bill_words(bill)
    title = "{biller}, {amount} {currency}, due {due_on}".format(**words)
    return Choice(title, "answer", {"bill": bill_key(bill)})


def _account_choice(account: Item) -> Choice:
    title = "{name} {number}, {available} {currency}".format(
        **{**account, "available": grouped(account["available"])}
    )
    return Choice(title, "answer", {"account": account["id"]})
