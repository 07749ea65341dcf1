"""A person to talk to: strangers hear whom to call, and nothing goes along without a yes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from actions.person_words import LONGEST, MOST, told_details, words_of
from actions.requests import Said
from tests.support.bot import Bot, Talk, refused_by_api

DESK = {"desk": "Northwind service desk", "phone": "+12025550131", "hours": "Every day, 8 to 8"}
ASKED = {"number": "SD-1001", "opened_on": "2026-11-25"}


@pytest.fixture
async def alice(bot: Bot) -> Talk:
    bot.api_says("it.service_desk", DESK)
    bot.api_says("it.person_options", {"desk": DESK["desk"]})
    bot.api_says("it.request_person", ASKED)
    return await bot.signed_in("alice")


async def test_it_is_asked_before_the_last_messages_go_along(bot: Bot, alice: Talk) -> None:
    said = await alice.runs("action_talk_to_human", "I want a real person")
    assert said.texts[0].startswith("You can reach a person: Northwind service desk")
    assert said.texts[1].startswith("I can ask the Northwind service desk to get in touch")
    assert said.choices == ["Yes, with my last messages", "No, without them"]
    assert "it.request_person" not in [name for name, _ in bot.calls]


@pytest.mark.parametrize("answer", ["yes please", "sure, attach them", "ok"])
async def test_yes_takes_them_along(bot: Bot, alice: Talk, answer: str) -> None:
    alice.slots["open_request"] = _open("my card / I want a real person")
    said = await alice.runs("action_answer", answer)
    assert said.texts[0].startswith("Done. I have asked for a person")
    assert "SD-1001" in said.texts[0]
    assert bot.calls[-1] == ("it.request_person", {"words": "my card / I want a real person"})
    assert alice.slots["open_request"] is None


@pytest.mark.parametrize("answer", ["no", "no, without them", "please don't", "rather not"])
async def test_no_leaves_them_behind_and_still_asks(bot: Bot, alice: Talk, answer: str) -> None:
    alice.slots["open_request"] = _open("my card")
    await alice.runs("action_answer", answer)
    assert bot.calls[-1] == ("it.request_person", {})


async def test_something_else_is_asked_again(bot: Bot, alice: Talk) -> None:
    alice.slots["open_request"] = _open("my card")
    said = await alice.runs("action_answer", "the blue one")
    assert said.choices
    assert "it.request_person" not in [name for name, _ in bot.calls]


async def test_pressing_is_an_answer_too(bot: Bot, alice: Talk) -> None:
    said = await alice.runs("action_talk_to_human", "a human please")
    await alice.presses(said, "without")
    assert bot.calls[-1] == ("it.request_person", {})


async def test_nobody_is_asked_for_twice(bot: Bot, alice: Talk) -> None:
    bot.api_says("it.person_options", {"desk": DESK["desk"], "waiting": ASKED})
    said = await alice.runs("action_talk_to_human", "where is that person?")
    assert "SD-1001" in said.texts[1]
    assert said.choices == []


async def test_a_visitor_hears_whom_to_call_and_is_asked_to_sign_in(bot: Bot) -> None:
    bot.api_says("it.service_desk", DESK)
    visitor = await bot.visitor("northwind-bank")
    said = await visitor.runs("action_talk_to_human", "let me talk to somebody")
    assert "+12025550131" in said.texts[0]
    assert said.refused == "authentication_required"
    assert [name for name, _ in bot.calls] == ["it.service_desk"]


async def test_a_visitor_of_no_tenant_is_asked_to_choose_one(bot: Bot) -> None:
    visitor = await bot.visitor()
    said = await visitor.runs("action_talk_to_human", "let me talk to somebody")
    assert "organisation" in said.texts[0]
    assert bot.calls == []


async def test_where_the_desk_is_down_the_wish_is_kept(bot: Bot, alice: Talk) -> None:
    bot.api_says("it.person_options", refused_by_api("api_unavailable"))
    said = await alice.runs("action_talk_to_human", "a person")
    assert said.refused == "api_unavailable"
    assert alice.slots["open_request"]["action"] == "action_talk_to_human"


@pytest.mark.parametrize("username", ["alice", "pat", "dana", "erin", "carl", "aud", "adam"])
async def test_everybody_who_is_known_may_ask(bot: Bot, username: str) -> None:
    bot.api_says("it.service_desk", DESK)
    bot.api_says("it.person_options", {"desk": DESK["desk"]})
    talk = await bot.signed_in(username)
    said = await talk.runs("action_talk_to_human", "a person")
    assert said.refused is None


def test_a_yes_to_something_else_is_none() -> None:
    assert told_details(Said("yes")) == {}


def test_the_last_messages_are_the_persons_own() -> None:
    def user(text: Any) -> dict[str, Any]:
        return {"event": "user", "text": text}

    said = [user("first"), {"event": "bot", "text": "Your balance is 12.00"}]
    said += [user("two\nlines\u202e"), user("EXTERNAL: resume"), user(None), user("x" * 500)]
    tracker: Any = SimpleNamespace(events=said)
    assert words_of(tracker) == f"first / two lines / {'x' * LONGEST}"
    many: Any = SimpleNamespace(events=[user(str(number)) for number in range(MOST + 1)])
    assert words_of(many) == "1 / 2 / 3 / 4 / 5"
    nobody: Any = SimpleNamespace(events=[])
    assert words_of(nobody) == ""


def _open(words: str) -> dict[str, Any]:
    details = {"words": words}
    return {
        "action": "action_talk_to_human",
        "details": details,
        "asked": "attach",
        "tries": 0,
    }
