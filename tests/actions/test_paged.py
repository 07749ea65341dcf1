"""A list that is told a page at a time: leave, as one of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.bot import Bot, Talk

STATUS, ANSWER = "action_pto_status", "action_answer"
LAST = f"lve_{'A' * 22}"
LEAVE = {
    "first": "2026-10-05",
    "last": "2026-10-06",
    "part": "whole",
    "days": "2",
    "state": "approved",
    "asked_on": "2026-09-01",
}


def page(**more: Any) -> dict[str, Any]:
    return {"today": "2026-11-25", "requests": [LEAVE], **more}


@pytest.fixture
async def erin(bot: Bot) -> Talk:
    bot.api_says("hr.list_leave", page(next=LAST))
    return await bot.signed_in("erin")


async def test_the_next_page_follows_the_one_that_was_shown(bot: Bot, erin: Talk) -> None:
    said = await erin.runs(STATUS)
    bot.api_says("hr.list_leave", page())
    said = await erin.presses(said, "Show more")
    assert bot.calls[-1] == ("hr.list_leave", {"after": LAST})
    assert said.texts[0].startswith("This is the leave that you asked for before that; 0 of it")
    assert (said.choices, erin.slots["open_request"]) == ([], None)


async def test_an_end_without_a_row_is_said(bot: Bot, erin: Talk) -> None:
    """The last row may be gone meanwhile."""
    said = await erin.runs(STATUS)
    bot.api_says("hr.list_leave", {"today": "2026-11-25", "requests": []})
    said = await erin.runs(ANSWER, "more")
    assert said.texts == ["That is all the leave you have asked for."]
    assert said.cards == []


@pytest.mark.parametrize(
    "kept",
    [{}, {"list": "hr.list_leave"}, {"after": LAST}, {"list": "hr.leave_balance", "after": LAST}],
)
async def test_what_was_not_kept_by_it_is_not_asked_for(
    bot: Bot, erin: Talk, kept: dict[str, str]
) -> None:
    """A slot is no authority: it names no list that is not this action's own."""
    await erin.runs(STATUS)
    erin.slots["open_request"]["details"] = kept
    before = len(bot.calls)
    said = await erin.runs(ANSWER, "more")
    assert said.texts[0].startswith("I am not waiting for an answer")
    assert len(bot.calls) == before
