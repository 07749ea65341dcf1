"""Orders in conversation: the real guard, manifests and policies, and a shop that says what it is
told to."""

from __future__ import annotations

import pytest

from security.errors import Refused
from tests.support.bot import Bot, Talk

from .shop import (
    ADDRESS,
    ANSWER,
    BOOTS,
    CANCEL,
    NO,
    ORDERS,
    RETURN,
    SOCKS,
    STATUS,
    done,
    listed,
    to_cancel,
)


async def test_a_named_order_is_shown_with_its_way(bot: Bot, carl: Talk) -> None:
    said = await carl.runs(STATUS, "where is AC-10482?")
    begins = "Order AC-10482 (Wireless headphones) is on its way. It should arrive on Thursday 26"
    assert said.texts[0].startswith(begins)
    [card] = said.cards
    assert (card["kind"], card["title"], card["state"]) == (
        "timeline",
        "Order AC-10482",
        "On its way",
    )
    assert [(step["label"], step["state"]) for step in card["steps"]] == [
        ("Ordered", "done"),
        ("On its way", "now"),
        ("Expected delivery", "ahead"),
    ]
    assert done(bot) == [("orders.show_order", {"number": "AC-10482"})]


@pytest.mark.parametrize("words", ["my headphones", "order 10482", "the one ending in 482"])
async def test_an_order_is_found_by_what_is_in_it_and_by_any_part_of_its_number(
    bot: Bot, carl: Talk, words: str
) -> None:
    await carl.runs(STATUS, f"where is {words}")
    assert done(bot) == [("orders.show_order", {"number": "AC-10482"})]


async def test_of_several_open_orders_one_is_asked_for(bot: Bot, carl: Talk) -> None:
    said = await carl.runs(STATUS, "where is my order")
    assert said.texts == ["You have several orders on their way. Which one do you mean?"]
    assert said.choices == [
        "AC-10499: Bicycle pump",
        "AC-10497: Desk lamp",
        "AC-10482: Wireless headphones",
        "Other orders",
    ]
    await carl.runs(ANSWER, "the headphones one")
    assert done(bot) == [("orders.show_order", {"number": "AC-10482"})]


async def test_the_only_open_order_needs_no_question(bot: Bot, carl: Talk) -> None:
    bot.api_says("orders.list_orders", listed(*ORDERS[2:]))
    await carl.runs(STATUS, "where is my parcel")
    assert done(bot) == [("orders.show_order", {"number": "AC-10482"})]


@pytest.mark.parametrize("words", ["order AC-20001", "order 99999", "order 123456789"])
async def test_a_number_that_is_not_ones_own_reads_like_one_that_does_not_exist(
    bot: Bot, carl: Talk, words: str
) -> None:
    """ASVS 8.2.2: nothing tells whether somebody else has it."""
    said = await carl.runs(STATUS, f"where is {words}")
    assert said.texts[0].startswith("I find no order ")
    assert said.choices[0] == "AC-10499: Bicycle pump"
    assert done(bot) == []


async def test_an_order_that_is_too_old_for_the_list_is_asked_for_by_its_number(
    bot: Bot, carl: Talk
) -> None:
    bot.api_says("orders.list_orders", listed(more=True))
    bot.api_says("orders.show_order", Refused("not_found"))
    said = await carl.runs(STATUS, "where is order 10001")
    assert done(bot) == [("orders.show_order", {"number": "AC-10001"})]
    assert said.refused == "not_found"


async def test_those_that_were_not_shown_can_be_looked_through(bot: Bot, carl: Talk) -> None:
    """Whoever asks sees the open ones first, then all of them, page by page."""
    old = {**ORDERS[-1], "number": "AC-10001"}
    said = await carl.runs(STATUS, "where is my order")
    bot.api_says("orders.list_orders", {**listed(more=True), "next": "AC-10377"})
    said = await carl.presses(said, "Other orders")
    assert len(said.choices) == len(ORDERS) + 1
    bot.api_says("orders.list_orders", {"orders": [old], "more": False})
    said = await carl.runs(ANSWER, "show me older ones")
    assert bot.calls[-1] == ("orders.list_orders", {"after": "AC-10377"})
    assert [choice.partition(":")[0] for choice in said.choices] == ["AC-10001"]
    await carl.presses(said, said.choices[0])
    assert bot.calls[-2] == ("orders.list_orders", {"after": "AC-10377"})
    assert done(bot) == [("orders.show_order", {"number": "AC-10001"})]


