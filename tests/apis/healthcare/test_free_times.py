"""Free times at the same hours of many days: the soonest of them all, in a few statements."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine, event

FIRST, DAYS = date(2026, 11, 23), 18
"""More days than one statement asks for."""
HOURS = [("09:00", "09:01"), ("16:00", ""), ("", "09:30"), ("23:00", "")]


async def _day_by_day(clinic: Any, whose: str) -> list[Any]:
    """Return what is free, each day asked for by itself."""
    found: list[Any] = []
    for ahead in range(DAYS):
        day = FIRST + timedelta(days=ahead)
        found += await clinic.free(f"first_day={day}&last_day={day}&limit=50{whose}")
    return found


def _fits(slot: Any, after: str, before: str) -> bool:
    hour = datetime.fromisoformat(slot["start"]).time().isoformat("minutes")
    return after <= hour and (not before or hour < before)


def _starts(slots: list[Any]) -> list[str]:
    return [slot["start"] for slot in slots]


@pytest.mark.parametrize("of_one", [False, True], ids=["of all", "of one"])
async def test_they_are_what_each_day_would_say(clinic: Any, of_one: bool) -> None:
    practitioner = (await clinic.listed("/Practitioner"))[0]["id"]
    whose = f"&practitioner={practitioner}" if of_one else ""
    every = await _day_by_day(clinic, whose)
    last = FIRST + timedelta(days=DAYS - 1)
    for (after, before), limit in product(HOURS, (1, 3, 50)):
        fits = [slot for slot in every if _fits(slot, after, before)]
        hours = "".join(f"&{n}={v}" for n, v in (("after", after), ("before", before)) if v)
        found = await clinic.free(f"last_day={last}&limit={limit}{hours}{whose}")
        assert _starts(found) == _starts(fits[:limit]), (after, before, limit)
        # Of times at the same moment, any may be the one that is left out.
        assert {slot["id"] for slot in found} <= {slot["id"] for slot in fits}
        if limit >= len(fits):
            assert [slot["id"] for slot in found] == [slot["id"] for slot in fits]


async def test_a_quarter_of_a_year_without_one_takes_few_statements(clinic: Any) -> None:
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert await clinic.free("after=23:00") == []
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert 0 < len([one for one in seen if "slots" in one]) <= 7
