"""Free times and who gets them: boundaries, races, and what belongs to somebody else."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest

from apis.common.database import database_path
from tests.support.opened import connect

from .paths import new_key


def _order(slot: Any) -> dict[str, str]:
    return {"slot": slot["id"], "start": slot["start"]}


async def _book(clinic: Any, slot: Any, who: str = "pat") -> Any:
    return await clinic.post("/Appointment", _order(slot), new_key(), who)


def _rows(clinic: Any, query: str) -> list[Any]:
    with closing(connect(database_path(clinic.home, "healthcare"))) as connection:
        return connection.execute(query).fetchall()


def _check(clinic: Any) -> None:
    """Every booked appointment has one time of its own; no time has another."""
    pairs = _rows(clinic, "SELECT id, slot_id FROM appointments WHERE status = 'booked'")
    taken = _rows(clinic, "SELECT taken_by, id FROM slots WHERE taken_by LIKE 'apt-%'")
    assert sorted(pairs) == sorted(taken)


async def test_a_booked_time_is_the_patients_and_not_free_any_more(clinic: Any) -> None:
    [slot, *_] = await clinic.free()
    booked = (await _book(clinic, slot)).json()
    assert (booked["status"], booked["start"], booked["end"]) == (
        "booked", slot["start"], slot["end"],
    )  # fmt: skip
    assert booked["participant"][0]["actor"]["display"] == "Pat Rivera"
    assert slot["id"] not in {one["id"] for one in await clinic.free("limit=50")}
    assert booked["id"] in {one["id"] for one in await clinic.listed("/Appointment")}
    _check(clinic)


async def test_of_twenty_who_want_one_time_one_gets_it(clinic: Any) -> None:
    """ASVS 15.4.2."""
    [slot, *_] = await clinic.free()
    people = ["pat", "quinn"] * 10
    replies = await asyncio.gather(*(_book(clinic, slot, who) for who in people))
    codes = Counter(one.json().get("code", "booked") for one in replies)
    assert codes == {"booked": 1, "slot_taken": 19}
    _check(clinic)


async def test_one_patient_cannot_take_the_whole_calendar(clinic: Any) -> None:
    """ASVS 2.4.1: the eleventh appointment is refused; one that is cancelled makes room."""
    slots = iter(await clinic.free("limit=50"))
    held = len(await clinic.listed("/Appointment"))
    codes: Counter[str] = Counter()
    while codes["too_many_visits"] < 2:
        codes[(await _book(clinic, next(slots))).json().get("code", "booked")] += 1
    assert codes["booked"] + held == 10
    assert len(await clinic.listed("/Appointment")) == 10
    [visit, *_] = await clinic.listed("/Appointment")
    path, body = f"/Appointment/{visit['id']}/cancel", {"start": visit["start"]}
    assert (await clinic.post(path, body, new_key())).status_code == 200
    assert (await _book(clinic, await _apart(clinic))).status_code == 200
    _check(clinic)


async def test_fifty_bookings_at_once_keep_to_the_most(clinic: Any) -> None:
    """ASVS 15.4.2."""
    slots = await clinic.free("limit=50")
    await asyncio.gather(*(_book(clinic, slot) for slot in slots))
    assert len(await clinic.listed("/Appointment")) == 10
    _check(clinic)


async def test_nobody_is_in_two_rooms_at_once(clinic: Any) -> None:
    """Two practitioners at one time are refused, booked or moved there; one after another not."""
    at: dict[str, list[Any]] = {}
    for slot in await clinic.free("limit=50"):
        at.setdefault(slot["start"], []).append(slot)
    one, other = next(both for both in at.values() if len(both) == 2)
    booked = (await _book(clinic, one)).json()
    assert (await _book(clinic, other)).json()["code"] == "visit_overlaps"
    [first] = [each for each in await clinic.listed("/Appointment") if each["id"] != booked["id"]]
    path = f"/Appointment/{first['id']}/reschedule"
    assert (await clinic.post(path, _order(other), new_key())).json()["code"] == "visit_overlaps"
    path = f"/Appointment/{booked['id']}/reschedule"
    assert (await clinic.post(path, _order(other), new_key())).status_code == 200
    _check(clinic)


async def _apart(clinic: Any) -> Any:
    """Return a free time at which the patient has nothing else."""
    taken = {one["start"] for one in await clinic.listed("/Appointment")}
    return next(slot for slot in await clinic.free("limit=50") if slot["start"] not in taken)


async def test_the_same_request_again_books_once(clinic: Any) -> None:
    """Draft HTTP idempotency key: one key, one appointment, one answer."""
    [slot, *_] = await clinic.free()
    key = new_key()
    first = await clinic.post("/Appointment", _order(slot), key)
    again = await clinic.post("/Appointment", _order(slot), key)
    assert first.content == again.content
    settled = await clinic.post(f"/idempotency-keys/{key}/settle", None, None)
    assert settled.json() == {"state": "done", "result": first.json()}
    assert len(await clinic.listed("/Appointment")) == 2


async def test_a_move_and_a_booking_of_one_time_end_in_one_way(clinic: Any) -> None:
    """ASVS 15.4.2: a move that fails leaves the old time taken."""
    [visit] = await clinic.listed("/Appointment")
    [slot, *_] = await clinic.free()
    path = f"/Appointment/{visit['id']}/reschedule"
    replies = await asyncio.gather(
        clinic.post(path, _order(slot), new_key()), _book(clinic, slot, "quinn")
    )
    assert sorted(reply.status_code for reply in replies) == [200, 409]
    _check(clinic)


async def test_a_moved_appointment_gives_its_time_back(clinic: Any) -> None:
    [visit] = await clinic.listed("/Appointment")
    [slot, *_] = await clinic.free()
    moved = await clinic.post(f"/Appointment/{visit['id']}/reschedule", _order(slot), new_key())
    assert (moved.json()["id"], moved.json()["start"]) == (visit["id"], slot["start"])
    day = visit["start"][:10]
    free = await clinic.free(f"first_day={day}&last_day={day}&after=09:00&before=09:01&limit=50")
    assert visit["start"] in {one["start"] for one in free}
    _check(clinic)


async def test_a_cancelled_appointment_is_gone_and_its_time_free(clinic: Any) -> None:
    [visit] = await clinic.listed("/Appointment")
    path = f"/Appointment/{visit['id']}/cancel"
    done = await clinic.post(path, {"start": visit["start"]}, new_key())
    assert done.json()["status"] == "cancelled"
    assert await clinic.listed("/Appointment") == []
    again = await clinic.post(path, {"start": visit["start"]}, new_key())
    assert (again.status_code, again.json()["code"]) == (404, "not_found")
    _check(clinic)


@pytest.mark.parametrize("verb", ["reschedule", "cancel"])
@pytest.mark.parametrize("who", ["quinn", "dana", "rob", "aud2"])
async def test_anothers_appointment_is_not_there(clinic: Any, verb: str, who: str) -> None:
    """ASVS 8.2.2."""
    [visit] = await clinic.listed("/Appointment")
    [slot, *_] = await clinic.free()
    body = _order(slot) if verb == "reschedule" else {"start": visit["start"]}
    other = await clinic.post(f"/Appointment/{visit['id']}/{verb}", body, new_key(), who)
    unknown = await clinic.post(f"/Appointment/apt-{'0' * 32}/{verb}", body, new_key(), who)
    assert other.status_code == unknown.status_code == 404
    assert other.content == unknown.content
    _check(clinic)


@pytest.mark.parametrize("who", ["dana", "rob", "aud2"])
async def test_who_is_no_patient_books_nothing(clinic: Any, who: str) -> None:
    [slot, *_] = await clinic.free()
    reply = await _book(clinic, slot, who)
    assert (reply.status_code, reply.json()["code"]) == (403, "no_record")


@pytest.mark.parametrize(("seconds", "code"), [(-1, None), (0, "too_late"), (1, "too_late")])
async def test_a_time_can_be_booked_until_it_begins(
    clinic: Any, seconds: int, code: str | None
) -> None:
    """At the moment itself it has begun."""
    [slot, *_] = await clinic.free()
    clinic.now = datetime.fromisoformat(slot["start"]) + timedelta(seconds=seconds)
    reply = await _book(clinic, slot)
    assert reply.json().get("code") == code
    shown = slot["id"] in {one["id"] for one in await clinic.free(who="quinn")}
    assert shown is False


@pytest.mark.parametrize(("seconds", "code"), [(-1, None), (0, "too_late"), (1, "too_late")])
async def test_an_appointment_can_be_cancelled_until_it_begins(
    clinic: Any, seconds: int, code: str | None
) -> None:
    [visit] = await clinic.listed("/Appointment")
    clinic.now = datetime.fromisoformat(visit["start"]) + timedelta(seconds=seconds)
    path = f"/Appointment/{visit['id']}/cancel"
    reply = await clinic.post(path, {"start": visit["start"]}, new_key())
    assert reply.json().get("code") == code


async def test_what_was_shown_is_what_is_booked(clinic: Any) -> None:
    """A time that is not the slot's own is refused: nothing else is booked instead."""
    [slot, other, *_] = await clinic.free()
    mixed = {"slot": slot["id"], "start": other["start"]}
    reply = await clinic.post("/Appointment", mixed, new_key())
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
    [visit] = await clinic.listed("/Appointment")
    path = f"/Appointment/{visit['id']}/cancel"
    reply = await clinic.post(path, {"start": slot["start"]}, new_key())
    assert reply.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("first_day=2026-11-24&last_day=2026-11-24", "24T08:20", "24T16:40"),
        ("first_day=2026-11-24&last_day=2026-11-24&before=09:00", "24T08:20", "24T08:40"),
        ("first_day=2026-11-24&last_day=2026-11-24&after=16:40", "24T16:40", "24T16:40"),
        ("first_day=2026-11-24&last_day=2026-11-24&after=16:41", None, None),
        ("first_day=2026-11-28&last_day=2026-11-29", None, None),
        ("first_day=2026-11-25&last_day=2026-11-24", None, None),
        ("last_day=2026-11-22", None, None),
    ],
)
async def test_the_bounds_of_free_times(
    clinic: Any, query: str, first: str | None, last: str | None
) -> None:
    starts = [one["start"][8:16] for one in await clinic.free(f"{query}&limit=50")]
    assert ((starts or [None])[0], (starts or [None])[-1]) == (first, last)


@pytest.mark.parametrize(
    "query",
    ["first_day=2026-02-31", "first_day=tomorrow", "after=25:00", "before=9:00", "practitioner=x",
     "limit=0", "limit=51", "first_day=2026-11-24&first_day=2026-11-25", "who=dana"],
)  # fmt: skip
async def test_a_query_that_means_nothing_is_422(clinic: Any, query: str) -> None:
    """ASVS 2.2.1."""
    reply = await clinic.get(f"/Slot?{query}")
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")
