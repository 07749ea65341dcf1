"""A transfer over several turns: asked, confirmed, changed, cancelled, paid."""

from __future__ import annotations

from typing import Any

import pytest

from security.errors import Refused
from security.model import Resumed

from .bank import (
    ANNA,
    ANSWER,
    BOB,
    CANCEL,
    CONFIRM,
    EUROS,
    FIFTY_TO_ANNA,
    PAID,
    READ,
    RESUME,
    SAVINGS,
    SEND,
    TRANSFER,
    Bank,
    Talk,
)


async def test_a_whole_request_is_handed_to_security_at_once(talk: Talk, bank: Bank) -> None:
    [said] = await talk.turn(TRANSFER, "send Anna fifty bucks")
    assert (said["response"], said["refused"]) == (*CONFIRM, "confirmation_required")
    assert bank.asked == [
        ("ticket-1", READ, {}, TRANSFER),
        ("ticket-1", SEND, FIFTY_TO_ANNA, TRANSFER),
    ]
    assert talk.open["asked"] == "approval"


@pytest.mark.parametrize("code", ["authentication_required", "step_up_required"])
async def test_what_was_said_survives_a_proof_in_between(talk: Talk, bank: Bank, code: str) -> None:
    bank.read_refusal = code
    assert await talk.says(TRANSFER, "send Anna fifty bucks") == [f"utter_refused_{code}"]
    assert talk.open["asked"] is None
    bank.resumed = Resumed(action=TRANSFER, operation=READ, arguments={}, result=bank.options)
    assert await talk.says(RESUME, "EXTERNAL: resume") == CONFIRM
    assert bank.asked[-1] == ("ticket-2", SEND, FIFTY_TO_ANNA, TRANSFER)


async def test_a_read_delivered_twice_asks_for_one_payment(talk: Talk, bank: Bank) -> None:
    """ASVS 15.4.2: what waits for approval is not asked for again."""
    bank.read_refusal = "authentication_required"
    await talk.turn(TRANSFER, "send Anna fifty bucks")
    bank.resumed = Resumed(action=TRANSFER, operation=READ, arguments={}, result=bank.options)
    assert await talk.says(RESUME) == CONFIRM
    assert await talk.says(RESUME) == ["utter_ask_approval"]
    assert len(bank.writes) == 1


async def test_after_a_cancel_a_proof_sends_nothing(talk: Talk, bank: Bank) -> None:
    bank.read_refusal = "authentication_required"
    await talk.turn(TRANSFER, "send Anna fifty bucks")
    assert await talk.says(CANCEL, "cancel") == ["utter_cancelled"]
    bank.resumed = Resumed(action=TRANSFER, operation=READ, arguments={}, result=bank.options)
    assert await talk.says(RESUME) == ["utter_nothing_open"]
    assert bank.writes == []


async def test_after_the_approval_the_receipt_is_shown_and_nothing_stays(
    talk: Talk, bank: Bank
) -> None:
    await talk.turn(TRANSFER, "send Anna 1,250.00")
    bank.resumed = Resumed(action=TRANSFER, operation=SEND, arguments={}, result=PAID)
    [said] = await talk.turn(RESUME)
    assert said["response"] == "utter_paid"
    card = said["custom"]["card"]
    assert (card["kind"], card["title"]) == ("receipt", "Paid 1,250.00 EUR to Anna Berg")
    rows = {row["label"]: row["value"] for row in card["rows"]}
    assert rows["To"] == "Anna Berg, •••• 1234"
    assert rows["New balance"] == "1,230.15 EUR"
    assert talk.open is None


@pytest.mark.parametrize(
    ("first", "asked", "answer"),
    [
        ("send money to Anna", "utter_ask_amount_missing", "50 euros"),
        ("send Anna some money", "utter_ask_amount_vague", "fifty"),
        ("transfer half of it to Anna", "utter_ask_amount_vague", "€50"),
        ("send Anna 1.250", "utter_ask_amount_ambiguous", "50"),
        ("send Anna 50 or 60", "utter_ask_amount_several", "50"),
        ("send Anna 0 euros", "utter_ask_amount_not_positive", "50"),
        ("send Anna 50.0001", "utter_ask_amount_too_precise", "50"),
        ("send Anna 99999999999 euros", "utter_ask_amount_too_large", "50,00"),
        ("send Anna $20", "utter_ask_amount_currency", "50"),
        ("send 50 euros", "utter_ask_payee", "to Anna"),
        ("send 50 euros to Carla", "utter_ask_payee_unknown", "Anna Berg"),
    ],
)
async def test_what_is_missing_is_asked_and_answered(
    talk: Talk, bank: Bank, first: str, asked: str, answer: str
) -> None:
    assert await talk.says(TRANSFER, first) == [asked]
    assert bank.writes == []
    assert await talk.says(ANSWER, answer) == CONFIRM
    assert bank.writes == [FIFTY_TO_ANNA]


