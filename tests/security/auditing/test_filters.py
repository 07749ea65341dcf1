"""Which records are an organisation's, and which of them are wanted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.auditing.filters import Filter, OfTenant, entry, moment, shown, under
from security.auditing_model import Wanted
from security.errors import Refused

AT = "2026-11-23T12:00:00.000000+00:00"
MINE = OfTenant("northwind-bank")


def record(**more: Any) -> bytes:
    said = {"at": AT, "sequence": 7, "tag": "operation:guard:deny", "tenant": "northwind-bank"}
    return orjson.dumps({**said, **more}, option=orjson.OPT_SORT_KEYS)


def test_attack_words_inside_a_value_make_a_record_nobody_elses() -> None:
    """ASVS 8.4.1: what looks like an organisation there is a value."""
    for words in ('","tenant":"northwind-bank', '"tenant":"northwind-bank"', "northwind-bank"):
        assert MINE.entry(record(tenant="acme-shop", reason=words)) is None
        assert MINE.entry(record(tenant=words)) is None or words == "northwind-bank"


@given(st.text(), st.text())
def test_attack_no_value_makes_a_record_of_another_one_mine(tenant: str, reason: str) -> None:
    """ASVS 8.4.1."""
    found = MINE.entry(record(tenant=tenant, reason=reason))
    assert (found is not None) == (tenant == "northwind-bank")


@given(st.binary())
def test_attack_what_is_no_record_is_none(raw: bytes) -> None:
    """ASVS 2.2.1: nothing that a database may hold is more than no record."""
    assert entry(raw) is None or isinstance(entry(raw), object)
    assert MINE.entry(b'"tenant":"northwind-bank"' + raw) is None


@pytest.mark.parametrize(
    ("wanted", "takes"),
    [
        ({}, True),
        ({"kind": "operation"}, True),
        ({"kind": "operation:guard:deny"}, True),
        ({"kind": "operation:guard:allow"}, False),
        ({"kind": "oper"}, False),
        ({"decision": "deny"}, True),
        ({"decision": "allow"}, False),
        ({"person": "p"}, True),
        ({"person": "a"}, True),
        ({"person": "x"}, False),
        ({"session": "s"}, True),
        ({"session": "t"}, False),
        ({"operation": "banking.pay"}, True),
        ({"operation": "banking"}, False),
        ({"since": "2026-11-23T12:00:00Z"}, True),
        ({"since": "2026-11-23T12:00:00.000001Z"}, False),
        ({"until": "2026-11-23T12:00:00Z"}, False),
        ({"until": "2026-11-23T12:00:00.000001Z"}, True),
        ({"until": "2026-11-23T13:00:01+01:00"}, True),
    ],
)
def test_a_filter_takes_what_all_of_it_applies_to(wanted: dict[str, str], takes: bool) -> None:
    raw = record(
        person="p", actor="a", session="s", version=2, decision="deny", operation="banking.pay"
    )
    one = MINE.entry(raw)
    assert one is not None
    assert Filter(Wanted(**wanted), str).takes(one) == takes  # type: ignore[arg-type]


def test_what_a_page_is_shown_names_no_row() -> None:
    """ASVS 16.2.5: digests, tokens and keys stay inside; an old session goes by its reference."""
    raw = record(session="row", arguments="d", token="t", key="k", origin="o", duration_us=1_500)
    one = MINE.entry(raw)
    assert one is not None
    told = shown(one, lambda session: f"ref-of-{session}").model_dump(exclude_none=True)
    assert told == {
        "id": "1-7",
        "at": AT,
        "tag": "operation:guard:deny",
        "session": "ref-of-row",
        "duration_ms": 1.5,
    }


def test_a_tag_is_under_itself_and_what_it_begins_with() -> None:
    assert under("sign_in:password:fail", "sign_in:password")
    assert not under("sign_in:password:fail", "sign")


@pytest.mark.parametrize(
    "text", ["", "now", "2026-11-23", "2026-11-23T12:00:00", "0001-01-01T00:00:00+23:59"]
)
def test_attack_what_is_no_moment_is_refused(text: str) -> None:
    """ASVS 2.2.1."""
    with pytest.raises(Refused, match="invalid_arguments"):
        moment(text, "since")


def test_a_moment_is_utc() -> None:
    assert moment("2026-11-23T13:00:00+01:00", "since") == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert moment(None, "since") is None


WHOLE: dict[str, Any] = {
    "person": "p",
    "actor": "a",
    "operation": "banking.pay",
    "scope": "banking:transfers:write",
    "object": "•••• 1234",
    "purpose": "incident",
    "decision": "allow",
    "reason": "csv",
    "assurance": "aal2",
    "method": "totp",
    "intent": "1-6",
    "channel": "web",
    "outcome": "done",
}


def test_a_page_is_shown_all_that_it_has_a_place_for() -> None:
    raw = record(session="s", version=2, roles=["teller"], duration_us=2_000, **WHOLE)
    one = MINE.entry(raw)
    assert one is not None
    told = shown(one, lambda session: f"ref-of-{session}").model_dump(exclude_none=True)
    named = {"id": "1-7", "at": AT, "tag": "operation:guard:deny"}
    assert told == {**WHOLE, **named, "session": "s", "roles": ["teller"], "duration_ms": 2.0}


ODD: dict[str, tuple[dict[str, Any], str]] = {
    "a session that is no text": ({"session": 1, "version": 2}, "session"),
    "no session": ({"session": None}, "session"),
    "no roles": ({"roles": []}, "roles"),
    "a duration that is no number": ({"duration_us": "1500"}, "duration_ms"),
}


@pytest.mark.parametrize(("said", "field"), ODD.values(), ids=ODD)
def test_attack_an_odd_value_is_shown_as_none(said: dict[str, Any], field: str) -> None:
    """ASVS 2.2.1."""
    one = MINE.entry(record(**said))
    assert one is not None
    assert getattr(shown(one, str), field) is None
    assert Filter(Wanted(session="1"), str).takes(one) is False


BAD: dict[str, dict[str, Any]] = {
    "a moment without a zone": {"at": "2026-11-23T12:00:00"},
    "no moment": {"at": "yesterday"},
    "a moment that is a number": {"at": 1},
    "a tag that is no text": {"tag": 1},
    "a number that is none": {"sequence": "x"},
    "a number that is a list": {"sequence": []},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD)
def test_attack_a_record_that_does_not_hold_is_none(change: dict[str, Any]) -> None:
    """ASVS 2.2.1: it is left out here; the check of the log is what names it."""
    assert entry(record(**change)) is None


@pytest.mark.parametrize("left_out", ["at", "tag", "sequence"])
def test_attack_a_record_that_lacks_something_is_none(left_out: str) -> None:
    """ASVS 2.2.1."""
    said = {key: value for key, value in orjson.loads(record()).items() if key != left_out}
    assert entry(orjson.dumps(said)) is None


def test_a_record_has_its_place_its_moment_and_its_words() -> None:
    one = entry(record(writer="b"))
    assert one is not None
    assert (one.writer, one.sequence, one.ref) == ("b", 7, "b-7")
    assert one.at == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert one.said["tenant"] == "northwind-bank"


@pytest.mark.parametrize(
    ("since", "until", "fits"),
    [
        ("2026-11-23T12:00:00Z", "2026-11-23T12:00:01Z", True),
        ("2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z", False),
        ("2026-11-23T12:00:01Z", "2026-11-23T12:00:00Z", False),
        (None, "2026-11-23T12:00:00Z", True),
        ("2026-11-23T12:00:00Z", None, True),
    ],
)
def test_a_stretch_of_time_has_a_length(since: str | None, until: str | None, fits: bool) -> None:
    wanted = Wanted(since=since, until=until)
    if fits:
        assert Filter(wanted, str)
        return
    with pytest.raises(Refused, match="invalid_arguments") as refused:
        Filter(wanted, str)
    assert refused.value.details == {"field": "until"}


@pytest.mark.parametrize("field", ["since", "until"])
def test_a_moment_that_is_none_is_named(field: str) -> None:
    with pytest.raises(Refused, match="invalid_arguments") as refused:
        Filter(Wanted(**{field: "soon"}), str)  # type: ignore[arg-type]
    assert refused.value.details == {"field": field}


def test_an_old_session_is_found_by_its_reference_alone() -> None:
    """ASVS 16.2.5: records of the first version have the row's id in them."""
    one = MINE.entry(record(session="row"))
    assert one is not None
    assert Filter(Wanted(session="ref-of-row"), lambda row: f"ref-of-{row}").takes(one)
    assert not Filter(Wanted(session="row"), lambda row: f"ref-of-{row}").takes(one)
