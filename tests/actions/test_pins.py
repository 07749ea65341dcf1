"""Another PIN for a card: the card is chosen in the chat, the PIN is not."""

from __future__ import annotations

from typing import Any

import pytest

from actions.card_words import card_details
from actions.pins import plan_pin
from actions.requests import Said
from tests.support.bot import Bot, Talk

DEBIT = {"id": f"crd_{'D' * 22}", "kind": "debit", "last_four": "4417", "state": "active"}
CREDIT = {**DEBIT, "id": f"crd_{'E' * 22}", "kind": "credit", "last_four": "8203"}
LOST = {**DEBIT, "id": f"crd_{'L' * 22}", "last_four": "1111", "state": "lost"}
CHANGED = {"kind": "debit", "last_four": "4417", "pin_changed_on": "2026-11-23"}


def standing(*cards: dict[str, Any]) -> dict[str, Any]:
    listed = [{**one, **({"because": "owner", "since": "2026-11-20"} if one is LOST else {})}
              for one in cards]  # fmt: skip
    return {"today": "2026-11-23", "accounts": [], "cards": listed}


@pytest.fixture
async def alice(bot: Bot) -> Talk:
    bot.api_says("banking.account_standing", standing(DEBIT, CREDIT, LOST))
    bot.api_says("banking.change_pin", CHANGED)
    return await bot.signed_in("alice")


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("change the pin of my credit card", "credit"),
        ("new pin for the card ending in 4417", "4417"),
        ("I want to change my PIN", None),
        ("in 20261123 days", None),
    ],
)
def test_the_card_is_taken_from_the_words(text: str, card: str | None) -> None:
    assert card_details(Said(text)).get("card") == card


def test_the_only_card_is_not_asked_for() -> None:
    step = plan_pin({}, [DEBIT, LOST])
    assert getattr(step, "arguments", None) == {
        "card": DEBIT["id"],
        "kind": "debit",
        "last_four": "4417",
    }


async def test_one_of_several_is_chosen_and_confirmed(bot: Bot, alice: Talk) -> None:
    """A lost card is not offered; what is approved is exactly the one that was pressed."""
    said = await alice.runs("action_change_pin", "I want to change my PIN")
    assert said.choices == ["Debit card •••• 4417", "Credit card •••• 8203"]
    assert "secure panel" in said.texts[0]
    said = await alice.presses(said, "4417")
    assert said.refused == "confirmation_required"
    assert alice.visitor.challenge is not None
    assert alice.visitor.challenge.binding == "Change the PIN of your debit card •••• 4417"
    assert [name for name, _ in bot.calls] == ["banking.account_standing"] * 2


async def test_its_last_digits_are_an_answer(alice: Talk) -> None:
    await alice.runs("action_change_pin", "change my pin")
    said = await alice.runs("action_answer", "8203")
    assert said.refused == "confirmation_required"
    assert alice.visitor.challenge is not None
    assert "8203" in alice.visitor.challenge.binding


async def test_a_card_that_is_not_there_is_asked_back(alice: Talk) -> None:
    said = await alice.runs("action_change_pin", "change the pin of my card ending in 9999")
    assert "do not see such a card" in said.texts[0]
    assert len(said.choices) == 2


async def test_without_a_card_there_is_nothing_to_change(bot: Bot, alice: Talk) -> None:
    bot.api_says("banking.account_standing", standing(LOST))
    said = await alice.runs("action_change_pin", "change my pin")
    assert "no card here" in said.texts[0]


async def test_the_pin_reaches_the_bank_and_no_slot_or_answer(bot: Bot, alice: Talk) -> None:
    """ASVS 16.2.5: what the actions see of it is nothing."""
    await alice.runs("action_change_pin", "change the pin of card 4417")
    said = await alice.confirms("alice", panel={"new_pin": "482613"})
    assert "The PIN of your debit card •••• 4417 is changed." in said.texts[0]
    [(_, sent)] = [call for call in bot.calls if call[0] == "banking.change_pin"]
    assert sent["new_pin"] == "482613"
    assert "482613" not in repr((said, alice.slots))


async def test_a_pin_in_the_words_goes_nowhere(bot: Bot, alice: Talk) -> None:
    """Attack: words that got past every other check bring no PIN either."""
    said = await alice.runs("action_change_pin", "debit", new_pin="482613", card=DEBIT["id"])
    assert said.refused == "confirmation_required"
    assert "482613" not in repr([arguments for _, arguments in bot.calls])
