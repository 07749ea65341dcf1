"""Break-glass in conversation: who may, what is asked, who is told, and what the trail keeps."""

from __future__ import annotations

import pytest

from tests.actions.clinic import InProcess
from tests.security.letters import letters
from tests.support.bot import Bot, Said, Talk

GLASS, ANSWER = "action_break_glass", "action_answer"
WHY = "Found unconscious at home, and nobody knows what she takes."


async def _opened(talk: Talk, patient: str = "Quinn Abbott") -> Said:
    asked = await talk.runs(GLASS, f"I need emergency access to the record of {patient}")
    assert len(asked.choices) == 3
    await talk.presses(asked, "I treat them in an emergency")
    return await talk.runs(ANSWER, WHY)


async def test_dana_opens_quinns_record_for_an_hour(bot: Bot, clinic: InProcess) -> None:
    dana = await bot.signed_in("dana")
    assert (await dana.runs("action_lab_results", "Quinn's lab results")).refused == "not_in_care"
    said = await _opened(dana)
    assert "The record of Quinn Abbott is open to you until 14:00." in said.texts[0]
    assert (await dana.presses(said, "Lab results")).cards[0]["patient"] == "Quinn Abbott"
    bot.pass_time(minutes=14)
    for _ in range(4):
        await dana.visitor.say()
        bot.pass_time(minutes=14)
    await dana.visitor.say()
    late = await dana.runs("action_lab_results", "Quinn's lab results")
    assert late.refused == "step_up_required"
    assert (await dana.confirms("dana")).refused == "not_in_care"


async def test_the_patient_and_the_auditor_are_told(bot: Bot, clinic: InProcess) -> None:
    """ASVS 6.3.7 in spirit; HIPAA 164.312(a)(2)(ii): an emergency leaves witnesses."""
    dana = await bot.signed_in("dana")
    await _opened(dana)
    told = [one for one in letters(bot.world) if one.kind == "notice"]
    by_address = {one.to: one.text for one in told if "60 minutes" in one.text}
    assert "Dana Farrow has opened your health record" in by_address["quinn@harbor.example.com"]
    assert "Dana Farrow has opened a health record" in by_address["aud2@harbor.example.com"]
    assert "Opened a health record" in by_address["dana@harbor.example.com"]
    assert not {"pat@harbor.example.com", "aud@northwind.example.com"} & set(by_address)
    # Nobody but the clinic keeps the sentence.
    assert all("unconscious" not in one.text for one in told)


async def test_the_trail_says_who_opened_whose_record_but_not_why(
    bot: Bot, clinic: InProcess
) -> None:
    """ASVS 16.2.5: the purpose and the digest of the arguments, never the sentence."""
    dana = await bot.signed_in("dana")
    await _opened(dana)
    keys = bot.world.core.keys
    people = {name: bot.world.look(name).id for name in ("quinn", "aud2", "dana")}
    informed = bot.world.trail("message:person:inform")
    names = {keys.pseudonym(people[name]) for name in ("quinn", "aud2")}
    assert {one["person"] for one in informed} == names
    assert {one["actor"] for one in informed} == {keys.pseudonym(people["dana"])}
    [intended] = [
        one
        for one in bot.world.trail("operation:guard:allow")
        if one["operation"] == "healthcare.open_emergency_access"
    ]
    assert intended["purpose"] == "emergency"
    assert len(intended["arguments"]) == 64
    assert all(b"unconscious" not in record for record in bot.world.records())


async def test_the_actions_never_see_the_patients_name_at_the_api(
    bot: Bot, clinic: InProcess
) -> None:
    """Pairwise names are security's alone."""
    dana = await bot.signed_in("dana")
    turn = await dana.visitor.say()
    order = {"patient": "Quinn Abbott", "code": "patient_asked", "reason": WHY}
    name = "healthcare.open_emergency_access"
    result = await bot.world.actions.invoke(turn.ticket, name, order, GLASS, "emergency")
    assert set(result) == {"patient", "code", "ends"}


@pytest.mark.parametrize("who", ["pat", "rob", "aud2", "ada", "alice", "erin", "sue"])
async def test_nobody_else_may_at_all(bot: Bot, clinic: InProcess, who: str) -> None:
    """ASVS 8.2.1: refused at once, before they have said why."""
    talk = await bot.signed_in(who)
    said = await talk.runs(GLASS, "I need emergency access to the record of Quinn Abbott")
    assert said.refused == "forbidden"
    assert clinic.calls == []
    denied = bot.world.trail("operation:guard:deny")[-1]
    assert denied["operation"] == "healthcare.list_emergency_accesses"


async def test_whom_it_is_about_is_asked_until_it_is_somebody(bot: Bot, clinic: InProcess) -> None:
    """What was said already is kept."""
    dana = await bot.signed_in("dana")
    assert "Whose record" in (await dana.runs(GLASS, "break the glass")).texts[0]
    asked = await dana.runs(ANSWER, "Quinn Abott")
    await dana.presses(asked, "I stand in for a colleague")
    unknown = await dana.runs(ANSWER, WHY)
    assert unknown.refused == "not_found"
    assert "Quinn Abbott" in (await dana.runs(ANSWER, "HC-20733")).texts[0]


@pytest.mark.parametrize("reason", ["because", "x" * 501])
async def test_a_reason_is_a_sentence(bot: Bot, clinic: InProcess, reason: str) -> None:
    dana = await bot.signed_in("dana")
    asked = await dana.runs(GLASS, "emergency access for Quinn Abbott")
    await dana.presses(asked, "The patient asked me to")
    assert "10 to 500" in (await dana.runs(ANSWER, reason)).texts[0]
    assert "Quinn Abbott" in (await dana.runs(ANSWER, WHY)).texts[0]


@pytest.mark.parametrize(
    "reason",
    [
        "She fell \U0001f469\u200d\u2695\ufe0f and is unconscious",
        "\u0646\u0645\u06cc\u200c\u062a\u0648\u0627\u0646\u062f \u0635\u062d\u0628\u062a",
        "Turned \u202e round, and piled " + "x\u0301" + "\u0301" * 50,
    ],
)
async def test_no_sign_in_a_reason_keeps_the_record_shut(
    bot: Bot, clinic: InProcess, reason: str
) -> None:
    """In an emergency nobody starts anew because of what they cannot see."""
    dana = await bot.signed_in("dana")
    asked = await dana.runs(GLASS, "emergency access for Quinn Abbott")
    await dana.presses(asked, "The patient asked me to")
    assert "Quinn Abbott is open" in (await dana.runs(ANSWER, reason)).texts[0]


async def test_of_ones_own_patient_no_glass_is_broken(bot: Bot, clinic: InProcess) -> None:
    dana = await bot.signed_in("dana")
    assert (await _opened(dana, "Pat Rivera")).refused == "not_needed"


async def test_more_than_five_in_an_hour_are_too_many(bot: Bot, clinic: InProcess) -> None:
    """ASVS 2.4.1."""
    dana = await bot.signed_in("dana")
    name, refused = "healthcare.open_emergency_access", []
    for number in range(6):
        turn = await dana.visitor.say()
        order = {"patient": "Quinn Abbott", "code": "patient_asked", "reason": f"{WHY} {number}"}
        try:
            await bot.world.actions.invoke(turn.ticket, name, order, GLASS, "emergency")
        except Exception as error:
            refused.append(str(error))
        await dana.visitor.hear(turn)
    assert refused == ["rate_limited"]
