"""Transactions in conversation: found, paged, added up, and never in the way of a payment."""

from __future__ import annotations

from typing import Any

import pytest

from actions.speech import Say
from tests.support.bot import Bot, refused_by_api

LIST, SPENT, ANSWER = "action_list_transactions", "action_spending_summary", "action_answer"
SEARCH, RECENT = "banking.search_transactions", "banking.list_recent_transactions"
STANDING, SPENDING = "banking.account_standing", "banking.spending_summary"
ACCOUNT = {"id": f"acc_{'A' * 22}", "name": "Current account", "number": "•••• 4021"}
TODAY = {"today": "2026-11-25", "accounts": [], "cards": []}


def row(letter: str, text: str = "Spotify Premium") -> dict[str, Any]:
    shown = {"date": "2026-11-11", "text": text, "amount": "-10.99", "currency": "EUR"}
    return {"id": f"txn_{letter * 22}", "account": ACCOUNT, **shown}


def found(*rows: Any, asked: Any = None, **more: Any) -> dict[str, Any]:
    total = {"currency": "EUR", "count": len(rows), "spent": "10.99", "received": "0.00"}
    totals = [total] if rows else []
    return {"asked": asked or {}, "transactions": list(rows), "totals": totals, **more}


@pytest.fixture
def bank(bot: Bot) -> Bot:
    bot.api_says(STANDING, TODAY)
    bot.api_says(SEARCH, found(row("A"), asked={"text": "spotify"}))
    bot.api_says(RECENT, {"transactions": [row(letter) for letter in "ABCDEFGHIJ"]})
    return bot


async def test_days_amounts_and_words_are_looked_for_together(bank: Bot) -> None:
    alice = await bank.signed_in("alice")
    said = await alice.runs(LIST, "what did I pay Spotify in March, over 5 euros")
    assert bank.calls[-1] == (
        SEARCH,
        {
            "first_day": "2026-03-01",
            "last_day": "2026-03-31",
            "least": "5.00",
            "text": "spotify",
            "direction": "out",
            "limit": 10,
        },
    )
    assert said.texts == [
        "I found 1 transaction with “spotify”: 10.99 EUR went out. "
        "The latest was on 11 November 2026."
    ]
    assert said.cards[0]["rows"] == [
        {"date": "2026-11-11", "text": "Spotify Premium", "amount": "-10.99", "currency": "EUR"}
    ]
    assert said.slots.get("open_request") is None


async def test_without_words_of_days_the_bank_is_asked_once(bank: Bot) -> None:
    alice = await bank.signed_in("alice")
    await alice.runs(LIST, "payments to Spotify")
    assert [name for name, _ in bank.calls] == [SEARCH]


async def test_a_page_goes_on_where_the_one_before_ended(bank: Bot) -> None:
    alice = await bank.signed_in("alice")
    first = await alice.runs(LIST, "my latest transactions")
    assert first.choices == ["Show more"]
    bank.api_says(SEARCH, {"asked": {}, "transactions": [row("K", "Rent")]})
    last = await alice.runs(ANSWER, "show more")
    assert bank.calls[-1] == (SEARCH, {"after": f"txn_{'J' * 22}", "limit": 10})
    assert [one["text"] for one in last.cards[0]["rows"]] == ["Rent"]
    assert (last.choices, last.slots["open_request"]) == ([], None)


async def test_the_next_page_of_a_search_is_of_the_same_search(bank: Bot) -> None:
    after = f"txn_{'A' * 22}"
    bank.api_says(
        SEARCH, found(row("A"), asked={"text": "spotify", "direction": "out"}, next=after)
    )
    alice = await bank.signed_in("alice")
    said = await alice.runs(LIST, "payments to spotify")
    await alice.presses(said, "Show more")
    query = {"text": "spotify", "direction": "out"}
    assert bank.calls[-1] == (SEARCH, {**query, "after": after, "limit": 10})


async def test_a_list_that_goes_on_puts_no_payment_aside_and_is_none_itself(bank: Bot) -> None:
    options = {"accounts": [], "payees": [], "bills": []}
    bank.api_says("banking.payment_options", options)
    alice = await bank.signed_in("alice")
    await alice.runs(LIST, "my latest transactions")
    said = await alice.runs("action_transfer_money", "send money")
    assert not any("put aside" in text for text in said.texts)


async def test_looking_leaves_an_open_payment_open(bank: Bot) -> None:
    payee = {"id": f"pay_{'P' * 22}", "name": "Anna Berg", "number": "•••• 1234"}
    account = {**ACCOUNT, "currency": "EUR", "available": "10.00", "state": "open"}
    options = {"accounts": [account], "payees": [payee], "bills": []}
    bank.api_says("banking.payment_options", options)
    alice = await bank.signed_in("alice")
    asked = (await alice.runs("action_transfer_money", "send money to Anna")).slots
    for words in ("my latest transactions", "what did I pay on 31 february", "payments to spotify"):
        said = await alice.runs(LIST, words)
        assert said.slots["open_request"] == asked["open_request"]
        assert said.texts


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("transactions on 31 february", "no such day"),
        ("transactions of next week", "still to come"),
        ("transactions from 5 march to 1 march", "before the first one"),
        ("transactions over 100 and under 50", "No amount is both"),
        ("transactions over 0", "not sure about the amount"),
        ("transactions over 1e12", "not sure about the amount"),
        ("transactions of 10.12345 euros", "not sure about the amount"),
    ],
)
async def test_what_cannot_be_is_asked_back_and_can_be_mended(
    bank: Bot, words: str, part: str
) -> None:
    alice = await bank.signed_in("alice")
    said = await alice.runs(LIST, words)
    assert part in said.texts[0]
    assert SEARCH not in [name for name, _ in bank.calls]
    mended = "in march" if "day" in said.texts[0] or "come" in part else "over 20"
    await alice.runs(ANSWER, mended)
    assert bank.calls[-1][0] == SEARCH


