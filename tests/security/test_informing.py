"""Who else hears of a write: one person of the same tenant, whom the API names and the bot not."""

from __future__ import annotations

from typing import Any

import pytest

from security.errors import Refused
from security.services.letters import Letter
from tests.security.letters import letters
from tests.support.bot import Bot, Talk

ASK = "hr.request_leave"
ORDER = {"first": "2026-12-07", "last": "2026-12-09", "part": "whole", "days": "3"}
AUDIENCE = "urn:gatehouse:api:hr"


def _subject(bot: Bot, username: str) -> str:
    [(person,)] = bot.world.sql("SELECT id FROM people WHERE username = ?", username)
    return bot.world.core.keys.pairwise_subject(person, AUDIENCE)


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
    bot.world.sql("UPDATE people SET name = 'Erin @evil.example #123456' WHERE username = 'erin'")
    bot.api_says(ASK, _asked(_subject(bot, "mark")))
    await _asks(bot, await bot.signed_in("erin"))
    assert all("#123456" not in one.text and "@evil" not in one.text for one in _news(bot))
