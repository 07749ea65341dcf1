"""The report of a period on paper: all of it, in tables, and nothing in it that is not text."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from security.auditing.report_page import page

HOSTILE = '<script>alert("1")</script>&amp;'

ALERT = {
    "at": "2026-11-03T10:00:00+00:00",
    "title": "Somebody guesses passwords",
    "level": "medium",
    "done": ["notify", "throttle"],
    "state": "closed",
}
REPORT: dict[str, Any] = {
    "organisation": "Northwind Bank",
    "since": "2026-11-01T00:00:00+00:00",
    "until": "2026-12-01T00:00:00+00:00",
    "made_at": "2026-12-02T08:00:00+00:00",
    "purpose": "regulator",
    "records": 21,
    "people": 3,
    "log": {
        "state": "whole",
        "checked_until": "2026-12-01T07:00:00+00:00",
        "checkpoint": 7,
        "checkpoint_at": "2026-12-01T06:00:00+00:00",
        "watched_until": "2026-12-01T07:30:00+00:00",
    },
    "decisions": {"allow": 5, "deny": 2},
    "denied_because": {"forbidden": 2},
    "operations": {"banking.pay": 4},
    "purposes": {"treatment": 1},
    "parts": [
        {
            "name": "messages",
            "title": "Messages to people",
            "asked_by": "ASVS 16.3.3",
            "counts": {"message:person:queue": 14},
        },
        {"name": "rest", "title": "Anything else", "asked_by": "", "counts": {}},
    ],
    "alerts": {
        "by_level": {"medium": 1},
        "by_state": {"closed": 1},
        "by_reason": {"handled": 1},
        "listed": [ALERT],
    },
}


class Reader(HTMLParser):
    """What somebody sees: each line of a table as its cells, each other text as it is."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.seen: list[str | tuple[str, ...]] = []
        self._row: list[str] | None = None
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "meta":
            return
        self._open.append(tag)
        if tag == "tr":
            self._row = []
        if tag in ("th", "td") and self._row is not None:
            self._row.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag == "tr" and self._row is not None:
            self.seen.append(tuple(self._row))
            self._row = None

    def handle_data(self, data: str) -> None:
        if self._row is not None:
            self._row[-1] += data
        elif "style" not in self._open:
            self.seen.append(data)

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [held for name, held in self.tags if name == tag]


def test_all_of_a_report_is_on_the_page_in_its_order() -> None:
    """What is printed is what was counted."""
    assert Reader(page(REPORT)).seen == [
        "Northwind Bank: records of a period",
        "Northwind Bank: records of a period",
        ("From", "2026-11-01T00:00:00+00:00"),
        ("Until (not included)", "2026-12-01T00:00:00+00:00"),
        ("Made at", "2026-12-02T08:00:00+00:00"),
        ("Made for", "regulator"),
        ("Records", "21"),
        ("People in them", "3"),
        "How the log stands",
        ("As far as it was checked", "whole"),
        ("Checked up to", "2026-12-01T07:00:00+00:00"),
        ("Last signed checkpoint", "7, 2026-12-01T06:00:00+00:00"),
        ("Watched up to", "2026-12-01T07:30:00+00:00"),
        "Decisions",
        ("Decision", "Number"),
        ("allow", "5"),
        ("deny", "2"),
        ("Denied because", "Number"),
        ("forbidden", "2"),
        ("Allowed operation", "Number"),
        ("banking.pay", "4"),
        ("Purpose", "Number"),
        ("treatment", "1"),
        "Alerts",
        ("Level", "Number"),
        ("medium", "1"),
        ("State", "Number"),
        ("closed", "1"),
        ("Closed because", "Number"),
        ("handled", "1"),
        ("At", "Alert", "Level", "Done by itself", "State"),
        (ALERT["at"], ALERT["title"], "medium", "notify, throttle", "closed"),
        "Messages to people",
        "ASVS 16.3.3",
        ("Event", "Number"),
        ("message:person:queue", "14"),
        "Anything else",
        "Event: none.",
    ]


