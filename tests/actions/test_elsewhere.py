"""Going on with what was asked for by text, or inside another site: its words come along."""

from __future__ import annotations

from typing import Any

from security.model import Resumed

from .bank import CONFIRM, FIFTY_TO_ANNA, READ, RESUME, SEND, TRANSFER, Bank, Talk
from .conftest import ACCOUNT


async def test_what_was_said_elsewhere_goes_on_here(talk: Talk, bank: Bank) -> None:
    """By text, or inside another site: nothing of it is in this conversation."""
    await talk.turn(TRANSFER, "send money to Bob")
    bank.resumed = Resumed(
        action=TRANSFER,
        operation=READ,
        arguments={},
        result=bank.options,
        words="send Anna fifty bucks",
    )
    assert await talk.says(RESUME, "EXTERNAL: resume") == CONFIRM
    assert bank.asked[-1] == ("ticket-2", SEND, FIFTY_TO_ANNA, TRANSFER)
    assert talk.open["asked"] == "approval"


async def test_words_of_elsewhere_that_tell_nothing_are_asked_after(talk: Talk, bank: Bank) -> None:
    bank.resumed = Resumed(
        action=TRANSFER, operation=READ, arguments={}, result=bank.options, words="Send money"
    )
    [said] = await talk.turn(RESUME)
    assert said["response"] != "utter_nothing_open"
    assert talk.open["asked"] is not None


async def test_what_is_no_request_goes_on_with_its_words(server: Any) -> None:
    """Which of several was meant stands in the words alone."""
    accounts = {"accounts": [ACCOUNT]}
    server.security.resumed = Resumed(
        action="action_check_balance",
        operation="banking.list_accounts",
        arguments={},
        result=accounts,
        words="what's my balance",
    )
    [said] = await server.says("action_resume")
    assert said["response"] == "utter_balance"
