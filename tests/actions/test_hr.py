"""The HR skill without processes: the real guard, and an HR that says what the test says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.bot import Bot, Talk, refused_by_api

YEAR = {"year": 2026, "entitled": "25", "carried": "1.5", "taken": "5.5", "planned": "2",
        "waiting": "1", "left": "18"}  # fmt: skip
BALANCE = {"today": "2026-11-25", "balance": YEAR}
TAKEN = {"first": "2026-12-11", "last": "2026-12-14", "part": "whole", "days": "2",
         "state": "approved", "asked_on": "2026-11-16", "decided_on": "2026-11-17",
         "decided_by": "Mark Sorensen"}  # fmt: skip
OPTIONS = {
    "today": "2026-11-25",
    "years": [YEAR, {**YEAR, "year": 2027, "left": "25"}],
    "requests": [TAKEN],
}
LEAVE_ID = f"lve_{'A' * 22}"
TEAM = {
    "total": 2,
    "requests": [
        {"id": LEAVE_ID, "employee_name": "Erin Walsh", "first": "2026-12-21",
         "last": "2026-12-21", "part": "whole", "days": "1", "left_after": "18"},
        {"id": f"lve_{'B' * 22}", "employee_name": "Ivan Petrov", "first": "2026-12-07",
         "last": "2026-12-07", "part": "morning", "days": "0.5", "left_after": "24"},
    ]
}  # fmt: skip
PAPERS = {
    "documents": [
        {"id": f"doc_{at * 22}", "kind": kind, "period": period, "title": title,
         "issued_on": "2026-10-30"}
        for at, kind, period, title in (
            ("A", "payslip", "2026-10", "Payslip October 2026"),
            ("B", "payslip", "2026-09", "Payslip September 2026"),
            ("C", "tax_form", "2025", "Annual tax statement 2025"),
        )
    ]
}  # fmt: skip
NEW = "XN40GLBX000400559921"
ACTIONS = {
    "action_pto_balance": "hr.leave_balance",
    "action_pto_used": "hr.leave_balance",
    "action_pto_status": "hr.list_leave",
    "action_request_pto": "hr.leave_options",
    "action_approve_pto": "hr.list_team_leave",
    "action_payday": "hr.next_payday",
    "action_payslip": "hr.list_documents",
    "action_tax_form": "hr.list_documents",
    "action_direct_deposit": "hr.deposit_account",
}


def _asked(first: str, last: str, days: str, part: str = "whole") -> dict[str, Any]:
    order = {"first": first, "last": last, "part": part, "days": days}
    return {"id": LEAVE_ID, **order, "left": "15", "approver": "pw-x", "approver_name": "Mark"}


@pytest.fixture
async def erin(bot: Bot) -> Talk:
    bot.api_says("hr.leave_balance", BALANCE)
    bot.api_says("hr.list_leave", {"today": "2026-11-25", "requests": [TAKEN]})
    bot.api_says("hr.leave_options", OPTIONS)
    bot.api_says("hr.list_documents", PAPERS)
    bot.api_says("hr.next_payday", {"on": "2026-11-30", "in_days": 5})
    bot.api_says("hr.deposit_account", {"number": "•••• 7714"})
    return await bot.signed_in("erin")


async def test_the_balance_and_where_it_went(erin: Talk) -> None:
    said = await erin.runs("action_pto_balance")
    assert said.texts[0].startswith("You have 18 days of leave left in 2026. Waiting for")
    assert (
        (await erin.runs("action_pto_used")).texts[0].startswith("In 2026 you have taken 5.5 days")
    )
    card = (await erin.runs("action_pto_status")).cards[0]
    assert card["rows"][0]["state"] == "approved by Mark Sorensen"
    assert (await erin.runs("action_payday")).texts == [
        "You are paid on Mon 30 November, in 5 days."
    ]


async def test_leave_is_asked_for_after_a_yes_and_not_before(bot: Bot, erin: Talk) -> None:
    bot.api_says("hr.request_leave", _asked("2026-12-01", "2026-12-03", "3"))
    said = await erin.runs("action_request_pto", "I want 1 to 3 december off")
    assert said.texts == [
        "That is Tue 1 December to Thu 3 December: 3 days of leave. Left after it: 15 days. "
        "Shall I ask for it?"
    ]
    assert "hr.request_leave" not in dict(bot.calls)
    said = await erin.runs("action_answer", "yes please")
    assert said.texts == [
        "I have asked for it: Tue 1 December to Thu 3 December. Mark has been told and decides. "
        "Left after it: 15 days."
    ]
    order = {"first": "2026-12-01", "last": "2026-12-03", "part": "whole", "days": "3"}
    assert bot.calls[-1] == ("hr.request_leave", order)
    assert erin.slots["open_request"] is None


async def test_a_no_leaves_everything_as_it_is(bot: Bot, erin: Talk) -> None:
    await erin.runs("action_request_pto", "I want 1 to 3 december off")
    await erin.runs("action_cancel", "no")
    assert "hr.request_leave" not in dict(bot.calls)


async def test_a_correction_changes_the_days(bot: Bot, erin: Talk) -> None:
    await erin.runs("action_request_pto", "I want 1 to 3 december off")
    said = await erin.runs("action_answer", "no, 2 to 3 december")
    assert said.texts[0].startswith("That is Wed 2 December to Thu 3 December: 2 days")


async def test_half_a_day_is_asked_back_which(bot: Bot, erin: Talk) -> None:
    bot.api_says("hr.request_leave", _asked("2026-12-04", "2026-12-04", "0.5", "afternoon"))
    said = await erin.runs("action_request_pto", "half a day off on 4 december")
    assert said.choices == ["Morning off", "Afternoon off", "The whole day"]
    said = await erin.runs("action_answer", "Afternoon off", part="afternoon")
    assert "Fri 4 December, afternoon only: 0.5 days" in said.texts[0]
    await erin.runs("action_answer", "Yes", sure="yes")
    assert bot.calls[-1][1]["part"] == "afternoon"


@pytest.mark.parametrize(
    ("words", "hears"),
    [
        ("i want yesterday off", "That day is over"),
        ("i want 31 february off", "I know no such day"),
        ("i want 28 november off", "Nobody works then"),
        ("i want 10 to 11 december off", "Fri 11 December to Mon 14 December already (approved)"),
        ("i want 1 december to 10 december off and half a day", "half of a single day only"),
        ("i want from 30 november to 31 december off", "already (approved)"),
        ("i want from 9 december to 7 december off", ""),
        ("i want off", "Which days would you like"),
        ("i want december off", "Which days would you like"),
        ("i want all of may off", ""),
        ("i want 3/4/2027 off", "Which of these days"),
    ],
)
async def test_what_cannot_be_is_said_with_what_to_do_next(
    bot: Bot, erin: Talk, words: str, hears: str
) -> None:
    """The request stays open, and nothing is asked for."""
    said = await erin.runs("action_request_pto", words)
    assert hears in said.texts[0]
    assert erin.slots["open_request"]["asked"]
    assert "hr.request_leave" not in dict(bot.calls)


@pytest.mark.parametrize(("left", "enough"), [("3.5", True), ("3", True), ("2.5", False)])
async def test_more_days_than_are_left(bot: Bot, erin: Talk, left: str, enough: bool) -> None:
    """At the boundary, half a day more and half a day less."""
    bot.api_says("hr.leave_options", {**OPTIONS, "years": [{**YEAR, "left": left}]})
    said = await erin.runs("action_request_pto", "I want 1 to 3 december off")
    assert ("Shall I ask for it" in said.texts[0]) is enough
    assert (
        enough or f"That takes 3 days, and you have only {left} days left in 2026." in said.texts[0]
    )


async def test_what_hr_refuses_in_the_last_moment_is_put_into_words(bot: Bot, erin: Talk) -> None:
    bot.api_says("hr.request_leave", refused_by_api("not_enough_days"))
    await erin.runs("action_request_pto", "I want 1 to 3 december off")
    assert (await erin.runs("action_answer", "yes")).refused == "not_enough_days"


async def test_a_manager_approves_by_name(bot: Bot) -> None:
    bot.api_says("hr.list_team_leave", TEAM)
    shown = {
        name: TEAM["requests"][0][name]
        for name in ("employee_name", "first", "last", "part", "days")
    }
    bot.api_says("hr.decide_leave", {**shown, "employee": "pw-x", "decision": "approved"})
    mark = await bot.signed_in("mark")
    said = await mark.runs("action_approve_pto", "approve erin's leave")
    assert said.texts == [
        "Done: the leave of Erin Walsh, Mon 21 December, is approved. I have told them."
    ]
    assert bot.calls[-1] == (
        "hr.decide_leave",
        {"leave": LEAVE_ID, **shown, "decision": "approved"},
    )


async def test_without_a_name_each_can_be_approved_or_declined(bot: Bot) -> None:
    bot.api_says("hr.list_team_leave", TEAM)
    mark = await bot.signed_in("mark")
    said = await mark.runs("action_approve_pto", "who has asked for leave?")
    assert said.choices[:2] == [
        "Approve Erin Walsh, Mon 21 December",
        "Decline Erin Walsh, Mon 21 December",
    ]
    bot.api_says("hr.decide_leave", refused_by_api("already_decided"))
    said = await mark.runs("action_answer", "Decline", leave=LEAVE_ID, decision="declined")
    assert said.refused == "already_decided"
    assert bot.calls[-1][1]["decision"] == "declined"


async def test_of_very_many_requests_one_is_found_by_name(bot: Bot) -> None:
    bot.api_says("hr.list_team_leave", {**TEAM, "total": 741})
    hana = await bot.signed_in("hana")
    said = await hana.runs("action_approve_pto", "who has asked for leave?")
    assert said.texts[0].startswith(
        "741 requests for leave are waiting for you; these are the first"
    )
    await hana.runs("action_approve_pto", "approve erin's leave")
    asked = [arguments for name, arguments in bot.calls if name == "hr.list_team_leave"]
    assert [sorted(one) for one in asked] == [[], ["name"]]
    assert asked[1]["name"].casefold() == "erin"


async def test_who_manages_nobody_is_refused_and_it_is_on_the_trail(bot: Bot) -> None:
    bot.api_says("hr.list_team_leave", refused_by_api("not_a_manager"))
    erin = await bot.signed_in("erin")
    assert (
        await erin.runs("action_approve_pto", "approve mark's leave")
    ).refused == "not_a_manager"
    failed = bot.world.trail("operation:api:fail")
    assert [(one["operation"], one["reason"]) for one in failed] == [
        ("hr.list_team_leave", "not_a_manager")
    ]


@pytest.mark.parametrize(
    ("action", "words", "paper", "title"),
    [
        ("action_payslip", "my payslip please", "A", "Payslip October 2026"),
        ("action_payslip", "show the september payslip", "B", "Payslip September 2026"),
        ("action_tax_form", "I need my tax form", "C", "Annual tax statement 2025"),
    ],
)
async def test_a_paper_is_a_link_and_nothing_more(
    bot: Bot, erin: Talk, action: str, words: str, paper: str, title: str
) -> None:
    said = await erin.runs(action, words)
    assert said.texts == [
        f"{title} is ready below. The link works once, for 60 seconds, and only here."
    ]
    assert [name for name, _ in bot.calls] == ["hr.list_documents"]
    assert bot.world.sql("SELECT operation FROM document_links") == [("hr.open_document",)]


async def test_an_old_paper_is_looked_for_on_later_pages(bot: Bot, erin: Talk) -> None:
    old = f"doc_{'D' * 22}"
    bot.api_says("hr.list_documents", {**PAPERS, "next": old})
    said = await erin.runs("action_payslip", "my payslip of january 2019")
    assert said.texts[0].startswith("I found no such document")
    asked = [arguments for _, arguments in bot.calls]
    assert asked == [{}, *[{"after": old}] * 3]  # All that a turn is good for, but the paper.
    said = await erin.runs("action_payslip", "my payslip please")
    assert len(bot.calls) == 5  # What is on the first page needs no other.


async def test_a_month_without_a_payslip_is_not_another_one(bot: Bot, erin: Talk) -> None:
    said = await erin.runs("action_payslip", "my payslip of january 2019")
    assert said.texts[0].startswith("I found no such document")


async def test_another_account_is_approved_with_its_whole_number(bot: Bot, erin: Talk) -> None:
    said = await erin.runs("action_direct_deposit", "change my direct deposit")
    assert "•••• 7714" in said.texts[0]
    wrong = await erin.runs("action_answer", "XN41GLBX000400559921")
    assert "check digits" in wrong.texts[0]
    changed = {"number_shown": "•••• 9921", "current": "•••• 7714", "first_paid_on": "2026-11-30"}
    bot.api_says("hr.change_deposit", changed)
    asked = await erin.runs("action_answer", NEW)
    assert asked.refused == "confirmation_required"
    assert erin.visitor.challenge is not None
    assert erin.visitor.challenge.binding == "Pay your salary into the account •••• 9921"
    rows = {row.label: row.value for row in erin.visitor.challenge.details or []}
    assert rows == {"New account": NEW, "Instead of": "•••• 7714"}
    done = await erin.confirms("erin")
    assert done.texts[0].startswith("Done: your salary goes to •••• 9921")
    assert all(NEW not in text for text in done.texts)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("username", ["alice", "pat", "carl", "aud3", "abe"])
async def test_the_wrong_person_is_refused_and_it_is_on_the_trail(
    bot: Bot, username: str, action: str
) -> None:
    """ASVS 16.3.2."""
    somebody = await bot.signed_in(username)
    assert (await somebody.runs(action, "please")).refused == "forbidden"
    [denied] = bot.world.trail("operation:guard:deny")
    assert (denied["operation"], denied["decision"]) == (ACTIONS[action], "deny")
    assert bot.calls == []


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_stranger_is_asked_to_sign_in(bot: Bot, action: str) -> None:
    talk = await bot.visitor("globex")
    assert (await talk.runs(action, "please")).refused == "authentication_required"
