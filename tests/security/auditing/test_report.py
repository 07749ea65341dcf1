"""The report of a period: each event in one part, each part with what asks for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from security.audit.tags import Tag
from security.auditing.filters import Entry
from security.auditing.report import Counts

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=30)


def test_every_kind_of_event_belongs_to_one_part() -> None:
    counts = Counts(BEGIN, END)
    for tag in Tag:
        counts.add(Entry("1", 1, BEGIN, {"tag": tag.value}))
    told = counts.plain()
    assert "rest" not in {part["name"] for part in told["parts"]}
    assert sum(sum(part["counts"].values()) for part in told["parts"]) == len(Tag)
    assert all(part["asked_by"] for part in told["parts"])


def test_a_period_begins_with_its_first_moment_and_ends_before_its_last() -> None:
    counts = Counts(BEGIN, END)
    for at in (BEGIN - timedelta(microseconds=1), BEGIN, END - timedelta(microseconds=1), END):
        counts.add(Entry("1", 1, at, {"tag": "sign_in:password:pass", "person": "p"}))
    told = counts.plain()
    assert (told["records"], told["people"]) == (2, 1)
