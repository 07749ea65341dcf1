"""Freezing, lost cards and fraud in conversation: done at once, once, and for oneself alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.bot import Bot, refused_by_api

FREEZE, UNFREEZE = "action_freeze_account", "action_unfreeze_account"
LOST, FRAUD, ANSWER = "action_report_lost_card", "action_report_fraud", "action_answer"
STANDING, SEARCH = "banking.account_standing", "banking.search_transactions"
CURRENT = {"id": f"acc_{'A' * 22}", "name": "Current account", "number": "•••• 4021"}
SAVINGS = {"id": f"acc_{'S' * 22}", "name": "Savings account", "number": "•••• 0007"}
DEBIT = {"id": f"crd_{'D' * 22}", "kind": "debit", "last_four": "4417", "state": "active"}
CREDIT = {"id": f"crd_{'C' * 22}", "kind": "credit", "last_four": "8203", "state": "active"}
OPEN = {"state": "open"}
FROZEN = {"state": "frozen", "because": "owner", "since": "2026-11-20"}
BY_BANK = {**FROZEN, "because": "bank"}
REPORTED = {"case": "NB-234567", "kind": "credit", "last_four": "8203", "opened_on": "2026-11-25"}
PAID = {
    "id": f"txn_{'T' * 22}",
    "account": CURRENT,
    "date": "2026-11-22",
    "text": "Hazel Street Hairdresser",
    "amount": "-42.00",
    "currency": "EUR",
}


def standing(*accounts: Any, cards: Any = ()) -> dict[str, Any]:
    return {"today": "2026-11-25", "accounts": list(accounts), "cards": list(cards)}


@pytest.fixture
def bank(bot: Bot) -> Bot:
    bot.api_says(STANDING, standing({**CURRENT, **OPEN}, cards=(DEBIT, CREDIT)))
    number = {"account_number": "•••• 4021", "since": "2026-11-25"}
    bot.api_says("banking.freeze_account", {**number, "state": "frozen"})
    bot.api_says("banking.unfreeze_account", {**number, "state": "open"})
    bot.api_says("banking.report_fraud", REPORTED)
    paid = {"asked": {}, "transactions": [PAID], "totals": []}
    bot.api_says(SEARCH, paid)
    return bot


async def test_the_one_account_is_frozen_at_once(bank: Bot) -> None:
    alice = await bank.signed_in("alice")
    said = await alice.runs(FREEZE, "freeze my account")
    asked = {"account": CURRENT["id"], "account_number": "•••• 4021"}
    assert bank.calls[-1] == ("banking.freeze_account", asked)
    assert "•••• 4021 is frozen" in said.texts[0]
    assert said.choices == ["Unfreeze it"]


async def test_several_accounts_are_asked_back(bank: Bot) -> None:
    both = standing({**CURRENT, **OPEN}, {**SAVINGS, **OPEN})
    bank.api_says(STANDING, both)
    alice = await bank.signed_in("alice")
    said = await alice.runs(FREEZE, "freeze my account")
    assert said.choices == ["Current account •••• 4021", "Savings account •••• 0007"]
    await alice.presses(said, "Current")
    assert bank.calls[-1][1]["account"] == CURRENT["id"]
    await alice.runs(FREEZE, "freeze my current account")
    assert bank.calls[-1][1]["account"] == CURRENT["id"]


async def test_a_card_is_no_account_and_is_asked_back(bank: Bot) -> None:
    alice = await bank.signed_in("alice")
    said = await alice.runs(FREEZE, "freeze my card")
    assert said.choices == ["My card is lost", "Report fraud", "Freeze my account"]
    assert [name for name, _ in bank.calls] == [STANDING]


async def test_what_is_frozen_is_said_to_be(bank: Bot) -> None:
    bank.api_says(STANDING, standing({**CURRENT, **FROZEN}))
    alice = await bank.signed_in("alice")
    said = await alice.runs(FREEZE, "freeze my account")
    assert "frozen already, since 20 November 2026" in said.texts[0]
    assert [name for name, _ in bank.calls] == [STANDING]


async def test_unfreezing_waits_for_a_code(bank: Bot) -> None:
    """Binding: taking protection away is approved, each time."""
    bank.api_says(STANDING, standing({**CURRENT, **FROZEN}))
    alice = await bank.signed_in("alice")
    said = await alice.runs(UNFREEZE, "unfreeze my account")
    assert said.refused == "confirmation_required"
    assert [name for name, _ in bank.calls] == [STANDING]
    said = await alice.confirms("alice")
    assert bank.calls[-1][0] == "banking.unfreeze_account"
    assert "open again" in said.texts[0]


@pytest.mark.parametrize(("state", "part"), [(OPEN, "nothing to undo"), (BY_BANK, "only the bank")])
async def test_what_is_not_theirs_to_undo_is_explained(
    bank: Bot, state: dict[str, str], part: str
) -> None:
    bank.api_says(STANDING, standing({**CURRENT, **state}))
    alice = await bank.signed_in("alice")
    assert part in (await alice.runs(UNFREEZE, "unfreeze my account")).texts[0]


async def test_a_named_card_is_blocked_without_a_question(bank: Bot) -> None:
    lost = {"kind": "credit", "last_four": "8203", "replacement": "1234"}
    bank.api_says("banking.report_lost_card", {**lost, "arrives_on": "2026-11-30"})
    alice = await bank.signed_in("alice")
    said = await alice.runs(LOST, "I lost my credit card")
    asked = {"card": CREDIT["id"], "last_four": "8203"}
    assert bank.calls[-1] == ("banking.report_lost_card", asked)
    assert "ending in 1234, comes by post until 30 November 2026" in said.texts[0]


async def test_a_card_that_is_not_named_is_asked_back(bank: Bot) -> None:
    alice = await bank.signed_in("alice")
    said = await alice.runs(LOST, "I lost my card")
    assert said.choices == ["Debit card •••• 4417", "Credit card •••• 8203"]
    lost = {"kind": "debit", "last_four": "4417", "replacement": "1234"}
    bank.api_says("banking.report_lost_card", {**lost, "arrives_on": "2026-11-30"})
    await alice.runs(ANSWER, "the one ending in 4417")
    assert bank.calls[-1][1]["last_four"] == "4417"


async def test_a_card_that_is_lost_already_is_not_blocked_twice(bank: Bot) -> None:
    gone = {**DEBIT, "state": "lost", "because": "owner", "since": "2026-11-20"}
    new = {**DEBIT, "id": f"crd_{'N' * 22}", "last_four": "1234", "state": "ordered",
           "because": "on_its_way", "since": "2026-11-20"}  # fmt: skip
    bank.api_says(STANDING, standing(cards=(gone, new)))
    alice = await bank.signed_in("alice")
    assert "already" in (await alice.runs(LOST, "card 4417 is lost")).texts[0]
    assert [name for name, _ in bank.calls] == [STANDING]


async def test_fraud_freezes_first_and_then_asks_which_payment(bank: Bot) -> None:
    alice = await bank.signed_in("alice")
    said = await alice.runs(FRAUD, "fraud on my credit card")
    assert [name for name, _ in bank.calls] == [STANDING, "banking.report_fraud", SEARCH]
    assert "Credit card •••• 8203 is frozen" in said.texts[0]
    assert said.choices == [
        "Hazel Street Hairdresser, 42.00 EUR, 22 November 2026",
        "None of these",
    ]
    shown = {"text": "Hazel Street Hairdresser", "amount": "-42.00", "currency": "EUR"}
    told = {"case": "NB-234567", **shown, "booked_on": "2026-11-22"}
    bank.api_says("banking.dispute_transaction", told)
    said = await alice.presses(said, "Hazel")
    asked = {"case": "NB-234567", "transaction": PAID["id"], **shown}
    assert bank.calls[-1] == ("banking.dispute_transaction", asked)
    assert "Hazel Street Hairdresser, 42.00 EUR" in said.texts[0]
    assert said.slots["open_request"] is None


async def test_none_of_these_leaves_the_case_open(bank: Bot) -> None:
    alice = await bank.signed_in("alice")
    said = await alice.runs(FRAUD, "fraud on my credit card")
    said = await alice.presses(said, "None of these")
    assert "NB-234567 stays open and the card stays frozen" in said.texts[0]
    assert "banking.dispute_transaction" not in [name for name, _ in bank.calls]


async def test_an_old_proof_is_enough_to_freeze_and_not_to_see_payments(bank: Bot) -> None:
    """Protective: nobody waits for a code while money leaves; what was paid is personal."""
    alice = await bank.signed_in("alice")
    for _ in range(4):
        bank.pass_time(minutes=4)
        await alice.runs("action_account_blocked", "still there?")
    said = await alice.runs(FRAUD, "fraud on my credit card")
    assert [name for name, _ in bank.calls][-1] == "banking.report_fraud"
    assert said.refused == "step_up_required"
    said = await alice.confirms("alice")
    assert said.choices[-1] == "None of these"


async def test_a_bank_that_is_down_says_so_and_nothing_is_done(bank: Bot) -> None:
    bank.api_says(STANDING, refused_by_api("api_unavailable"))
    alice = await bank.signed_in("alice")
    for action in (FREEZE, LOST, FRAUD, UNFREEZE):
        said = await alice.runs(action, "please")
        assert said.refused == "api_unavailable"
    assert {name for name, _ in bank.calls} == {STANDING}


STANDS = {
    "owner": ({**CURRENT, **FROZEN}, (), 'Say "unfreeze my account"'),
    "bank": ({**CURRENT, **BY_BANK}, (), "Please call the bank"),
}


@pytest.mark.parametrize("why", list(STANDS))
async def test_what_is_blocked_is_explained_with_what_to_do(bank: Bot, why: str) -> None:
    account, cards, part = STANDS[why]
    bank.api_says(STANDING, standing(account, cards=cards))
    alice = await bank.signed_in("alice")
    said = await alice.runs("action_account_blocked", "why is my account blocked")
    assert part in said.texts[0]
    assert said.cards[0]["kind"] == "facts"


@pytest.mark.parametrize(
    ("because", "part"), [("wrong_pin", "new PIN"), ("fraud", "looks into the fraud")]
)
async def test_a_blocked_card_is_explained(bank: Bot, because: str, part: str) -> None:
    card = {**DEBIT, "state": "frozen", "because": because, "since": "2026-11-20"}
    bank.api_says(STANDING, standing({**CURRENT, **OPEN}, cards=(card,)))
    alice = await bank.signed_in("alice")
    said = await alice.runs("action_account_blocked", "why is my account blocked")
    assert part in said.texts[0]


async def test_nothing_blocked_is_said_and_leads_on(bank: Bot) -> None:
    alice = await bank.signed_in("alice")
    said = await alice.runs("action_account_blocked", "is something blocked")
    assert "Nothing is blocked" in said.texts[0]
    assert said.choices == ["Why was my card declined?"]


@pytest.mark.parametrize(
    ("reason", "part"),
    [
        ("insufficient_funds", "not enough money"),
        ("limit_exceeded", "credit limit"),
        ("wrong_pin", "new PIN"),
        ("card_frozen", "why it is blocked"),
        ("card_lost", "your new card"),
        ("account_frozen", "unfreeze my account"),
        ("suspected_fraud", "report fraud here"),
    ],
)
async def test_each_reason_of_a_decline_says_what_to_do_next(
    bank: Bot, reason: str, part: str
) -> None:
    decline = {"kind": "credit", "last_four": "8203", "state": "active", "date": "2026-11-19",
               "merchant": "Skyline Airways", "amount": "412.00", "currency": "EUR"}  # fmt: skip
    bank.api_says("banking.list_declines", {"declines": [{**decline, "reason": reason}]})
    alice = await bank.signed_in("alice")
    said = await alice.runs("action_card_declined", "why was my card declined")
    assert part in said.texts[0]
    assert "Skyline Airways on 19 November 2026 (412.00 EUR)" in said.texts[0]


async def test_no_decline_and_no_limit_have_words_of_their_own(bank: Bot) -> None:
    bank.api_says("banking.list_declines", {"declines": []})
    bank.api_says("banking.credit_limits", {"cards": [], "overdrafts": []})
    alice = await bank.signed_in("alice")
    assert "None of your cards" in (await alice.runs("action_card_declined", "why")).texts[0]
    assert "no credit card" in (await alice.runs("action_credit_limit", "my limit")).texts[0]


async def test_the_limit_is_told_with_what_is_left(bank: Bot) -> None:
    card = {"last_four": "8203", "state": "active", "limit": "1500.00", "used": "1310.40",
            "left": "189.60", "currency": "EUR"}  # fmt: skip
    overdraft = {"name": "Current account", "number": "•••• 4021", "limit": "500.00",
                 "currency": "EUR"}  # fmt: skip
    bank.api_says("banking.credit_limits", {"cards": [card], "overdrafts": [overdraft]})
    alice = await bank.signed_in("alice")
    said = await alice.runs("action_credit_limit", "my limit")
    assert "1,500.00 EUR" in said.texts[0]
    assert "189.60 EUR" in said.texts[0]
    assert "500.00 EUR below zero" in said.texts[1]


ACTIONS = (
    *(FREEZE, UNFREEZE, LOST, FRAUD),
    *("action_account_blocked", "action_card_declined", "action_credit_limit"),
)


@pytest.mark.parametrize("username", ["tess", "aud", "carl", "erin", "pat"])
@pytest.mark.parametrize("action", ACTIONS)
async def test_nobody_else_may(bank: Bot, username: str, action: str) -> None:
    """ASVS 8.2.1: roles of the bank, and people of other tenants; it is on the trail."""
    talk = await bank.signed_in(username)
    said = await talk.runs(action, "please")
    assert (said.refused, bank.calls) == ("forbidden", [])
