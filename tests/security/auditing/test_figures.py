"""Numbers of a stretch of time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest

from security.auditing.figures import MOST_TIMES, Counting, Times, said_as, stretch
from security.auditing.filters import Entry, moment

BEGIN = datetime(2026, 11, 23, 12, tzinfo=UTC)
END = BEGIN + timedelta(minutes=60)
FAILED = "sign_in:password:fail"


def one(at: datetime, tag: str = "session:person:extend", **said: Any) -> Entry:
    return Entry("1", 1, at, {"tag": tag, **said})


@pytest.mark.parametrize(
    ("seconds", "part"),
    [(-1, None), (0, 0), (59, 0), (60, 1), (3_599, 59), (3_600, None)],
)
def test_a_part_begins_with_its_first_moment(seconds: int, part: int | None) -> None:
    counting = Counting(BEGIN, END, 60)
    counting.add(one(BEGIN + timedelta(seconds=seconds)))
    counted = [at for at, bucket in enumerate(counting.figures(True).buckets) if bucket.records]
    assert counted == ([] if part is None else [part])


def test_decisions_reasons_and_failed_sign_ins_are_counted() -> None:
    counting = Counting(BEGIN, END, 1)
    counting.add(one(BEGIN, decision="allow", operation="banking.pay", duration_us=2_000))
    counting.add(one(BEGIN, decision="deny", reason="forbidden"))
    counting.add(one(BEGIN, FAILED))
    told = counting.figures(False)
    [bucket] = told.buckets
    assert (bucket.records, bucket.allowed, bucket.denied, bucket.failed_sign_ins) == (3, 1, 1, 1)
    assert (bucket.p50_ms, bucket.p95_ms) == (2.0, 2.0)
    assert (told.reasons, told.operations, told.complete) == (
        {"forbidden": 1},
        {"banking.pay": 1},
        False,
    )


def test_percentiles_are_those_of_the_nearest_rank() -> None:
    times = Times()
    for duration in range(1, 101):
        times.add(float(duration))
    assert (times.at(0.5), times.at(0.95), Times().at(0.5)) == (50.0, 95.0, None)


def test_the_memory_of_times_is_bounded_and_even() -> None:
    """ASVS 13.1.3: however busy a minute was."""
    times = Times()
    for duration in range(100_000):
        times.add(float(duration))
    assert len(times._kept) < MOST_TIMES
    assert times.at(0.5) == pytest.approx(50_000, rel=0.02)
    assert times.at(0.95) == pytest.approx(95_000, rel=0.02)


@pytest.mark.parametrize(
    ("span", "parts", "hours"), [("hour", 60, 1), ("day", 48, 24), ("week", 56, 168)]
)
def test_a_stretch_ends_after_now_at_a_full_part(span: str, parts: int, hours: int) -> None:
    now = BEGIN + timedelta(seconds=1)
    since, until, cut = stretch(span, now)
    assert (until - since, cut) == (timedelta(hours=hours), parts)
    assert now < until <= now + (until - since) / parts


def test_the_part_says_where_it_begins_and_counts_its_own() -> None:
    counting = Counting(BEGIN, END, 2)
    for minute, said in ((0, {"decision": "allow"}), (30, {"decision": "deny"}), (59, {})):
        counting.add(one(BEGIN + timedelta(minutes=minute), FAILED, **said))
    told = counting.figures(True)
    assert [bucket.at for bucket in told.buckets] == [
        "2026-11-23T12:00:00+00:00",
        "2026-11-23T12:30:00+00:00",
    ]
    assert (told.since, told.until, told.seconds) == (
        "2026-11-23T12:00:00+00:00",
        "2026-11-23T13:00:00+00:00",
        1_800,
    )
    assert [bucket.records for bucket in told.buckets] == [1, 2]
    assert [bucket.failed_sign_ins for bucket in told.buckets] == [1, 2]


ODD: dict[str, dict[str, Any]] = {
    "no reason": {"decision": "deny"},
    "a reason that is no text": {"decision": "deny", "reason": 1},
    "no operation": {"decision": "allow"},
    "an operation that is no text": {"decision": "allow", "operation": ["a.b"]},
    "a reason without a decision": {"reason": "forbidden"},
    "an operation that was denied": {"decision": "deny", "operation": "a.b"},
    "a reason of what was allowed": {"decision": "allow", "reason": "forbidden"},
    "another decision": {"decision": "maybe", "reason": "forbidden", "operation": "a.b"},
    "a duration that is no number": {"duration_us": "1"},
}


@pytest.mark.parametrize("said", ODD.values(), ids=ODD)
def test_attack_an_odd_record_is_counted_and_says_no_more(said: dict[str, Any]) -> None:
    """ASVS 2.2.1: figures do not fail by what a record holds."""
    counting = Counting(BEGIN, END, 1)
    counting.add(one(BEGIN, **said))
    told = counting.figures(True)
    [bucket] = told.buckets
    assert (bucket.records, bucket.p50_ms, bucket.failed_sign_ins) == (1, None, 0)
    assert (told.reasons, told.operations) == ({}, {})
    assert bucket.allowed == (said.get("decision") == "allow")
    assert bucket.denied == (said.get("decision") == "deny")


def test_the_ten_most_frequent_are_told() -> None:
    counting = Counting(BEGIN, END, 1)
    for number in range(1, 12):
        for _ in range(number):
            counting.add(one(BEGIN, decision="deny", reason=f"r{number}"))
            counting.add(one(BEGIN, decision="allow", operation=f"o{number}"))
    told = counting.figures(True)
    assert told.reasons == {f"r{number}": number for number in range(2, 12)}
    assert told.operations == {f"o{number}": number for number in range(2, 12)}


@pytest.mark.parametrize(
    ("share", "found"), [(0.0, 1.0), (0.25, 1.0), (0.26, 2.0), (0.75, 3.0), (0.76, 4.0), (1.0, 4.0)]
)
def test_a_percentile_is_a_duration_that_was_measured(share: float, found: float) -> None:
    times = Times()
    for duration in (4.0, 1.0, 3.0, 2.0):
        times.add(duration)
    assert times.at(share) == found


def test_durations_are_told_to_the_microsecond() -> None:
    times = Times()
    times.add(1.23456)
    assert times.at(0.5) == 1.235


def test_a_busy_minutes_first_half_weighs_no_more_than_its_second() -> None:
    """Every second one is let go, of those that were and of those that come."""
    times = Times()
    for duration in range(2 * MOST_TIMES):
        times.add(float(duration))
    every = [times.at(share / 1_000) for share in range(1, 1_001)]
    steps = {later - before for before, later in pairwise(filter(None, every))}
    assert steps == {4.0}


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (BEGIN - timedelta(microseconds=1), BEGIN),
        (BEGIN, BEGIN + timedelta(minutes=1)),
        (BEGIN + timedelta(microseconds=1), BEGIN + timedelta(minutes=1)),
    ],
)
def test_the_part_that_is_going_on_is_in_it(now: datetime, until: datetime) -> None:
    assert stretch("hour", now) == (until - timedelta(hours=1), until, 60)


def test_a_moment_travels_as_utc_in_whole_seconds() -> None:
    at = datetime(2026, 11, 23, 14, 0, 59, 999_999, timezone(timedelta(hours=2)))
    assert said_as(at) == "2026-11-23T12:00:59+00:00"


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own time is not UTC."""
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_tokyo")
def test_no_machines_own_time_gets_into_a_report() -> None:
    assert said_as(BEGIN) == "2026-11-23T12:00:00+00:00"
    assert stretch("hour", BEGIN)[1].utcoffset() == timedelta(0)
    assert moment("2026-11-23T12:00:00Z", "since") == BEGIN


def test_the_last_moment_is_of_the_last_part_where_parts_do_not_come_out_even() -> None:
    """Seven microseconds in three parts of two."""
    counting = Counting(BEGIN, BEGIN + timedelta(microseconds=7), 3)
    counting.add(one(BEGIN + timedelta(microseconds=6)))
    assert [bucket.records for bucket in counting.figures(True).buckets] == [0, 0, 1]
