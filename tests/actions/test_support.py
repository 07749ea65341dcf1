"""The account, consent, and support that acts for a customer; and everybody who may not."""

from __future__ import annotations

import pytest

from security.errors import Refused
from tests.security.decisions import claims_of
from tests.support.bot import Bot, Talk

from .shop import (
    ADDRESS,
    ANSWER,
    CANCEL,
    HELP,
    ORDERS,
    PERSONAS,
    RETURN,
    SHOPPERS,
    SHOWN,
    STAFF,
    STATUS,
    done,
    listed,
)


async def test_the_account_says_what_is_open_and_who_may_act(bot: Bot, carl: Talk) -> None:
    status = {"name": "Carl Jensen", "since": "2023-10-24", "state": "active", "open_orders": 3}
    bot.api_says("orders.account_status", {**status, "support_until": "2026-11-23T13:00:00Z"})
    said = await carl.runs("action_account_status")
    assert said.texts[0] == "Your account is active, since 2023. Open orders: 3."
    assert "until 13:00 UTC on Monday 23 November" in said.texts[1]


async def test_consent_is_approved_for_so_many_minutes_and_withdrawn_by_a_word(
    bot: Bot, carl: Talk
) -> None:
    bot.api_says("orders.allow_support", {"until": "2026-11-23T12:30:00Z"})
    bot.api_says("orders.withdraw_support", {})
    said = await carl.runs("action_allow_support", "let support help me for 30 minutes")
    assert said.refused == "confirmation_required"
    assert "until 12:30 UTC" in (await carl.confirms("carl")).texts[0]
    assert bot.calls[-1] == ("orders.allow_support", {"minutes": 30})
    said = await carl.runs("action_withdraw_support", "stop support")
    assert said.texts == ["Support can no longer act for you."]


async def test_nobody_is_allowed_in_for_ever(bot: Bot, carl: Talk) -> None:
    said = await carl.runs("action_allow_support", "let support help me forever")
    assert "5 to 120 minutes" in said.texts[0]
    assert said.choices[0] == "15 minutes"
    said = await carl.runs(ANSWER, "15 minutes", minutes="15")
    assert said.refused == "confirmation_required"


async def test_support_asks_for_whom_and_sees_their_orders(bot: Bot, sue: Talk) -> None:
    said = await sue.runs(HELP, "help a customer")
    assert said.texts[0].startswith("Which customer do you want to help?")
    said = await sue.runs(ANSWER, "Carl Jensen")
    assert said.cards[0]["kind"] == "orders"
    assert said.choices[1] == "AC-10497: Desk lamp"
    assert bot.calls == [("orders.assist_list_orders", {"limit": 10})]


async def test_the_orders_of_a_customer_go_on_page_by_page(bot: Bot, sue: Talk) -> None:
    first = {**listed(*ORDERS[:3], more=True), "next": ORDERS[2]["number"]}
    bot.api_says("orders.assist_list_orders", first)
    said = await sue.runs(HELP, "help Carl Jensen")
    assert said.choices[-1] == "Show more"
    bot.api_says("orders.assist_list_orders", listed(*ORDERS[3:]))
    said = await sue.runs(ANSWER, "show more")
    assert bot.calls[-1] == (
        "orders.assist_list_orders",
        {"limit": 10, "after": ORDERS[2]["number"]},
    )
    assert "customer" not in bot.calls[-1][1]  # Whose they are stands in the token.
    assert said.choices[0].startswith(ORDERS[3]["number"])
    assert "Show more" not in said.choices
    assert sue.slots["open_request"] is None
    said = await sue.runs(ANSWER, "show more")
    assert len(bot.calls) == 2


async def test_consent_that_is_withdrawn_ends_the_list(bot: Bot, sue: Talk) -> None:
    """ASVS 8.3.3: each page is asked for anew."""
    first = {**listed(*ORDERS[:3], more=True), "next": ORDERS[2]["number"]}
    bot.api_says("orders.assist_list_orders", first)
    await sue.runs(HELP, "help Carl Jensen")
    bot.api_says("orders.assist_list_orders", Refused("consent_required"))
    assert (await sue.runs(ANSWER, "show more")).refused == "consent_required"
    assert sue.slots["open_request"] is None


async def test_support_cancels_for_a_customer_who_is_named(bot: Bot, sue: Talk) -> None:
    said = await sue.runs(CANCEL, "cancel order AC-10497 for Carl Jensen")
    assert "Shall I cancel it?" in said.texts[0]
    await sue.runs(ANSWER, "yes")
    assert bot.calls[-1] == ("orders.assist_cancel_order", {"number": "AC-10497"})
    act = claims_of(bot.world.api.calls[-1].token)["act"]
    assert set(act) == {"sub", "act"}


async def test_choices_of_a_customers_orders_stay_with_the_customer(bot: Bot, sue: Talk) -> None:
    said = await sue.runs(
        STATUS, "AC-10482: Wireless headphones", order="AC-10482", customer="carl"
    )
    assert said.cards[0]["title"] == "Order AC-10482"
    assert bot.calls[-1] == ("orders.assist_show_order", {"number": "AC-10482"})


@pytest.mark.parametrize("action", [HELP, STATUS, CANCEL, RETURN])
async def test_without_consent_support_hears_what_to_ask_for(
    bot: Bot, sue: Talk, action: str
) -> None:
    bot.api_says("orders.assist_list_orders", Refused("consent_required"))
    said = await sue.runs(action, "order AC-10497 for carl")
    assert said.refused == "consent_required"
    assert 'tell me "let support help me"' in said.texts[0]


async def test_a_parcel_for_somebody_is_not_an_order_of_theirs(bot: Bot, carl: Talk) -> None:
    """Who may not act for others is answered about their own, whatever names they say."""
    await carl.runs(STATUS, "where is order AC-10482 for Anna")
    assert done(bot) == [("orders.show_order", {"number": "AC-10482"})]


ACTIONS = [
    STATUS,
    CANCEL,
    RETURN,
    ADDRESS,
    "action_account_status",
    "action_allow_support",
    "action_withdraw_support",
]


@pytest.mark.parametrize("action", ACTIONS)
async def test_everybody_else_is_refused_politely_and_on_record(bot: Bot, action: str) -> None:
    """ASVS 8.2.2, 16.3.2: nothing is called, and the trail says why."""
    for username in (*PERSONAS, *STAFF, "sue"):
        somebody = await bot.signed_in(username)
        said = await somebody.runs(action, "it is about order AC-10497")
        assert said.refused == "forbidden", username
        record = bot.world.trail("operation:guard:deny")[-1]
        assert (record["decision"], record["operation"].partition(".")[0]) == ("deny", "orders")
    assert bot.calls == []


async def test_nobody_but_support_helps_a_customer(bot: Bot) -> None:
    for username in (*PERSONAS, *STAFF, *SHOPPERS):
        somebody = await bot.signed_in(username)
        said = await somebody.runs(HELP, "show me the orders of carl")
        assert said.refused == "forbidden", username
    assert bot.calls == []


async def test_who_has_not_signed_in_is_asked_to_and_then_answered(bot: Bot) -> None:
    bot.api_says("orders.list_orders", listed(ORDERS[2]))
    bot.api_says("orders.show_order", SHOWN)
    talk = await bot.visitor("acme-shop")
    assert (await talk.runs(STATUS, "where are my headphones")).refused == "authentication_required"
    await talk.visitor.give_password("carl")
    assert (await talk.confirms("carl")).cards[0]["title"] == "Order AC-10482"
