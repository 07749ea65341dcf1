"""Numbers of a stretch of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from security.auditing.figures import MOST_TIMES, Counting, Times, stretch
from security.auditing.filters import Entry

BEGIN = datetime(2026, 11, 23, 12, tzinfo=UTC)
END = BEGIN + timedelta(minutes=60)


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
    counting.add(one(BEGIN, "sign_in:password:fail"))
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
