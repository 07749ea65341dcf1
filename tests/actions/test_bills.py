"""Bills and new payees over several turns."""

from __future__ import annotations

import pytest

from security.model import Resumed

from .bank import ADD, ANSWER, BILL, CONFIRM, PAID, PAY, PAYEE, POWER, RESUME, TRANSFER, Bank, Talk

RENT_KEY = "Lindenhof Homes, Rent, 2026-12-01"
POWER_KEY = "Tidewater Energy, Electricity November, 2026-12-01"


async def test_a_bill_is_paid_with_its_exact_amount(talk: Talk, bank: Bank) -> None:
    assert await talk.says(BILL, "pay my electricity bill") == CONFIRM
    assert bank.asked[-1][1] == PAY
    assert bank.writes == [
        {
            "account": "a-1",
            "account_number": "•••• 4021",
            "bill": "b-1",
            "biller": "Tidewater Energy",
            "reference": "Electricity November",
            "amount": "72.30",
            "currency": "EUR",
        }
    ]


@pytest.mark.parametrize("text", ["pay my bill", "pay all my bills", "pay the garage invoice"])
async def test_an_unclear_bill_is_asked(talk: Talk, bank: Bank, text: str) -> None:
    [said] = await talk.turn(BILL, text)
    assert said["response"] in {"utter_ask_bill", "utter_ask_bill_unknown"}
    assert said["buttons"][1]["payload"] == f'/answer{{"bill": "{RENT_KEY}"}}'
    assert await talk.says(ANSWER, "the rent") == CONFIRM
    assert bank.writes[0]["bill"] == "b-2"


async def test_a_bill_is_paid_by_a_choice(talk: Talk, bank: Bank) -> None:
    [said] = await talk.turn("action_bill_due", "which bills are due")
    assert (said["response"], said["count"]) == ("utter_bills", "2")
    assert said["custom"]["card"]["rows"][0] == {k: v for k, v in POWER.items() if k != "id"}
    assert said["buttons"][1]["payload"] == f'/pay_bill{{"bill": "{RENT_KEY}"}}'
    assert await talk.says(BILL, "Pay Lindenhof Homes", bill=RENT_KEY) == CONFIRM
    assert bank.writes[0]["amount"] == "1045.00"


async def test_another_amount_than_the_bills_is_not_paid(talk: Talk, bank: Bank) -> None:
    assert await talk.says(BILL, "pay 20 euros of my electricity bill") == ["utter_bill_whole"]
    assert bank.writes == []
    assert await talk.says(ANSWER, "Tidewater", bill=POWER_KEY) == CONFIRM


@pytest.mark.parametrize(
    "text",
    [
        "pay half of my electricity bill",
        "pay part of the electricity bill",
        "pay some of my electricity bill",
        "pay a third of my electricity bill",
        "pay 20% of my electricity bill",
        "pay about 20 of my electricity bill",
        "pay 20 or 30 of my electricity bill",
    ],
)
async def test_a_part_of_a_bill_is_not_taken_for_all_of_it(
    talk: Talk, bank: Bank, text: str
) -> None:
    assert await talk.says(BILL, text) == ["utter_bill_whole"]
    assert bank.writes == []
    assert await talk.says(ANSWER, "Tidewater", bill=POWER_KEY) == CONFIRM
    assert bank.writes[0]["amount"] == "72.30"


@pytest.mark.parametrize("text", ["pay the third bill", "pay my TE-2048-117 electricity bill"])
async def test_a_bill_named_by_figures_is_no_part(talk: Talk, text: str) -> None:
    assert await talk.says(BILL, text) != ["utter_bill_whole"]


async def test_without_bills_there_is_nothing_to_pay(talk: Talk, bank: Bank) -> None:
    bank.options["bills"] = []
    assert await talk.says("action_bill_due") == ["utter_no_bills"]
    assert await talk.says(BILL, "pay my bill") == ["utter_no_bills"]


async def test_at_most_five_bills_can_be_pressed(talk: Talk, bank: Bank) -> None:
    bank.options["bills"] = [{**POWER, "id": f"b-{number}"} for number in range(8)]
    [said] = await talk.turn("action_bill_due")
    assert len(said["buttons"]) == 5
    assert len(said["custom"]["card"]["rows"]) == 8


async def test_a_bills_receipt_names_its_reference(talk: Talk, bank: Bank) -> None:
    await talk.turn(BILL, "pay my electricity bill")
    result = {k: PAID[k] for k in ("account_number", "currency", "booked_on", "balance")}
    result |= {"biller": "Tidewater Energy", "reference": "Electricity November", "amount": "72.30"}
    bank.resumed = Resumed(action=BILL, operation=PAY, arguments={}, result=result)
    [said] = await talk.turn(RESUME)
    assert said["custom"]["card"]["title"] == "Paid 72.30 EUR to Tidewater Energy"
    assert {"label": "Reference", "value": "Electricity November"} in said["custom"]["card"]["rows"]


# ---- payees

CARLA = {"name": "Carla", "number": "XN12NWBK000100311122"}
BEGIN = ("add a new payee", "utter_ask_new_payee")
ADD_CARLA = ("add Carla as a payee", "utter_ask_new_payee_number")


async def test_a_payee_is_added_with_one_sentence(talk: Talk, bank: Bank) -> None:
    assert await talk.says(PAYEE, "add Carla, XN12NWBK000100311122") == CONFIRM
    assert bank.asked == [("ticket-1", ADD, CARLA, PAYEE)]


@pytest.mark.parametrize(
    "words",
    [
        [BEGIN, ("Carla", "utter_ask_new_payee_number"), (CARLA["number"], *CONFIRM)],
        [BEGIN, (f"Carla {CARLA['number']}", *CONFIRM)],
        [BEGIN, (CARLA["number"], "utter_ask_new_payee_name"), ("Carla", *CONFIRM)],
        [ADD_CARLA, (f"it is {CARLA['number']}", *CONFIRM)],
    ],
)
async def test_what_is_missing_of_a_payee_is_asked(
    talk: Talk, bank: Bank, words: list[tuple[str, str]]
) -> None:
    for number, (text, said) in enumerate(words):
        assert await talk.says(ANSWER if number else PAYEE, text) == [said]
    assert bank.writes == [CARLA]


async def test_a_new_payee_is_named_when_it_is_saved(talk: Talk, bank: Bank) -> None:
    await talk.turn(PAYEE, "add Carla, XN12NWBK000100311122")
    result = {"name": "Carla", "number": "•••• 1122"}
    bank.resumed = Resumed(action=PAYEE, operation=ADD, arguments={}, result=result)
    [said] = await talk.turn(RESUME)
    assert (said["response"], said["payee"], said["number"]) == (
        "utter_payee_added",
        "Carla",
        "•••• 1122",
    )
    assert talk.open is None


async def test_a_question_put_aside_is_named(talk: Talk) -> None:
    await talk.turn(TRANSFER, "send 50 to Carla")
    said = await talk.says(PAYEE, "Add a new payee")
    assert said == ["utter_request_aside", "utter_ask_new_payee"]
