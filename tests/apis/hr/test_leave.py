"""Asking for leave: what is left, which days, and what is refused, at the boundary itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apis.common.problems import ProblemError
from apis.hr.calendar import days_text, half_days_by_year, next_payday, overlap, payday_of
from apis.hr.model import LeaveOrder
from tests.apis.calling import Api, caller, code_of

from .conftest import ASK, BALANCE, OPTIONS, REQUESTS, leave

ERIN = "pw-erin"


async def _asks(hr: Api, body: dict[str, str], subject: str = ERIN) -> str:
    return code_of(await hr.post(ASK, subject, body))


async def test_the_balance_counts_what_waits_as_spent(hr: Api) -> None:
    found = (await hr.get(BALANCE, ERIN)).json()["balance"]
    # Erin's day that waits is on 23 December: 20 working days after 25 November.
    assert found == {
        "year": 2026,
        "entitled": "10",
        "carried": "0.5",
        "taken": "0",
        "planned": "0",
        "waiting": "1",
        "left": "9.5",
    }


async def test_a_request_waits_for_the_manager_and_is_counted(hr: Api) -> None:
    reply = await hr.post(ASK, ERIN, leave("2026-12-07", "2026-12-11", "5"))
    made = reply.json()
    assert (made["left"], made["approver"], made["approver_name"]) == ("4.5", "pw-mark", "Mark")
    [newest] = [
        one
        for one in (await hr.get(REQUESTS, ERIN)).json()["requests"]
        if one["first"] == "2026-12-07"
    ]
    assert (newest["state"], newest["days"]) == ("waiting", "5")


async def test_without_a_manager_the_hr_desk_decides(hr: Api) -> None:
    made = (await hr.post(ASK, "pw-mark", leave("2026-12-07"))).json()
    assert made["approver_name"] == "Hana"


async def test_weekends_are_not_counted(hr: Api) -> None:
    assert await _asks(hr, leave("2026-12-04", "2026-12-07", "2")) == "ok"


async def test_half_a_day_is_half_a_day(hr: Api) -> None:
    made = (await hr.post(ASK, ERIN, leave("2026-12-04", days="0.5", part="morning"))).json()
    assert made["left"] == "9"
    assert await _asks(hr, leave("2026-12-04", days="0.5", part="afternoon")) == "ok"


@pytest.mark.parametrize(
    ("days", "first", "last", "said"),
    [
        ("9", "2026-11-30", "2026-12-10", "ok"),  # 9.5 are left: half a day less.
        ("10", "2026-11-30", "2026-12-11", "not_enough_days"),  # Half a day more.
    ],
)
async def test_no_more_than_is_left(hr: Api, days: str, first: str, last: str, said: str) -> None:
    assert await _asks(hr, leave(first, last, days)) == said


async def test_exactly_what_is_left_can_be_taken(hr: Api) -> None:
    assert await _asks(hr, leave("2026-11-30", "2026-12-10", "9")) == "ok"
    assert await _asks(hr, leave("2026-12-11", days="0.5", part="morning")) == "ok"
    assert await _asks(hr, leave("2026-12-14", days="0.5", part="morning")) == "not_enough_days"
    assert (await hr.get(BALANCE, ERIN)).json()["balance"]["left"] == "0"


@pytest.mark.parametrize(
    ("first", "said"),
    [("2026-11-24", "day_is_over"), ("2026-11-25", "ok"), ("2026-11-26", "ok")],
)
async def test_yesterday_is_over_and_today_is_not(hr: Api, first: str, said: str) -> None:
    assert await _asks(hr, leave(first)) == said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (leave("2026-12-23"), "dates_overlap"),
        (leave("2026-12-21", "2026-12-25", "5"), "dates_overlap"),
        (leave("2026-12-23", days="0.5", part="morning"), "dates_overlap"),
        (leave("2026-12-22"), "ok"),
        (leave("2026-12-24"), "ok"),
        (leave("2026-11-28", "2026-11-29", "1"), "no_working_day"),
        (leave("2026-12-11", "2026-12-07", "5"), "invalid_request"),
        (leave("2026-12-10", "2026-12-11", "1", "morning"), "invalid_request"),
        (leave("2026-12-07", "2026-12-11", "4"), "details_changed"),
        (leave("2028-01-03"), "too_far_ahead"),
        (leave("2026-12-07", "2027-02-05", "45"), "too_far_ahead"),
        (leave("2026-12-07", days="0"), "details_changed"),
        (leave("2026-13-07"), "invalid_request"),
        (leave("2026-12-07", days="-1"), "invalid_request"),
    ],
)
async def test_each_refusal_says_what_is_wrong(hr: Api, body: dict[str, str], said: str) -> None:
    before = hr.rows("SELECT count(*) FROM leave")
    assert await _asks(hr, body) == said
    assert (hr.rows("SELECT count(*) FROM leave") == before) is (said != "ok")


async def test_a_declined_request_takes_no_days_and_no_place(hr: Api) -> None:
    hr.change("UPDATE leave SET state = 'declined' WHERE subject = ?", ERIN)
    assert (await hr.get(BALANCE, ERIN)).json()["balance"]["left"] == "10.5"
    assert await _asks(hr, leave("2026-12-23")) == "ok"


async def test_over_new_year_each_year_pays_its_own_days(hr: Api) -> None:
    assert await _asks(hr, leave("2026-12-30", "2027-01-05", "5")) == "ok"
    years = {one["year"]: one for one in (await hr.get(OPTIONS, ERIN)).json()["years"]}
    assert (years[2026]["left"], years[2027]["left"]) == ("7.5", "7")


async def test_fifty_requests_at_once_never_take_more_than_there_is(writer: object) -> None:
    """ASVS 15.4.2: different days, at once; nine whole days fit into nine and a half."""
    days = [f"2026-12-{day:02}" for day in (1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18, 21)]
    orders = [
        LeaveOrder.model_validate_json(
            f'{{"first":"{day}","last":"{day}","part":"whole","days":"1"}}'
        )
        for day in days
    ]
    calls = (
        writer.request_leave(caller(ERIN, "hr"), f"key-number-{at:06}", order)  # type: ignore[attr-defined]
        for at, order in enumerate(orders)
    )
    ended = await asyncio.gather(*calls, return_exceptions=True)
    said = Counter(one.code if isinstance(one, ProblemError) else "done" for one in ended)
    assert said == {"done": 9, "not_enough_days": 6}


async def test_the_same_request_twice_is_one(hr: Api) -> None:
    body, key = leave("2026-12-07"), "a-key-of-16-chars"
    first, second = [await hr.post(ASK, ERIN, body, key) for _ in range(2)]
    assert first.content == second.content
    assert hr.rows("SELECT count(*) FROM leave WHERE first_on = '2026-12-07'") == [(1,)]


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(0, 59))
def test_working_days_are_counted_like_by_hand(first: date, length: int) -> None:
    last = date.fromordinal(first.toordinal() + length)
    by_hand = sum(
        date.fromordinal(day).weekday() < 5
        for day in range(first.toordinal(), last.toordinal() + 1)
    )
    assert sum(half_days_by_year(first, last, "whole").values()) == 2 * by_hand


def test_the_two_halves_of_a_day_do_not_overlap() -> None:
    day = date(2026, 12, 7)
    assert not overlap((day, day, "morning"), (day, day, "afternoon"))
    assert overlap((day, day, "morning"), (day, day, "morning"))
    assert overlap((day, day, "morning"), (day, day, "whole"))


def test_days_are_written_without_a_trailing_zero() -> None:
    assert [days_text(each) for each in (-3, 0, 1, 2, 51)] == ["-1.5", "0", "0.5", "1", "25.5"]


@pytest.mark.parametrize(
    ("today", "on"),
    [
        (date(2026, 11, 29), date(2026, 11, 30)),
        (date(2026, 11, 30), date(2026, 11, 30)),
        (date(2026, 12, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 1, 29)),
        (date(2027, 1, 30), date(2027, 2, 26)),
    ],
)
def test_payday_is_the_last_working_day_of_the_month(today: date, on: date) -> None:
    assert next_payday(today) == on
    assert payday_of(on.year, on.month) == on