async def test_a_page_of_orders_ends_at_what_was_offered(bot: Bot, carl: Talk) -> None:
    """Eight are offered at once: the ninth comes first on the next page."""
    nine = [{**ORDERS[0], "number": f"AC-2000{at}"} for at in range(9, 0, -1)]
    bot.api_says("orders.list_orders", {"orders": nine, "more": False})
    said = await carl.runs(STATUS, "show all my orders")
    assert len(said.choices) == 9
    bot.api_says("orders.list_orders", {"orders": nine[8:], "more": False})
    said = await carl.presses(said, "Other orders")
    assert bot.calls[-1] == ("orders.list_orders", {"after": "AC-20002"})
    assert len(said.choices) == 1
    bot.api_says("orders.list_orders", {"orders": [], "more": False})
    assert (await carl.runs(STATUS, "show older ones")).texts == ["Those were all the orders."]


async def test_nothing_is_cancelled_before_a_yes_to_exactly_that(bot: Bot, carl: Talk) -> None:
    said = await carl.runs(CANCEL, "cancel order AC-10497")
    assert "Shall I cancel it?" in said.texts[0]
    assert said.choices == ["Yes, please", "No, leave it"]
    assert done(bot) == []
    said = await carl.runs(ANSWER, "yes, cancel it")
    assert said.texts[0].startswith("Done: order AC-10497 is cancelled. The 10.00 EUR go back")
    assert done(bot) == [("orders.cancel_order", {"number": "AC-10497"})]
    assert said.slots["open_request"] is None


async def test_a_no_cancels_nothing(bot: Bot, carl: Talk) -> None:
    await carl.runs(CANCEL, "cancel the desk lamp")
    said = await carl.runs(NO, "no")
    assert "Nothing has been changed" in said.texts[0]
    assert done(bot) == []
    assert (await carl.runs(ANSWER, "yes")).texts[0].startswith("I am not waiting")


async def test_a_yes_is_for_the_order_that_was_offered_last(bot: Bot, carl: Talk) -> None:
    """A yes never reaches another order than the one in the question."""
    await carl.runs(CANCEL, "cancel order AC-10497")
    said = await carl.runs(ANSWER, "no, I mean AC-10499")
    assert "AC-10499" in said.texts[0]
    assert done(bot) == []
    said = await carl.runs(ANSWER, "Yes, please", sure="AC-10497")
    assert "AC-10499" in said.texts[0], "an old choice says yes to the old question"
    assert done(bot) == []
    bot.api_says("orders.cancel_order", to_cancel("AC-10499"))
    await carl.runs(ANSWER, "yes")
    assert done(bot) == [("orders.cancel_order", {"number": "AC-10499"})]


async def test_what_can_be_cancelled_is_offered(bot: Bot, carl: Talk) -> None:
    said = await carl.runs(CANCEL, "cancel my order")
    assert said.choices == ["AC-10499: Bicycle pump", "AC-10497: Desk lamp"]
    said = await carl.runs(ANSWER, "the lamp")
    assert "AC-10497" in said.texts[0]
    await carl.runs(ANSWER, "yes")
    assert done(bot) == [("orders.cancel_order", {"number": "AC-10497"})]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("AC-10482", "has left our warehouse, so it can no longer be cancelled"),
        ("AC-10431", "You can send things back until Monday 14 December"),
        ("AC-10402", "was cancelled before, so there is nothing left to do"),
    ],
)
async def test_what_has_left_is_not_cancelled_and_it_is_said_what_to_do(
    bot: Bot, carl: Talk, number: str, words: str
) -> None:
    said = await carl.runs(CANCEL, f"cancel {number}")
    assert words in said.texts[0]
    assert done(bot) == []


@pytest.mark.parametrize("code", ["too_late", "details_changed", "in_doubt", "api_unavailable"])
async def test_what_the_shop_refuses_at_last_is_said(bot: Bot, carl: Talk, code: str) -> None:
    """It was shipped between the question and the yes."""
    bot.api_says("orders.cancel_order", Refused(code))
    await carl.runs(CANCEL, "cancel order AC-10497")
    said = await carl.runs(ANSWER, "yes")
    # Whether a write that got no answer was done is asked of the shop before anything is said.
    assert said.refused == ("in_doubt" if code == "api_unavailable" else code)
    assert said.slots["open_request"] is None


