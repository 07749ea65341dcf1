"""The fixture for a developer's own tests, tried on actions that are there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.bot import Bot, refused_by_api

ACCOUNTS: dict[str, Any] = {
    "accounts": [
        {
            "id": "acc_" + "A" * 22,
            "name": "Current account",
            "number": "•••• 4021",
            "currency": "EUR",
            "balance": "2480.15",
            "available": "2400.00",
        }
    ]
}


async def test_a_customer_hears_their_balance(bot: Bot) -> None:
    bot.api_says("banking.list_accounts", ACCOUNTS)
    alice = await bot.signed_in("alice")
    said = await alice.runs("action_check_balance")
    assert said.texts == ["Your Current account has 2,480.15 EUR."]
    assert said.cards[0]["kind"] == "balances"
    assert "id" not in said.cards[0]["accounts"][0]
    assert bot.calls == [("banking.list_accounts", {})]


@pytest.mark.parametrize("username", ["tess", "adam", "pat", "carl"])
async def test_others_are_refused_and_nothing_is_called(bot: Bot, username: str) -> None:
    somebody = await bot.signed_in(username)
    assert (await somebody.runs("action_check_balance")).refused == "forbidden"
    assert bot.calls == []


async def test_who_is_nobody_is_asked_to_sign_in_and_then_answered(bot: Bot) -> None:
    bot.api_says("banking.list_accounts", ACCOUNTS)
    talk = await bot.visitor()
    assert (await talk.runs("action_check_balance")).refused == "authentication_required"
    await talk.visitor.give_password("alice")
    assert (await talk.confirms("alice")).cards[0]["kind"] == "balances"


@pytest.mark.parametrize(("seconds", "refused"), [(899, None), (900, "step_up_required")])
async def test_a_proof_grows_old(bot: Bot, seconds: int, refused: str | None) -> None:
    bot.api_says("banking.list_accounts", ACCOUNTS)
    alice = await bot.signed_in("alice")
    for _ in range(seconds // 200):
        bot.pass_time(seconds=200)
        await alice.visitor.say()
    bot.pass_time(seconds=seconds % 200)
    assert (await alice.runs("action_check_balance")).refused == refused


async def test_what_the_document_does_not_allow_is_a_mistake_of_the_test(bot: Bot) -> None:
    bot.api_says("banking.list_accounts", {"accounts": "many"})
    alice = await bot.signed_in("alice")
    with pytest.raises(AssertionError, match="does not allow this"):
        await alice.runs("action_check_balance")


async def test_an_api_that_refuses_is_put_into_words(bot: Bot) -> None:
    bot.api_says("banking.list_accounts", refused_by_api("api_unavailable"))
    alice = await bot.signed_in("alice")
    assert (await alice.runs("action_check_balance")).refused == "api_unavailable"
