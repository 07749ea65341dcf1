"""Deciding about leave: manager of, the HR desk, and nobody else; once, and as it was shown."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date
from typing import Any

import pytest

from apis.hr.model import MOST_OF_TEAM
from apis.hr.tables import LeaveRow
from tests.apis.calling import Api, code_of

from .conftest import ASK, DECIDE, TEAM, erins_leave, leave


async def _waiting(hr: Api, subject: str, tenant: str = "globex") -> list[dict[str, Any]]:
    reply = await hr.get(TEAM, subject, tenant=tenant)
    return list(reply.json()["requests"])


def _decision(shown: dict[str, Any], decision: str = "approved", **other: Any) -> dict[str, Any]:
    body = {name: shown[name] for name in ("employee_name", "first", "last", "part", "days")}
    return {"leave": shown["id"], **body, "decision": decision, **other}


async def _erins(hr: Api) -> dict[str, Any]:
    [found] = [one for one in await _waiting(hr, "pw-mark") if one["employee_name"] == "Erin"]
    return found


async def test_a_manager_sees_their_team_and_the_desk_everybody_but_herself(hr: Api) -> None:
    assert {one["employee_name"] for one in await _waiting(hr, "pw-mark")} == {"Erin", "Hana"}
    assert {one["employee_name"] for one in await _waiting(hr, "pw-hana")} == {"Erin", "Mark"}


@pytest.mark.parametrize(
    ("name", "seen"), [("erin", {"Erin"}), ("HANA", {"Hana"}), ("nobody", {"Erin", "Hana"})]
)
async def test_a_name_finds_whose_requests_are_meant(hr: Api, name: str, seen: set[str]) -> None:
    """Where it means nobody of the team, all are listed; another team's are nobody's."""
    found = (await hr.get(TEAM, "pw-mark", f"/team/leave?name={name}")).json()
    assert {one["employee_name"] for one in found["requests"]} == seen
    assert found["total"] == len(found["requests"])


@pytest.mark.parametrize(
    ("first", "last", "state", "spent"),
    [
        ("2025-12-29", "2026-01-02", "approved", 2),
        ("2026-12-31", "2027-01-01", "waiting", 1),
        ("2025-12-29", "2025-12-31", "approved", 0),
        ("2027-01-01", "2027-01-04", "approved", 0),
        ("2026-12-31", "2026-12-31", "declined", 0),
    ],
)
async def test_what_is_left_counts_the_days_of_the_year_that_is_asked_for(
    hr: Api, first: str, last: str, state: str, spent: int
) -> None:
    """Of leave over New Year, only those days that are in it."""
    before = await _erins(hr)
    assert before["first"].startswith("2026-")
    asked = erins_leave("lve_0123456789012345678901", first, asked_on=date(2025, 11, 1))
    hr.keep(LeaveRow, {**asked, "last_on": date.fromisoformat(last), "state": state})
    found = (await hr.get(TEAM, "pw-hana")).json()["requests"]
    [after] = [one for one in found if one["id"] == before["id"]]
    assert float(before["left_after"]) - float(after["left_after"]) == spent


async def test_very_much_that_waits_is_told_in_part_with_its_amount(hr: Api) -> None:
    days = range(1, 29)
    hr.keep(LeaveRow, *(erins_leave(f"lve_{day:022}", f"2027-02-{day:02}") for day in days))
    found = (await hr.get(TEAM, "pw-hana")).json()
    assert (found["total"], len(found["requests"])) == (30, MOST_OF_TEAM)
    first = [one["first"] for one in found["requests"]]
    assert first == sorted(first)


async def test_a_namesake_of_another_tenant_sees_none_of_it(hr: Api) -> None:
    """ASVS 8.4.1: the same subject, another tenant."""
    names = {one["employee_name"] for one in await _waiting(hr, "pw-mark", "acme-shop")}
    assert names == {"Zoe"}


@pytest.mark.parametrize("subject", ["pw-erin", "pw-ivan"])
async def test_who_manages_nobody_is_told_so(hr: Api, subject: str) -> None:
    assert code_of(await hr.get(TEAM, subject)) == "not_a_manager"


@pytest.mark.parametrize("decision", ["approved", "declined"])
@pytest.mark.parametrize("who", ["mark", "hana"])
async def test_manager_and_desk_decide(hr: Api, who: str, decision: str) -> None:
    shown = await _erins(hr)
    reply = await hr.post(DECIDE, f"pw-{who}", _decision(shown, decision))
    assert (reply.json()["employee"], reply.json()["decision"]) == ("pw-erin", decision)
    query = "SELECT state, decided_by, decided_on FROM leave WHERE id = ?"
    assert hr.rows(query, shown["id"]) == [(decision, who.capitalize(), "2026-11-25")]


@pytest.mark.parametrize(
    ("subject", "tenant"),
    [("pw-erin", "globex"), ("pw-ivan", "globex"), ("pw-mark", "acme-shop")],
)
async def test_an_employee_a_colleague_and_a_foreign_manager_decide_nothing(
    hr: Api, subject: str, tenant: str
) -> None:
    """ASVS 8.2.2: not found, as if it were not there; and nothing is written."""
    shown = await _erins(hr)
    assert code_of(await hr.post(DECIDE, subject, _decision(shown), tenant=tenant)) == "not_found"
    assert hr.rows("SELECT state FROM leave WHERE id = ?", shown["id"]) == [("waiting",)]


async def test_the_desk_does_not_decide_her_own(hr: Api) -> None:
    [hers] = [one for one in await _waiting(hr, "pw-mark") if one["employee_name"] == "Hana"]
    assert code_of(await hr.post(DECIDE, "pw-hana", _decision(hers))) == "not_found"


async def test_a_manager_does_not_decide_his_own(hr: Api) -> None:
    [his] = [one for one in await _waiting(hr, "pw-hana") if one["employee_name"] == "Mark"]
    assert code_of(await hr.post(DECIDE, "pw-mark", _decision(his))) == "not_found"


async def test_who_is_their_own_manager_on_file_has_it_decided_by_the_desk(hr: Api) -> None:
    """ASVS 8.2.2: a circle of one; the request goes to somebody else, who is the one told."""
    hr.change("UPDATE employees SET manager = subject WHERE subject = 'pw-ivan'")
    asked = await hr.post(ASK, "pw-ivan", leave("2026-12-07"))
    assert (asked.json()["approver"], asked.json()["approver_name"]) == ("pw-hana", "Hana")
    assert code_of(await hr.get(TEAM, "pw-ivan")) == "not_a_manager"
    [shown] = [one for one in await _waiting(hr, "pw-hana") if one["employee_name"] == "Ivan"]
    assert code_of(await hr.post(DECIDE, "pw-ivan", _decision(shown))) == "not_found"
    assert code_of(await hr.post(DECIDE, "pw-hana", _decision(shown))) == "ok"


async def test_in_a_circle_of_two_each_sees_the_others_alone(hr: Api) -> None:
    """ASVS 8.2.2."""
    hr.change("UPDATE employees SET manager = 'pw-erin' WHERE subject = 'pw-mark'")
    assert {one["employee_name"] for one in await _waiting(hr, "pw-erin")} == {"Mark"}
    [his] = await _waiting(hr, "pw-erin")
    assert code_of(await hr.post(DECIDE, "pw-mark", _decision(his))) == "not_found"


@pytest.mark.parametrize(
    "other",
    [{"days": "2"}, {"employee_name": "Ivan"}, {"first": "2026-12-22"}, {"part": "morning"}],
)
async def test_what_was_shown_is_what_is_decided(hr: Api, other: dict[str, str]) -> None:
    shown = await _erins(hr)
    reply = await hr.post(DECIDE, "pw-mark", _decision(shown, **other))
    assert code_of(reply) == "details_changed"


async def test_an_id_that_is_guessed_finds_nothing(hr: Api) -> None:
    shown = {**(await _erins(hr)), "id": "lve_AAAAAAAAAAAAAAAAAAAAAA"}
    assert code_of(await hr.post(DECIDE, "pw-mark", _decision(shown))) == "not_found"


async def test_two_decisions_at_once_are_one(hr: Api) -> None:
    """ASVS 15.4.2: manager and desk, approved and declined, fifty at once: the first one counts."""
    shown = await _erins(hr)
    calls = [
        hr.post(DECIDE, who, _decision(shown, decision))
        for who in ("pw-mark", "pw-hana")
        for decision in ("approved", "declined")
        for _ in range(12)
    ]
    replies = await asyncio.gather(*calls)
    assert Counter(map(code_of, replies)) == {"ok": 1, "already_decided": 47}
    [made] = [reply.json() for reply in replies if reply.status_code == 200]
    assert hr.rows("SELECT state FROM leave WHERE id = ?", shown["id"]) == [(made["decision"],)]


async def test_a_decision_is_seen_by_who_asked(hr: Api) -> None:
    await hr.post(ASK, "pw-ivan", leave("2026-12-07"))
    [shown] = [one for one in await _waiting(hr, "pw-mark") if one["employee_name"] == "Ivan"]
    await hr.post(DECIDE, "pw-mark", _decision(shown))
    query = "SELECT state FROM leave WHERE subject = 'pw-ivan'"
    assert hr.rows(query) == [("approved",)]
