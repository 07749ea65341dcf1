"""Booking, moving and cancelling in conversation, with the real guard and the real clinic.

It is Monday, 23 November 2026, 13:00 at the clinic.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.actions.clinic import InProcess
from tests.support.bot import Bot, Said, Talk

BOOK, MOVE, CANCEL = (f"action_{verb}_appointment" for verb in ("book", "reschedule", "cancel"))
ANSWER = "action_answer"


def _starts(said: Said) -> list[str]:
    return [title.rpartition(", ")[0] for title in said.choices]


async def _visits(talk: Talk) -> list[Any]:
    said = await talk.runs("action_list_appointments", "my appointments")
    return list(said.cards[0]["rows"]) if said.cards else []


async def test_who_says_nothing_is_offered_the_next_free_times(bot: Bot, clinic: InProcess) -> None:
    pat = await bot.signed_in("pat")
    asked = await pat.runs(BOOK, "I need an appointment")
    assert len(asked.choices) == 5
    assert all(title.startswith("Mon 23 Nov, 14:") for title in asked.choices[:2])
    booked = await pat.presses(asked, asked.choices[1])
    assert booked.cards[0]["title"] == "Appointment booked"
    assert len(await _visits(pat)) == 2


async def test_next_tuesday_morning_on_a_monday_is_asked_back(bot: Bot, clinic: InProcess) -> None:
    pat = await bot.signed_in("pat")
    asked = await pat.runs(BOOK, "book me in for next Tuesday morning")
    assert asked.choices == ["Tuesday 24 November", "Tuesday 1 December"]
    offered = await pat.presses(asked, "1 December")
    assert offered.choices
    assert all(start.startswith("Tue 1 Dec, ") for start in _starts(offered))
    assert all(int(start[-5:-3]) < 12 for start in _starts(offered))


async def test_a_moment_that_is_free_is_booked_at_once(bot: Bot, clinic: InProcess) -> None:
    """Three o'clock is in the afternoon."""
    pat = await bot.signed_in("pat")
    said = await pat.runs(BOOK, "with dr haddad the day after tomorrow at 3, please")
    [card] = said.cards
    assert card["rows"] == [
        {"label": "When", "value": "Wednesday, 25 November 2026"},
        {"label": "At", "value": "15:00 to 15:20"},
        {"label": "With", "value": "Dr Noor Haddad"},
    ]


async def test_a_moment_that_two_have_free_is_asked_back(bot: Bot, clinic: InProcess) -> None:
    pat = await bot.signed_in("pat")
    asked = await pat.runs(BOOK, "an appointment on friday the 27th at 11:20")
    assert {title.rpartition(", ")[2] for title in asked.choices} == {
        "Dr Dana Farrow",
        "Dr Noor Haddad",
    }
    assert (await pat.presses(asked, "Haddad")).cards[0]["rows"][2]["value"] == "Dr Noor Haddad"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("on 31 February", "no such day"),
        ("on the 30.2.", "no such day"),
        ("yesterday", "That day is over"),
        ("on 20 November", "That day is over"),
        ("tomorrow at 25:70", "no such time"),
        ("on Sunday", "Nothing is free then"),
        ("tomorrow at 23:00", "Nothing is free then"),
        ("on 3 December 2031", "no free time"),
        ("with Dr Who", "Whom would you like to see"),
        ("on 3/12", "more than one day"),
        ("on Monday 3 December", "more than one day"),
    ],
)
async def test_bad_input_gets_a_sentence_and_the_request_lives(
    bot: Bot, clinic: InProcess, words: str, sentence: str
) -> None:
    """Nothing is booked, and the next answer goes on from here."""
    pat = await bot.signed_in("pat")
    said = await pat.runs(BOOK, f"book an appointment {words}")
    assert sentence in said.texts[0]
    assert len(await _visits(pat)) == 1
    offered = await pat.runs(ANSWER, "then on Wednesday morning")
    assert all(start.startswith("Wed 25 Nov, ") for start in _starts(offered))
    assert (await pat.runs(ANSWER, "the first one")).cards[0]["title"] == "Appointment booked"


async def test_the_day_stays_when_only_the_time_is_corrected(bot: Bot, clinic: InProcess) -> None:
    pat = await bot.signed_in("pat")
    await pat.runs(BOOK, "an appointment on thursday morning")
    for words in ("no, in the afternoon", "after 3pm", "between 2 and 5 pm"):
        offered = await pat.runs(ANSWER, words)
        assert all(start.startswith("Thu 26 Nov, 1") for start in _starts(offered)), words