async def test_a_day_with_two_readings_is_a_choice(bank: Bot) -> None:
    alice = await bank.signed_in("alice")
    said = await alice.runs(LIST, "payments since 3/4")
    assert said.choices == ["4 March 2026", "3 April 2026"]
    await alice.presses(said, "3 April")
    assert bank.calls[-1][1] == {"first_day": "2026-04-03", "limit": 10}


async def test_nothing_found_says_what_to_change(bank: Bot) -> None:
    bank.api_says(SEARCH, found(asked={"text": "nobody"}))
    alice = await bank.signed_in("alice")
    said = await alice.runs(LIST, "payments to nobody")
    assert "other days" in (await alice.runs(LIST, "payments to Nobodyco")).texts[0]
    assert said.refused is None


async def test_a_bank_that_is_down_keeps_what_was_asked(bank: Bot) -> None:
    bank.api_says(SEARCH, refused_by_api("api_unavailable"))
    alice = await bank.signed_in("alice")
    said = await alice.runs(LIST, "payments to spotify")
    assert said.refused == "api_unavailable"
    assert said.slots["open_request"]["details"]["text"] == "spotify"


async def test_an_old_proof_is_renewed_and_the_search_goes_on(bank: Bot) -> None:
    alice = await bank.signed_in("alice")
    bank.pass_time(minutes=4)
    await alice.runs(LIST, "my latest transactions")
    for _ in range(4):
        bank.pass_time(minutes=4)
        await alice.runs("action_account_blocked", "still there?")
    said = await alice.runs(LIST, "payments to spotify in march")
    assert said.refused == "step_up_required"
    said = await alice.confirms("alice")
    assert "with “spotify”" in said.texts[0]
    assert bank.calls[-1][1]["first_day"] == "2026-03-01"


SUMS = {
    "asked": {"first_day": "2026-09-01"},
    "spending": [
        {
            "currency": "EUR",
            "spent": "1100.00",
            "months": [
                {"month": "2026-10", "spent": "100.00"},
                {"month": "2026-11", "spent": "1000.00"},
            ],
            "categories": [
                {"category": "housing", "spent": "1045.00"},
                {"category": "eating_out", "spent": "55.00"},
            ],
        }
    ],
}


async def test_spending_is_a_sentence_and_a_chart(bank: Bot) -> None:
    bank.api_says(SPENDING, SUMS)
    alice = await bank.signed_in("alice")
    said = await alice.runs(SPENT, "where does my money go")
    assert bank.calls[-1] == (SPENDING, {})
    assert said.texts == [
        "You spent 1,100.00 EUR since 1 September 2026. "
        "Most of it went on this: Housing, 1,045.00 EUR."
    ]
    [card] = said.cards
    assert card["kind"] == "spending"
    assert card["categories"][1] == {"label": "Eating out", "amount": "55.00", "share": 5}
    assert card["months"][0] == {"label": "October 2026", "amount": "100.00", "share": 10}


async def test_a_category_is_named_in_ones_own_words(bank: Bot) -> None:
    bank.api_says(SPENDING, {**SUMS, "asked": {"category": "eating_out"}})
    alice = await bank.signed_in("alice")
    said = await alice.runs(SPENT, "how much went on restaurants last month")
    query = {"first_day": "2026-10-01", "last_day": "2026-10-31", "category": "eating_out"}
    assert bank.calls[-1] == (SPENDING, query)
    assert said.texts == ["You spent 1,100.00 EUR on eating out."]
    assert said.cards[0]["categories"] == []


async def test_what_was_spent_at_a_shop_is_a_search(bank: Bot) -> None:
    alice = await bank.signed_in("alice")
    await alice.runs(SPENT, "how much have I spent at Greenleaf")
    assert bank.calls[-1] == (SEARCH, {"text": "greenleaf", "direction": "out", "limit": 10})


async def test_nothing_spent_is_said(bank: Bot) -> None:
    bank.api_says(SPENDING, {"asked": {"category": "health"}, "spending": []})
    alice = await bank.signed_in("alice")
    said = await alice.runs(SPENT, "how much on the dentist")
    assert said.texts == ["You spent nothing on health. You can name other days or something else."]


@pytest.mark.parametrize("username", ["tess", "aud", "carl", "erin", "pat"])
@pytest.mark.parametrize("action", [LIST, SPENT])
async def test_nobody_else_looks(bank: Bot, username: str, action: str) -> None:
    """ASVS 8.2.1: roles of the bank, and people of other tenants."""
    talk = await bank.signed_in(username)
    said = await talk.runs(action, "what did I pay Spotify in march")
    assert (said.refused, bank.calls) == ("forbidden", [])


def test_no_value_of_a_response_may_stand_in_the_place_of_its_sentence() -> None:
    """The dialogue lays an action's own fields over the response: `text` would replace it."""
    with pytest.raises(ValueError, match="text"):
        Say()("utter_disputed", text="Blue Door Bistro")