async def test_a_thing_goes_back_after_a_yes(bot: Bot, carl: Talk) -> None:
    bot.api_says(
        "orders.return_item",
        {"number": "AC-10431", "item_name": "Hiking boots", "refund": "10.00", "currency": "EUR",
         "label": "RL-00000001", "post_until": "2026-12-07"},
    )  # fmt: skip
    said = await carl.runs(RETURN, "I want to return the boots, they don't fit")
    assert "Hiking boots of order AC-10431, 10.00 EUR" in said.texts[0]
    assert done(bot) == []
    said = await carl.runs(ANSWER, "Yes, please", sure=BOOTS["id"])
    assert "by Monday 7 December, with the label RL-00000001" in said.texts[0]
    asked = {"number": "AC-10431", "item": BOOTS["id"], "item_name": "Hiking boots"}
    assert done(bot) == [("orders.return_item", asked)]


async def test_of_several_things_one_is_chosen(bot: Bot, carl: Talk) -> None:
    said = await carl.runs(RETURN, "I want to return something")
    assert said.choices == ["Hiking boots (AC-10431)", "Wool socks (AC-10431)"]
    said = await carl.runs(ANSWER, "Wool socks (AC-10431)", item=SOCKS["id"])
    assert said.texts[0].startswith("Wool socks of order AC-10431")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("return the coffee grinder", "so it is too late now"),
        ("return order AC-10277", "so it is too late now"),
        ("return the headphones", "has not arrived yet"),
        ("return AC-10402", "was cancelled before"),
        ("return order AC-99999", "I find no order 99999"),
        ("return the piano", "I find nothing like piano"),
    ],
)
async def test_what_cannot_go_back_is_told_with_what_to_do(
    bot: Bot, carl: Talk, words: str, answer: str
) -> None:
    assert answer in (await carl.runs(RETURN, words)).texts[0]
    assert done(bot) == []


HOME = {"street": "14 Lindenhof Row", "postcode": "20459", "city": "Hafenstadt", "country": "DE"}
NEW = {"street": "Elm Street 5", "postcode": "10115", "city": "Elmtown", "country": "DE"}


async def test_an_address_is_asked_for_until_it_is_complete(bot: Bot, carl: Talk) -> None:
    bot.api_says("orders.delivery_address", HOME)
    bot.api_says("orders.change_address", {**NEW, "orders_redirected": 1})
    said = await carl.runs(ADDRESS, "I want to change my address")
    assert "14 Lindenhof Row, 20459 Hafenstadt" in said.texts[0]
    said = await carl.runs(ANSWER, "Elm Street 5")
    assert said.texts == ["I still need the postcode and the town. Please type it, or say cancel."]
    said = await carl.runs(ANSWER, "10115 Elmtown")
    assert said.refused == "confirmation_required"
    said = await carl.confirms("carl")
    assert "Elm Street 5, 10115 Elmtown, Germany from now on; so do 1" in said.texts[0]
    assert bot.calls[-1] == ("orders.change_address", NEW)


async def test_a_postcode_that_does_not_fit_asks_for_the_country(bot: Bot, carl: Talk) -> None:
    bot.api_says("orders.delivery_address", HOME)
    said = await carl.runs(ADDRESS, "change my address to Elm Street 5, 1010 Elmtown")
    assert said.choices == ["Austria", "Belgium", "Switzerland"]
    said = await carl.runs(ANSWER, "Austria", country="AT")
    assert said.refused == "confirmation_required"


async def test_an_address_goes_without_what_cannot_be_seen(bot: Bot) -> None:
    """Hostile input: it is left out of what is approved, and the form goes on."""
    now = {"street": "1 Elm Street", "postcode": "10115", "city": "Elmtown", "country": "DE"}
    bot.api_says("orders.delivery_address", now)
    carl = await bot.signed_in("carl")
    text = "change my address to 5 Oak\u202e\u200b Street, 10117 Berlin"
    assert (await carl.runs("action_change_address", text)).refused == "confirmation_required"
