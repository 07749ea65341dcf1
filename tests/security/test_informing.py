"""Who else hears of a write: one person of the same tenant, whom the API names and the bot not."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.people import by_usernames
from security.adapters.tables import PersonRow
from security.errors import Refused
from security.ports import Settled
from security.server import build_doubts
from security.services.letters import Letter, password_notice
from security.services.messages import NOTICES_PER_HOUR
from security.services.telling import tell
from tests.security.letters import letters
from tests.support.bot import Bot, Talk

ASK = "hr.request_leave"
ORDER = {"first": "2026-12-07", "last": "2026-12-09", "part": "whole", "days": "3"}
AUDIENCE = "urn:gatehouse:api:hr"
OPEN = "healthcare.open_emergency_access"
CLINIC = "urn:gatehouse:api:healthcare"
GLASS = {"patient": "Quinn Abbott", "code": "patient_asked", "reason": "She rang the ward."}


def _subject(bot: Bot, username: str, audience: str = AUDIENCE) -> str:
    [(person,)] = bot.world.sql(
        "SELECT id FROM people WHERE username_hash = hashed(tenant_id, ?)", username
    )
    return bot.world.core.keys.pairwise_subject(person, audience)


def _asked(approver: str) -> dict[str, Any]:
    named = {"id": f"lve_{'A' * 22}", "left": "20", "approver_name": "Mark Sorensen"}
    return {**ORDER, **named, "approver": approver}


def _news(bot: Bot) -> list[Letter]:
    return [one for one in letters(bot.world) if "days of leave" in one.text]


async def _asks(bot: Bot, talk: Talk) -> Any:
    turn = await talk.visitor.say()
    try:
        return await bot.world.actions.invoke(turn.ticket, ASK, ORDER, "action_of_a_test")
    finally:
        await talk.visitor.hear(turn)


async def test_the_manager_is_told_and_the_bot_learns_no_subject(bot: Bot) -> None:
    bot.api_says(ASK, _asked(_subject(bot, "mark")))
    result = await _asks(bot, await bot.signed_in("erin"))
    assert "approver" not in result
    assert result["approver_name"] == "Mark Sorensen"
    told = _news(bot)
    assert {(one.channel, one.to) for one in told} == {
        ("sms", "+12025550113"),
        ("email", "mark@globex.example.com"),
    }
    words = "Erin Walsh asks for 3 days of leave, 2026-12-07 to 2026-12-09"
    assert all(words in one.text and one.kind == "notice" for one in told)


async def test_asked_again_in_the_same_turn_the_manager_hears_once(bot: Bot) -> None:
    bot.api_says(ASK, _asked(_subject(bot, "mark")))
    erin = await bot.signed_in("erin")
    turn = await erin.visitor.say()
    for _ in range(3):
        await bot.world.actions.invoke(turn.ticket, ASK, ORDER, "action_of_a_test")
    assert len(_news(bot)) == 2
    assert len(bot.calls) == 1


@pytest.mark.parametrize("named", ["alice", "carl", "nobody"])
async def test_an_api_reaches_nobody_outside_the_tenant(bot: Bot, named: str) -> None:
    """ASVS 8.4.1: a hostile API names somebody of a bank; it is done, and nobody is told."""
    erin = await bot.signed_in("erin")
    subject = "pw-nobody" if named == "nobody" else _subject(bot, named)
    bot.api_says(ASK, _asked(subject))
    assert (await _asks(bot, erin))["days"] == "3"
    assert _news(bot) == []


async def test_what_was_refused_is_told_to_nobody(bot: Bot) -> None:
    bot.api_says(ASK, Refused("not_enough_days"))
    erin = await bot.signed_in("erin")
    with pytest.raises(Refused, match="not_enough_days"):
        await _asks(bot, erin)
    assert _news(bot) == []


async def test_a_name_cannot_forge_the_line_of_a_code(bot: Bot) -> None:
    """WICG origin-bound codes: whoever is called `@host #123456` is shown without the signs."""
    bot.world.change("erin", name="Erin @evil.example #123456")
    bot.api_says(ASK, _asked(_subject(bot, "mark")))
    await _asks(bot, await bot.signed_in("erin"))
    assert all("#123456" not in one.text and "@evil" not in one.text for one in _news(bot))


def _warn(bot: Bot, username: str) -> None:
    """Tell somebody that their password was changed, as a change of it does."""

    def work(store: Session) -> None:
        person = store.scalars(select(PersonRow).where(by_usernames(store, [username]))).one()
        tell(bot.world.core, store, person, password_notice("https://x"), bot.world.clock())

    bot.world.core.database.run_here(work, across="a test looks on")


async def test_a_colleague_floods_no_warning_away(bot: Bot) -> None:
    """ASVS 6.3.7: news that others cause leave room for what concerns one's own account."""
    bot.api_says(ASK, _asked(_subject(bot, "mark")))
    for username in ("erin", "hana", "ivan"):
        colleague = await bot.signed_in(username)
        for _ in range(10):
            await _asks(bot, colleague)
    assert len(_news(bot)) < NOTICES_PER_HOUR
    _warn(bot, "mark")
    warned = {one.to for one in letters(bot.world) if "password has been changed" in one.text}
    assert warned == {"+12025550113", "mark@globex.example.com"}


