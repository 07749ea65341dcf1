"""Records and appointments, by every persona, with the real guard and the real clinic."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actions.clinic import InProcess
from tests.support.bot import Bot

READS = ["action_lab_results", "action_medications", "action_patient_record"]
VISITS = ["action_book_appointment", "action_reschedule_appointment", "action_cancel_appointment"]
OTHERS = [
    "alice", "tess", "aud", "adam", "aud2", "ada", "erin", "mark", "hana", "ivan", "carl", "sue",
]  # fmt: skip


async def test_pat_sees_results_with_what_is_outside_first(bot: Bot, clinic: InProcess) -> None:
    pat = await bot.signed_in("pat")
    said = await pat.runs("action_lab_results", "my lab results please")
    [card] = said.cards
    assert (card["kind"], card["patient"]) == ("lab_results", "Pat Rivera")
    first = card["rows"][0]
    assert (first["name"], first["value"], first["unit"]) == ("Hemoglobin A1c (HbA1c)", "7.4", "%")
    assert (first["flag"], first["high"], "low" in first) == ("H", "7", False)
    assert [one["value"] for one in first["earlier"]] == ["6.8", "6.5", "6.6", "6.9"]
    assert "Outside of its reference range: Hemoglobin A1c" in said.texts[0]
    assert [name for name, _ in clinic.calls] == ["healthcare.lab_results"]


@pytest.mark.parametrize("action", READS)
async def test_no_value_of_a_record_goes_by_text_message(
    bot: Bot, clinic: InProcess, action: str
) -> None:
    """Contract: an SMS conversation; the clinic is not even asked."""
    pat = await bot.signed_in("pat")
    bot.world.sql("UPDATE sessions SET channel = 'sms'")
    said = await pat.runs(action, "my lab results please")
    assert said.refused is not None
    assert said.cards == []
    assert clinic.calls == []
    assert not any("7.4" in text or "Metformin" in text for text in said.texts)


async def test_pat_sees_medicines_and_the_whole_record(bot: Bot, clinic: InProcess) -> None:
    pat = await bot.signed_in("pat")
    [medicines] = (await pat.runs("action_medications", "what do I take")).cards
    assert [row["name"] for row in medicines["rows"]] == [
        "Atorvastatin 20 mg tablets",
        "Metformin 500 mg tablets",
    ]
    cards = (await pat.runs("action_patient_record", "show me my record")).cards
    assert [card["kind"] for card in cards] == ["receipt", "lab_results", "medications"]


async def test_own_results_say_on_the_trail_for_what(bot: Bot, clinic: InProcess) -> None:
    """ASVS 16.2.1: the purpose of a sensitive read is on the trail."""
    pat = await bot.signed_in("pat")
    await pat.runs("action_lab_results", "my lab results")
    [intended] = [one for one in bot.world.trail() if one["tag"] == "operation:guard:allow"]
    assert (intended["operation"], intended["purpose"]) == ("healthcare.lab_results", "own_access")


@pytest.mark.parametrize("action", READS)
async def test_results_want_a_proof_of_the_last_five_minutes(
    bot: Bot, clinic: InProcess, action: str
) -> None:
    """Contract: sensitive."""
    pat = await bot.signed_in("pat")
    bot.pass_time(seconds=299)
    assert (await pat.runs(action, "mine")).refused is None
    bot.pass_time(seconds=1)
    assert (await pat.runs(action, "mine")).refused == "step_up_required"
    assert (await pat.confirms("pat")).cards


@pytest.mark.parametrize("action", READS)
async def test_dana_sees_her_patient(bot: Bot, clinic: InProcess, action: str) -> None:
    dana = await bot.signed_in("dana")
    said = await dana.runs(action, "show me the data of Pat Rivera")
    assert said.refused is None
    assert said.cards
    [allowed] = {
        one["purpose"] for one in bot.world.trail() if one["tag"] == "operation:guard:allow"
    }
    assert allowed == "treatment"


@pytest.mark.parametrize("action", READS)
async def test_dana_does_not_see_who_is_not_in_her_care(
    bot: Bot, clinic: InProcess, action: str
) -> None:
    """ASVS 8.2.2; the trail says that it was tried, and why it was refused."""
    dana = await bot.signed_in("dana")
    ways = ("Quinn's results", "the data of Quinn Abbott", "it for HC-20733", "data of Nobody Here")
    for words in ways:
        said = await dana.runs(action, f"show me {words}")
        assert (said.refused, said.cards) == ("not_in_care", [])
        assert "emergency access" in said.texts[0]
    failed = [one for one in bot.world.trail() if one["tag"] == "operation:api:fail"]
    assert [one["reason"] for one in failed] == ["not_in_care"] * len(ways)


async def test_dana_is_asked_whose_and_chooses(bot: Bot, clinic: InProcess) -> None:
    dana = await bot.signed_in("dana")
    asked = await dana.runs("action_lab_results", "lab results")
    assert asked.choices == ["Pat Rivera, born 1979-05-14"]
    assert (await dana.presses(asked, "Pat Rivera")).cards[0]["patient"] == "Pat Rivera"


async def test_dana_is_asked_whose_and_says_it(bot: Bot, clinic: InProcess) -> None:
    dana = await bot.signed_in("dana")
    await dana.runs("action_medications", "show medication")
    assert (await dana.runs("action_answer", "pat")).cards[0]["patient"] == "Pat Rivera"


@pytest.mark.parametrize("action", READS)
async def test_pat_does_not_see_anothers(bot: Bot, clinic: InProcess, action: str) -> None:
    """ASVS 8.2.1: a patient has no patients."""
    pat = await bot.signed_in("pat")
    assert (await pat.runs(action, "show me quinn's data")).refused == "forbidden"
    assert clinic.calls == []


@pytest.mark.parametrize("action", READS)
async def test_rob_sees_no_clinical_data(bot: Bot, clinic: InProcess, action: str) -> None:
    """Contract: the front desk sees appointments alone."""
    rob = await bot.signed_in("rob")
    for words in ("my data", "the data of Pat Rivera"):
        assert (await rob.runs(action, words)).refused == "forbidden"
    assert clinic.calls == []
    assert bot.world.trail("operation:guard:deny")[-1]["reason"].startswith("policy")


async def test_pat_hears_of_the_appointment_with_a_password_alone(
    bot: Bot, clinic: InProcess
) -> None:
    """Contract: plain."""
    pat = await bot.signed_in("pat")
    said = await pat.runs("action_list_appointments", "when is my appointment")
    [row] = said.cards[0]["rows"]
    assert (row["date"], row["time"], row["with"]) == ("2026-11-27", "09:00", "Dr Dana Farrow")
    assert said.texts == [
        "You have one appointment ahead: Friday 27 November at 09:00, with Dr Dana Farrow."
    ]


@pytest.mark.parametrize(
    ("who", "patients"), [("rob", {"Pat Rivera", "Quinn Abbott"}), ("dana", {"Pat Rivera"})]
)
async def test_staff_see_the_schedule(
    bot: Bot, clinic: InProcess, who: str, patients: set[str]
) -> None:
    talk = await bot.signed_in(who)
    [card] = (await talk.runs("action_list_appointments", "which appointments are there")).cards
    assert {row["patient"] for row in card["rows"]} == patients


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ("who comes on Friday", {"2026-11-27"}),
        ("which appointments are there tomorrow", set()),
        ("who comes on Friday after 8:30", {"2026-11-27"}),
        ("who comes on Friday after 11 am", set()),
    ],
)
async def test_staff_see_the_day_and_the_time_that_they_name(
    bot: Bot, clinic: InProcess, words: str, seen: set[str]
) -> None:
    dana = await bot.signed_in("dana")
    said = await dana.runs("action_list_appointments", words)
    assert {row["date"] for card in said.cards for row in card["rows"]} == seen


@pytest.mark.parametrize("who", OTHERS)
async def test_everybody_else_is_refused_with_a_record(
    bot: Bot, clinic: InProcess, who: str
) -> None:
    """ASVS 8.2.1, 16.3.2: refused politely, called nothing, and written down."""
    talk = await bot.signed_in(who)
    asked = [*READS, *VISITS, "action_list_appointments"]
    for action in asked:
        said = await talk.runs(action, "please")
        assert said.refused == "forbidden", action
    assert clinic.calls == []
    denied = [one["operation"] for one in bot.world.trail("operation:guard:deny")]
    assert len(denied) == len(asked)
    assert all(name.startswith("healthcare.") for name in denied)


@pytest.mark.parametrize("who", ["dana", "rob"])
async def test_staff_have_no_appointments_of_their_own_to_change(
    bot: Bot, clinic: InProcess, who: str
) -> None:
    talk = await bot.signed_in(who)
    for action in VISITS:
        assert (await talk.runs(action, "please")).refused in {"forbidden", "no_record"}


async def test_a_stranger_signs_in_and_is_answered(bot: Bot, clinic: InProcess) -> None:
    talk = await bot.visitor()
    said = await talk.runs("action_lab_results", "my lab results")
    assert said.refused == "authentication_required"
    await talk.visitor.give_password("pat")
    assert (await talk.confirms("pat")).cards[0]["kind"] == "lab_results"


async def test_nothing_of_a_record_goes_out_by_sms(bot: Bot, clinic: InProcess) -> None:
    """ASVS 14.2.1: a text message lies open on its way."""
    pat = await bot.signed_in("pat")
    bot.world.sql("UPDATE sessions SET channel = 'sms'")
    for action in READS:
        said: Any = await pat.runs(action, "mine")
        assert (said.refused, said.cards) == ("forbidden", [])
    assert clinic.calls == []
