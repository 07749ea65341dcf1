"""The IT skill without processes: the real guard, and an IT that says what the test says."""

from __future__ import annotations

from typing import Any

import pytest

from actions.it_words import ticket_details
from actions.requests import Said
from tests.support.bot import Bot, Talk, refused_by_api

HOT = {"number": "IT-1042", "title": "Laptop gets hot", "priority": "high",
       "state": "in_progress", "opened_on": "2026-11-22", "changed_on": "2026-11-24",
       "handler": "Ivan Petrov", "note": "A new fan is ordered"}  # fmt: skip
SCREEN = {"number": "IT-1031", "title": "A second screen", "priority": "normal",
          "state": "solved", "opened_on": "2026-10-22", "changed_on": "2026-10-27"}  # fmt: skip
HELP = {"desk": "Globex IT desk", "phone": "+12025550130", "hours": "Monday to Friday, 8 to 6"}


def _opened(title: str, priority: str = "normal") -> dict[str, Any]:
    return {"number": "IT-1043", "title": title, "priority": priority, "opened_on": "2026-11-25"}


@pytest.fixture
async def erin(bot: Bot) -> Talk:
    bot.api_says("it.list_tickets", {"at_desk": False, "tickets": [HOT, SCREEN]})
    return await bot.signed_in("erin")


async def test_a_ticket_is_opened_with_its_own_words(bot: Bot, erin: Talk) -> None:
    bot.api_says("it.create_ticket", _opened("My mouse is dead"))
    said = await erin.runs("action_create_ticket", "open a ticket: my mouse is dead")
    assert said.texts == [
        "I have opened ticket IT-1043: My mouse is dead. The IT desk will look at it."
    ]
    made = ("it.create_ticket", {"title": "My mouse is dead", "priority": "normal"})
    assert bot.calls == [("it.list_tickets", {}), made]


async def test_without_a_problem_it_is_asked_for(bot: Bot, erin: Talk) -> None:
    said = await erin.runs("action_create_ticket", "I need to open a ticket")
    assert said.texts == ["What is the problem? Please describe it in one sentence."]
    bot.api_says("it.create_ticket", _opened("Wifi"))
    await erin.runs("action_answer", "wifi")
    assert bot.calls[-1][1] == {"title": "Wifi", "priority": "normal"}


@pytest.mark.parametrize(
    ("words", "title", "urgent"),
    [
        ("create a support ticket about the broken printer", "The broken printer", None),
        ("please report an issue with my laptop screen", "My laptop screen", None),
        ("my laptop does not start, it's urgent", "My laptop does not start, it's urgent", "yes"),
        ("submit a ticket", None, None),
        ("raise an IT ticket for me please", None, None),
        ("the vpn keeps dropping", "The vpn keeps dropping", None),
    ],
)
def test_what_a_ticket_is_about(words: str, title: str | None, urgent: str | None) -> None:
    details = ticket_details(Said(words))
    assert (details.get("reason"), details.get("urgent")) == (title, urgent)


@pytest.mark.parametrize("length", [139, 140, 141, 900])
def test_a_long_story_is_cut_to_what_the_desk_takes(length: int) -> None:
    title = ticket_details(Said("x" * length, asked="reason"))["reason"]
    assert len(title) == min(length, 140)


async def test_one_sees_their_own_tickets(erin: Talk) -> None:
    said = await erin.runs("action_ticket_status", "what about my tickets")
    assert said.texts == ["These are your tickets; 1 of them not solved yet."]
    said = await erin.runs("action_ticket_status", "status of IT-1042")
    assert said.texts == ["Ticket IT-1042, Laptop gets hot: is being worked on, by Ivan Petrov."]
    said = await erin.runs("action_ticket_status", "status of ticket 9999")
    assert said.texts[0].startswith("I found no ticket of yours with that number")


async def test_the_desk_sees_its_queue_as_well(bot: Bot) -> None:
    bot.api_says("it.list_tickets", {"at_desk": True, "tickets": []})
    bot.api_says("it.list_queue", {"total": 1, "tickets": [{**HOT, "requester": "Erin Walsh"}]})
    ivan = await bot.signed_in("ivan")
    said = await ivan.runs("action_ticket_status", "show the tickets")
    assert "Tickets waiting for the IT desk: 1" in said.texts[1]
    assert "for Erin Walsh" in said.cards[0]["rows"][0]["text"]


async def test_a_long_queue_says_how_long_it_is(bot: Bot) -> None:
    bot.api_says("it.list_tickets", {"at_desk": True, "tickets": []})
    bot.api_says("it.list_queue", {"total": 230, "tickets": [{**HOT, "requester": "Erin Walsh"}]})
    ivan = await bot.signed_in("ivan")
    said = await ivan.runs("action_ticket_status", "show the tickets")
    assert "Tickets waiting for the IT desk: 230. These 1 come first" in said.texts[1]


async def test_the_queue_goes_on_page_by_page(bot: Bot) -> None:
    bot.api_says("it.list_tickets", {"at_desk": True, "tickets": []})
    bot.api_says("it.list_queue", {"total": 2, "tickets": [HOT], "next": "IT-1042"})
    ivan = await bot.signed_in("ivan")
    said = await ivan.runs("action_ticket_status", "show the tickets")
    assert said.choices == ["Show more"]
    bot.api_says("it.list_queue", {"tickets": [{**SCREEN, "state": "open"}]})
    said = await ivan.runs("action_answer", "show more")
    assert bot.calls[-1] == ("it.list_queue", {"after": "IT-1042"})
    assert said.texts == ["These 1 come next in the queue of the IT desk."]
    assert (said.choices, ivan.slots["open_request"]) == ([], None)