def test_a_period_in_which_nothing_happened_says_so() -> None:
    none: dict[str, Any] = {"by_level": {}, "by_state": {}, "by_reason": {}, "listed": []}
    empty = {key: {} for key in ("decisions", "denied_because", "operations", "purposes")}
    seen = Reader(page({**REPORT, **empty, "alerts": none, "parts": []})).seen
    assert seen[seen.index("Decisions") :] == [
        "Decisions",
        "Decision: none.",
        "Denied because: none.",
        "Allowed operation: none.",
        "Purpose: none.",
        "Alerts",
        "Level: none.",
        "State: none.",
        "Closed because: none.",
    ]


LOGS: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "not checked yet": (
        {"state": "unchecked", "checkpoint": 0},
        [
            ("As far as it was checked", "not checked yet"),
            ("Checked up to", "nothing yet"),
            ("Last signed checkpoint", "0, "),
            ("Watched up to", "nothing yet"),
        ],
    ),
    "broken": (
        {"state": "broken", "problem": "record 1-4: missing", "checkpoint": 2},
        [
            ("As far as it was checked", "NOT whole"),
            ("Checked up to", "nothing yet"),
            ("What does not hold", "record 1-4: missing"),
            ("Last signed checkpoint", "2, "),
            ("Watched up to", "nothing yet"),
        ],
    ),
}


@pytest.mark.parametrize(("log", "told"), LOGS.values(), ids=LOGS)
def test_how_the_log_stands_is_told_first(log: dict[str, Any], told: list[Any]) -> None:
    """ASVS 16.4.2: figures of a log that does not hold are not to be relied on."""
    seen = Reader(page({**REPORT, "log": log})).seen
    assert seen[9 : seen.index("Decisions")] == told


PLACES = (
    ("organisation",),
    ("purpose",),
    ("log", "problem"),
    ("parts", 0, "title"),
    ("parts", 0, "asked_by"),
    ("alerts", "listed", 0, "title"),
)


@pytest.mark.parametrize("path", PLACES, ids=str)
def test_attack_no_value_is_more_than_text(path: tuple[str | int, ...]) -> None:
    """ASVS 1.2.1: whatever a value says, the page has the elements that it has without it."""
    clean = Reader(page(_with("x", path)))
    made = Reader(page(_with(HOSTILE, path)))
    assert made.tags == clean.tags
    assert any(
        HOSTILE in text for one in made.seen for text in ((one,) if isinstance(one, str) else one)
    )


@pytest.mark.parametrize("counted", ["decisions", "denied_because", "operations", "purposes"])
def test_attack_no_name_of_what_was_counted_is_more_than_text(counted: str) -> None:
    """ASVS 1.2.1."""
    made = Reader(page({**REPORT, counted: {HOSTILE: 1}}))
    assert (HOSTILE, "1") in made.seen
    assert "script" not in {tag for tag, _ in made.tags}


def _with(value: str, path: tuple[str | int, ...]) -> dict[str, Any]:
    """Return a report with another value at this place."""

    def at(held: Any, rest: tuple[str | int, ...]) -> Any:
        if not rest:
            return value
        key, *left = rest
        if isinstance(held, list):
            return [at(each, tuple(left)) if n == key else each for n, each in enumerate(held)]
        return {**held, key: at(held.get(key), tuple(left))}

    found: dict[str, Any] = at(REPORT, path)
    return found


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    """ASVS 3.4.3: saved as a file, it has its own policy with it."""
    made = page(REPORT)
    assert made.startswith("<!doctype html>")
    read = Reader(made)
    charset, policy, viewport = read.attributes("meta")
    assert charset == {"charset": "utf-8"}
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert policy["content"] == (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )
    assert viewport["name"] == "viewport"
    assert {"script", "link", "img", "iframe", "form", "a"}.isdisjoint(tag for tag, _ in read.tags)


def test_a_table_can_be_read_out_and_its_numbers_stand_to_the_right() -> None:
    """Each cell has its head by row, and by column where columns have names."""
    read = Reader(page(REPORT))
    assert read.attributes("html") == [{"lang": "en"}]
    assert {head["scope"] for head in read.attributes("th")} == {"row", "col"}
    tables = read.attributes("table")
    assert len(read.attributes("thead")) == len(tables) - 2
    numbers = [cell for cell in read.attributes("td") if cell == {"class": "n"}]
    assert len(numbers) == 2 + 9
    assert {"class": "asked"} in read.attributes("p")
    assert read.attributes("div") == [{"class": "wide"}] * len(tables)