async def test_of_two_who_want_one_time_one_gets_it(bot: Bot, clinic: InProcess) -> None:
    """The other hears of the next free ones, and can take one with the next words."""
    pat, quinn = await bot.signed_in("pat"), await bot.signed_in("quinn")
    first = await pat.runs(BOOK, "tomorrow morning")
    second = await quinn.runs(BOOK, "tomorrow morning")
    assert first.choices == second.choices
    assert (await pat.presses(first, first.choices[0])).cards
    late = await quinn.presses(second, second.choices[0])
    assert (late.refused, late.cards) == ("slot_taken", [])
    assert first.choices[0] not in late.choices
    assert (await quinn.runs(ANSWER, "the second one")).cards[0]["title"] == "Appointment booked"


async def test_a_time_that_passed_meanwhile_is_not_booked(bot: Bot, clinic: InProcess) -> None:
    pat = await bot.signed_in("pat")
    offered = await pat.runs(BOOK, "as soon as possible")
    for _ in range(13):
        bot.pass_time(minutes=14)
        await pat.visitor.say()
    said = await pat.presses(offered, offered.choices[0])
    if said.refused == "step_up_required":
        said = await pat.confirms("pat")
    assert said.refused == "too_late"


async def test_an_old_proof_is_renewed_and_the_booking_goes_on(bot: Bot, clinic: InProcess) -> None:
    """Contract: personal."""
    pat = await bot.signed_in("pat")
    offered = await pat.runs(BOOK, "on thursday morning")
    for _ in range(2):
        bot.pass_time(minutes=7, seconds=30)
        await pat.visitor.say()
    said = await pat.presses(offered, offered.choices[0])
    assert said.refused == "step_up_required"
    assert (await pat.confirms("pat")).cards[0]["title"] == "Appointment booked"
    assert len(await _visits(pat)) == 2


async def test_an_appointment_is_moved_and_its_old_time_is_free_again(
    bot: Bot, clinic: InProcess
) -> None:
    pat = await bot.signed_in("pat")
    offered = await pat.runs(MOVE, "move my friday appointment to next monday morning")
    assert all(title.endswith("Dr Dana Farrow") for title in offered.choices)
    moved = await pat.presses(offered, offered.choices[0])
    assert moved.cards[0]["title"] == "Appointment moved"
    [row] = await _visits(pat)
    assert row["date"] == "2026-11-30"
    again = await pat.runs(BOOK, "with farrow on friday at 9:00")
    assert again.cards[0]["rows"][1]["value"] == "09:00 to 09:20"


async def test_cancelling_is_asked_back_once(bot: Bot, clinic: InProcess) -> None:
    pat = await bot.signed_in("pat")
    asked = await pat.runs(CANCEL, "cancel my appointment")
    assert "Friday 27 November at 09:00" in asked.texts[0]
    assert len(await _visits(pat)) == 1
    assert (await pat.runs(ANSWER, "yes please")).texts[0].endswith("is cancelled.")
    assert await _visits(pat) == []
    nothing = await pat.runs(CANCEL, "cancel my appointment")
    assert nothing.choices == ["Book an appointment"]


async def test_a_no_keeps_the_appointment(bot: Bot, clinic: InProcess) -> None:
    pat = await bot.signed_in("pat")
    asked = await pat.runs(CANCEL, "cancel my appointment")
    await pat.presses(asked, "No, keep it")
    assert len(await _visits(pat)) == 1
    assert pat.slots["open_request"] is None


async def test_which_appointment_is_asked_where_there_are_two(bot: Bot, clinic: InProcess) -> None:
    pat = await bot.signed_in("pat")
    await pat.presses(offered := await pat.runs(BOOK, "on wednesday morning"), offered.choices[0])
    asked = await pat.runs(CANCEL, "i want to cancel my appointment")
    assert len(asked.choices) == 2
    sure = await pat.presses(asked, "Friday 27 November")
    assert "Friday 27 November" in sure.texts[0]
    named = await pat.runs(CANCEL, "cancel the appointment on wednesday")
    assert "Wednesday 25 November" in named.texts[0]


async def test_an_api_that_is_down_in_the_middle_loses_no_word(bot: Bot, clinic: InProcess) -> None:
    """What was said is kept: the same answer works once the clinic is back."""
    pat = await bot.signed_in("pat")
    offered = await pat.runs(BOOK, "on thursday morning")
    clinic.down = True
    assert (await pat.presses(offered, offered.choices[0])).refused == "api_unavailable"
    clinic.down = False
    assert len(await _visits(pat)) == 1
