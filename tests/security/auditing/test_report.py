"""The report of a period: each event in one part, each part with what asks for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from security.audit.tags import Tag
from security.auditing.filters import Entry
from security.auditing.report import Counts, report
from security.auditing_model import AlertState, AlertView, CloseReason, Level, LogState

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


def _said(tag: str, **more: Any) -> Entry:
    return Entry("1", 1, BEGIN, {"tag": tag, **more})


def test_each_number_is_of_what_it_says() -> None:
    """One record counts once in each of the lists that it belongs to, and in no other."""
    counts = Counts(BEGIN, END)
    for one in (
        _said("operation:guard:allow", decision="allow", operation="a.pay", purpose="treatment"),
        _said("operation:guard:allow", decision="allow", operation="a.pay", person="p"),
        _said("operation:guard:allow", decision="allow", operation="a.list", person="q"),
        _said("operation:guard:allow", decision="allow"),
        _said("operation:guard:deny", decision="deny", operation="a.list", reason="policy"),
        _said("operation:guard:deny", decision="deny", reason="rate", person="p"),
        _said("operation:guard:deny", decision="deny", reason="rate"),
        _said("operation:guard:deny", decision="deny"),
        _said("audit:file:save", purpose="incident", reason="csv"),
        _said("of_no_part:a:b", decision="maybe"),
    ):
        counts.add(one)
    told = counts.plain()
    assert (told["records"], told["people"]) == (10, 2)
    assert told["decisions"] == {"allow": 4, "deny": 4}
    assert list(told["denied_because"].items()) == [("rate", 2), ("policy", 1), ("other", 1)]
    assert list(told["operations"].items()) == [("a.pay", 2), ("a.list", 1)]
    assert told["purposes"] == {"treatment": 1}
    by_name = {part["name"]: part for part in told["parts"]}
    assert by_name["operations"]["counts"] == {
        "operation:guard:allow": 4,
        "operation:guard:deny": 4,
    }
    assert by_name["rest"] == {
        "name": "rest",
        "title": "Anything else",
        "asked_by": "",
        "counts": {"of_no_part:a:b": 1},
    }


def test_what_is_counted_in_a_part_stands_in_the_order_of_its_names() -> None:
    counts = Counts(BEGIN, END)
    for tag in ("sso:a:b", "embed:a:b", "sign_in:a:b"):
        counts.add(_said(tag))
    [part, *_] = counts.plain()["parts"]
    assert list(part["counts"]) == ["embed:a:b", "sign_in:a:b", "sso:a:b"]


def _alert(level: Level, state: AlertState, reason: CloseReason | None = None) -> AlertView:
    return AlertView(
        ref="secret-ref",
        rule="password_guessing",
        title="Somebody guesses passwords",
        about="Many wrong passwords for one name.",
        level=level,
        at="2026-11-03T10:00:00+00:00",
        person="pseudonym",
        techniques=["T1110"],
        false_positives=["somebody who forgot theirs"],
        steps="Ask them.",
        done=["notify"],
        state=state,
        reason=reason,
        moved_at="2026-11-03T11:00:00+00:00" if reason else None,
        moved_by="another-pseudonym" if reason else None,
        events=8,
    )


def test_a_report_is_of_a_period_and_names_nobody() -> None:
    """GDPR 33: what was seen and what came of it, with no person in it, nor whoever looked."""
    log = LogState(state="whole", complete=True, writable=True, checkpoint=7, unsigned=0)
    alerts = [
        _alert("medium", "open"),
        _alert("medium", "closed", "handled"),
        _alert("low", "open"),
    ]
    made_at = (END + timedelta(days=1)).astimezone(timezone(timedelta(hours=2)))
    made = report("Northwind Bank", Counts(BEGIN, END), iter(alerts), log, made_at, "regulator")
    told = {
        "at": "2026-11-03T10:00:00+00:00",
        "title": "Somebody guesses passwords",
        "techniques": ["T1110"],
        "done": ["notify"],
    }
    assert made["alerts"] == {
        "by_level": {"medium": 2, "low": 1},
        "by_state": {"open": 2, "closed": 1},
        "by_reason": {"handled": 1},
        "listed": [
            {**told, "level": "medium", "state": "open"},
            {
                **told,
                "level": "medium",
                "state": "closed",
                "reason": "handled",
                "moved_at": "2026-11-03T11:00:00+00:00",
            },
            {**told, "level": "low", "state": "open"},
        ],
    }
    assert {key: made[key] for key in list(made)[:7]} == {
        "version": 1,
        "organisation": "Northwind Bank",
        "since": "2026-11-01T00:00:00+00:00",
        "until": "2026-12-01T00:00:00+00:00",
        "made_at": "2026-12-02T00:00:00+00:00",
        "purpose": "regulator",
        "log": {
            "state": "whole",
            "complete": True,
            "writable": True,
            "checkpoint": 7,
            "unsigned": 0,
        },
    }
    assert (made["records"], made["people"]) == (0, 0)