async def test_the_readings_of_an_amount_are_offered(talk: Talk, bank: Bank) -> None:
    [said] = await talk.turn(TRANSFER, "send Anna €1.250")
    assert [button["title"] for button in said["buttons"]] == ["1,250.00 EUR", "1.25 EUR"]
    assert await talk.says(ANSWER, "1.25 EUR", amount="1.25", currency="EUR") == CONFIRM
    assert bank.writes == [{**FIFTY_TO_ANNA, "amount": "1.25"}]


async def test_several_payees_of_that_name_are_offered(talk: Talk, bank: Bank) -> None:
    other = {**ANNA, "id": "p-2", "name": "Anna Björk"}
    bank.options["payees"] = [ANNA, other, BOB]
    [said] = await talk.turn(TRANSFER, "send Anna 50")
    assert said["response"] == "utter_ask_payee_which"
    assert [button["payload"] for button in said["buttons"]] == [
        '/answer{"payee": "p-anna"}',
        '/answer{"payee": "p-2"}',
    ]
    assert await talk.says(ANSWER, "Anna Björk, •••• 1234", payee="p-2") == CONFIRM
    assert bank.writes[0]["payee_name"] == "Anna Björk"
    assert bank.writes[0]["amount"] == "50.00"


async def test_nobody_of_that_name_offers_the_saved_ones_and_a_new_one(talk: Talk) -> None:
    [said] = await talk.turn(TRANSFER, "send 50 to Carla")
    payloads = [button["payload"] for button in said["buttons"]]
    assert payloads == ['/answer{"payee": "p-anna"}', '/answer{"payee": "p-bob"}', "/add_payee"]


async def test_a_longer_name_is_not_a_saved_shorter_one(talk: Talk, bank: Bank) -> None:
    assert await talk.says(TRANSFER, "send Anna Smith 50") == ["utter_ask_payee_unknown"]
    assert bank.writes == []


async def test_of_several_accounts_one_is_chosen(talk: Talk, bank: Bank) -> None:
    bank.options["accounts"] = [EUROS, SAVINGS]
    [said] = await talk.turn(TRANSFER, "send Anna 50")
    assert said["response"] == "utter_ask_account"
    assert said["buttons"][1]["title"] == "Savings account •••• 5522, 2,400.15 EUR"
    assert await talk.says(ANSWER, "the savings one") == CONFIRM
    assert bank.writes[0]["account"] == "a-2"


async def test_the_account_whose_currency_fits_is_taken(talk: Talk, bank: Bank) -> None:
    bank.options["accounts"] = [EUROS, {**SAVINGS, "currency": "CHF"}]
    assert await talk.says(TRANSFER, "send Anna 50 francs") == CONFIRM
    assert (bank.writes[0]["account"], bank.writes[0]["currency"]) == ("a-2", "CHF")


async def test_an_account_that_is_not_there_is_never_replaced_silently(
    talk: Talk, bank: Bank
) -> None:
    assert await talk.says(TRANSFER, "send Anna 50 from my savings") == [
        "utter_ask_account_unknown"
    ]
    assert bank.writes == []


@pytest.mark.parametrize("action", [TRANSFER, ANSWER])
async def test_another_amount_while_one_waits_is_a_new_request(
    talk: Talk, bank: Bank, action: str
) -> None:
    await talk.turn(TRANSFER, "send Anna 50")
    assert await talk.says(action, "make it 60") == CONFIRM
    assert [write["amount"] for write in bank.writes] == ["50.00", "60.00"]
    assert bank.writes[1]["payee"] == "p-anna"


async def test_another_payee_replaces_the_one_that_was_chosen(talk: Talk, bank: Bank) -> None:
    await talk.turn(TRANSFER, "send 50 to Carla")
    await talk.turn(ANSWER, "Anna Berg, •••• 1234", payee="p-anna")
    assert await talk.says(ANSWER, "send it to Bob instead") == CONFIRM
    assert [write["payee"] for write in bank.writes] == ["p-anna", "p-bob"]


async def test_an_unclear_change_never_keeps_the_amount_before(talk: Talk, bank: Bank) -> None:
    await talk.turn(TRANSFER, "send Anna €50")
    assert await talk.says(ANSWER, "make it a few") == ["utter_ask_amount_vague"]
    assert len(bank.writes) == 1