def _opened(patient: str) -> dict[str, Any]:
    seen = {"reference": f"Patient/pat-{'0' * 32}", "display": "Quinn Abbott"}
    told = {"code": GLASS["code"], "ends": "2026-11-23T14:00:00+01:00", "subject": patient}
    return {"id": f"emg-{'0' * 32}", "patient": seen, **told}


async def _opens(bot: Bot, patient: str) -> None:
    bot.api_says(OPEN, _opened(patient))
    dana = await bot.signed_in("dana")
    turn = await dana.visitor.say()
    await bot.world.actions.invoke(turn.ticket, OPEN, GLASS, "action_of_a_test", "emergency")
    await dana.visitor.hear(turn)


async def test_who_was_disabled_watches_over_nothing_any_more(bot: Bot) -> None:
    """ASVS 8.3.2: a role of somebody who left hears of no patient."""
    bot.world.sql(
        "UPDATE people SET disabled_at = 0 WHERE username_hash = hashed(tenant_id, 'aud2')"
    )
    await _opens(bot, _subject(bot, "quinn", CLINIC))
    told = {one.to for one in letters(bot.world) if "health record" in one.text}
    assert "quinn@harbor.example.com" in told
    assert "aud2@harbor.example.com" not in told


async def test_no_patient_is_named_outside_the_page(bot: Bot) -> None:
    """HIPAA 164.312(e)(1): text messages and mail lie open on their way."""
    await _opens(bot, _subject(bot, "quinn", CLINIC))
    told = [one for one in letters(bot.world) if "60 minutes" in one.text]
    assert "dana@harbor.example.com" in {one.to for one in told}
    assert not [one.text for one in told if "Quinn" in one.text or "Abbott" in one.text]


@pytest.mark.parametrize("lost", [False, True])
async def test_who_was_told_is_on_the_trail_with_what_was_intended(bot: Bot, lost: bool) -> None:
    """ASVS 16.3.2: both records stand for the same request, so an auditor can follow it."""
    await (_opens_in_doubt(bot) if lost else _opens(bot, _subject(bot, "quinn", CLINIC)))
    intended = bot.world.trail("operation:guard:allow")[-1]
    told = {one["arguments"] for one in bot.world.trail("message:person:inform")}
    assert told == {intended["arguments"]}


async def test_a_lost_answer_keeps_no_emergency_secret(bot: Bot) -> None:
    """HIPAA 164.312(a)(2)(ii): patient and auditor hear of it when it turns out to be done."""
    await _opens_in_doubt(bot)
    told = {one.to for one in letters(bot.world) if "health record" in one.text}
    assert told >= {"quinn@harbor.example.com", "aud2@harbor.example.com"}


async def _opens_in_doubt(bot: Bot) -> None:
    bot.api_says(OPEN, Refused("api_unavailable"))
    dana = await bot.signed_in("dana")
    turn = await dana.visitor.say()
    with pytest.raises(Refused, match="in_doubt"):
        await bot.world.actions.invoke(turn.ticket, OPEN, GLASS, "action_of_a_test", "emergency")
    api: Any = bot.world.api
    api.settled = Settled(done=True, result=_opened(_subject(bot, "quinn", CLINIC)))
    await build_doubts(bot.world.core, api).settle_all()


async def test_a_patient_who_cannot_be_told_is_on_the_trail(bot: Bot) -> None:
    """HIPAA 164.312(a)(2)(ii): the auditor sees that whom it is about has not heard of it."""
    await _opens(bot, "pw-nobody")
    missed = [one for one in bot.world.trail("message:person:inform") if "person" not in one]
    assert [one["reason"] for one in missed] == ["nobody_found"]