async def test_a_queue_that_was_solved_in_the_meantime_ends(bot: Bot) -> None:
    bot.api_says("it.list_tickets", {"at_desk": True, "tickets": []})
    bot.api_says("it.list_queue", {"total": 2, "tickets": [HOT], "next": "IT-1042"})
    ivan = await bot.signed_in("ivan")
    await ivan.runs("action_ticket_status", "show the tickets")
    bot.api_says("it.list_queue", {"tickets": []})
    said = await ivan.runs("action_answer", "show more")
    assert said.texts == ["That was all that waits for the IT desk."]


async def test_ones_own_tickets_go_on_and_an_old_number_is_not_denied(bot: Bot, erin: Talk) -> None:
    first = {"at_desk": False, "tickets": [HOT, HOT], "next": "IT-1042"}
    bot.api_says("it.list_tickets", first)
    said = await erin.runs("action_ticket_status", "status of ticket 1031")
    assert said.texts[0].startswith("That number is not among these 2 tickets of yours.")
    bot.api_says("it.list_tickets", {"at_desk": False, "tickets": [SCREEN, SCREEN]})
    said = await erin.presses(said, "Show more")
    assert bot.calls[-1] == ("it.list_tickets", {"after": "IT-1042"})
    assert said.texts == ["These 2 tickets of yours are older."]
    assert (said.choices, erin.slots["open_request"]) == ([], None)


async def test_a_page_that_cannot_be_had_is_asked_for_again(bot: Bot, erin: Talk) -> None:
    first = {"at_desk": False, "tickets": [HOT, SCREEN], "next": "IT-1031"}
    bot.api_says("it.list_tickets", first)
    await erin.runs("action_ticket_status", "my tickets")
    bot.api_says("it.list_tickets", refused_by_api("api_unavailable"))
    assert (await erin.runs("action_answer", "show more")).refused == "api_unavailable"
    bot.api_says("it.list_tickets", {"at_desk": False, "tickets": [SCREEN, SCREEN]})
    await erin.runs("action_answer", "show more")
    assert bot.calls[-1] == ("it.list_tickets", {"after": "IT-1031"})


async def test_a_list_puts_no_open_question_aside(bot: Bot, erin: Talk) -> None:
    await erin.runs("action_create_ticket", "I need to open a ticket")
    first = {"at_desk": False, "tickets": [HOT, SCREEN], "next": "IT-1031"}
    bot.api_says("it.list_tickets", first)
    said = await erin.runs("action_ticket_status", "my tickets")
    assert said.choices == []
    bot.api_says("it.create_ticket", _opened("Wifi"))
    await erin.runs("action_answer", "wifi")
    assert bot.calls[-1][1]["title"] == "Wifi"


async def test_an_api_that_takes_an_employee_for_the_desk_opens_no_queue(bot: Bot) -> None:
    """Two decisions: security knows the role, whatever the API says of desks."""
    bot.api_says("it.list_tickets", {"at_desk": True, "tickets": []})
    erin = await bot.signed_in("erin")
    assert (await erin.runs("action_ticket_status", "tickets")).refused == "forbidden"
    assert [name for name, _ in bot.calls] == ["it.list_tickets"]


@pytest.mark.parametrize("action", ["action_reset_password", "action_unlock_account"])
async def test_the_way_back_in_is_the_same_for_everybody(bot: Bot, action: str) -> None:
    """ASVS 6.3.8: whoever asks, and whoever they say that they are; nobody is named to anybody."""
    bot.api_says("it.reset_password", HELP)
    bot.api_says("it.unlock_account", HELP)
    heard = []
    for words in ("I am erin", "I am nobody", "reset the password of mark"):
        stranger = await bot.visitor("globex")
        heard.append(await stranger.runs(action, words))
    heard.append(await (await bot.signed_in("erin")).runs(action, "help"))
    assert all(said.texts == heard[0].texts and said.cards == heard[0].cards for said in heard)
    assert heard[0].cards == [{"kind": "recover"}]
    assert "+12025550130" in heard[0].texts[1]
    assert all(arguments == {} for _, arguments in bot.calls)


@pytest.mark.parametrize("why", ["no tenant", "a bank", "the API is down"])
async def test_the_way_back_in_is_there_without_a_desk(bot: Bot, why: str) -> None:
    bot.api_says("it.reset_password", refused_by_api("api_unavailable"))
    tenant = {"no tenant": None, "a bank": "northwind-bank"}.get(why, "globex")
    said = await (await bot.visitor(tenant)).runs("action_reset_password", "i forgot it")
    assert said.cards == [{"kind": "recover"}]
    assert said.refused is None


@pytest.mark.parametrize("username", ["alice", "pat", "carl", "aud3", "abe"])
@pytest.mark.parametrize(
    ("action", "operation"),
    [("action_create_ticket", "it.list_tickets"), ("action_ticket_status", "it.list_tickets")],
)
async def test_the_wrong_person_is_refused_and_it_is_on_the_trail(
    bot: Bot, username: str, action: str, operation: str
) -> None:
    """ASVS 16.3.2."""
    somebody = await bot.signed_in(username)
    said = await somebody.runs(action, "open a ticket: the printer is broken")
    assert said.refused == "forbidden"
    [denied] = bot.world.trail("operation:guard:deny")
    assert (denied["operation"], denied["decision"]) == (operation, "deny")
    assert bot.calls == []