async def test_a_new_request_takes_nothing_from_the_one_before(talk: Talk, bank: Bank) -> None:
    """Stale values are never paid."""
    await talk.turn(TRANSFER, "send Anna 50")
    assert await talk.says(TRANSFER, "I would like to transfer money to Bob") == [
        "utter_ask_amount_missing"
    ]
    assert len(bank.writes) == 1


async def test_a_word_approves_nothing(talk: Talk, bank: Bank) -> None:
    await talk.turn(TRANSFER, "send Anna 50")
    for _ in range(2):
        assert await talk.says(ANSWER, "yes") == ["utter_ask_approval"]
    assert await talk.says(ANSWER, "yes, go on") == ["utter_request_left"]
    assert len(bank.writes) == 1
    assert talk.open is None


async def test_what_cannot_be_followed_is_left_with_a_word(talk: Talk, bank: Bank) -> None:
    await talk.turn(TRANSFER, "send money to Anna")
    for _ in range(2):
        assert await talk.says(ANSWER, "hm") == ["utter_ask_amount_missing"]
    assert await talk.says(ANSWER, "hm") == ["utter_request_left"]
    assert talk.open is None
    assert await talk.says(ANSWER, "50") == ["utter_nothing_open"]
    assert bank.writes == []


async def test_an_old_choice_answers_no_other_question(talk: Talk, bank: Bank) -> None:
    """A choice of an earlier request cannot redirect the one that waits for approval."""
    await talk.turn(TRANSFER, "send Anna 50")
    assert await talk.says(ANSWER, "Bob Lindqvist, •••• 8857", payee="p-bob") == [
        "utter_ask_approval"
    ]
    assert len(bank.writes) == 1


async def test_the_title_of_a_choice_is_not_read_as_words(talk: Talk, bank: Bank) -> None:
    await talk.turn(TRANSFER, "send 50 to Carla")
    await talk.turn(ANSWER, "Anna Berg, 999", payee="p-anna")
    assert bank.writes == [FIFTY_TO_ANNA]


async def test_a_payee_that_is_not_of_this_person_is_not_taken(talk: Talk, bank: Bank) -> None:
    await talk.turn(TRANSFER, "send 50 euros")
    assert await talk.says(ANSWER, "x", payee="p-of-somebody-else") == ["utter_ask_payee"]
    assert bank.writes == []


async def test_cancel_voids_what_waits_and_forgets_it(talk: Talk, bank: Bank) -> None:
    await talk.turn(TRANSFER, "send Anna 50")
    assert await talk.says(CANCEL, "no") == ["utter_payment_cancelled"]
    assert talk.open is None
    assert await talk.says(CANCEL, "no") == ["utter_cancelled"]


@pytest.mark.parametrize("code", ["insufficient_funds", "limit_exceeded"])
async def test_after_too_large_an_amount_another_can_be_named(
    talk: Talk, bank: Bank, code: str
) -> None:
    await talk.turn(TRANSFER, "send Anna 50")
    bank.resumed = Refused(code)
    assert await talk.says(RESUME) == [f"utter_refused_{code}"]
    assert await talk.says(ANSWER, "then 20") == CONFIRM
    assert bank.writes[-1]["amount"] == "20.00"


@pytest.mark.parametrize(
    "code", ["in_doubt", "details_changed", "api_refused", "step_up_impossible"]
)
async def test_after_a_final_refusal_nothing_can_be_repeated(
    talk: Talk, bank: Bank, code: str
) -> None:
    await talk.turn(TRANSFER, "send Anna 50")
    bank.resumed = Refused(code)
    assert await talk.says(RESUME) == [f"utter_refused_{code}"]
    assert talk.open is None


async def test_a_receipt_leaves_a_later_question_open(talk: Talk, bank: Bank) -> None:
    await talk.turn(TRANSFER, "send Anna 50")
    await talk.turn(TRANSFER, "send money to Bob")
    bank.resumed = Resumed(action=TRANSFER, operation=SEND, arguments={}, result=PAID)
    assert await talk.says(RESUME) == ["utter_paid"]
    assert talk.open["asked"] == "amount"


@pytest.mark.parametrize(
    "options", [None, {}, {"payees": None}, {"payees": [{}]}, {"payees": [7]}, []]
)
async def test_options_that_make_no_sense_are_refused(talk: Talk, bank: Bank, options: Any) -> None:
    bank.options = options
    assert await talk.says(TRANSFER, "send Anna 50") == ["utter_refused_api_invalid"]
    assert bank.writes == []
