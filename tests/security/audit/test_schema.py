"""The published schema of a record: it says what the code makes, and nothing else fits into it."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from security.audit.chain import GENESIS
from security.audit.record import AuditEvent, SessionName, Tag, serialise
from security.audit.schema import PROPERTIES, main, record_schema
from tests.security.audit.test_ocsf import full
from tests.security.fakes import NOW

PUBLISHED = Path(__file__).parents[3] / "web" / "assets" / "schemas" / "audit-record-2.json"
SCHEMA = jsonschema_rs.Draft202012Validator(record_schema())
ENVELOPE = {"at", "writer", "sequence", "previous_sha256", "version", "outcome"}
WORDS = sorted(set(PROPERTIES) - {"tag", "roles", "duration_us", "magnitude", *ENVELOPE})


def said(event: AuditEvent, writer: str = "1") -> dict[str, Any]:
    record: dict[str, Any] = json.loads(serialise(event, writer, 7, NOW, GENESIS))
    return record


def test_what_is_published_is_what_the_code_says() -> None:
    assert json.loads(PUBLISHED.read_text()) == record_schema(), "make record-schema"
    jsonschema_rs.meta.validate(record_schema())


def test_each_member_of_an_event_has_a_shape() -> None:
    assert set(PROPERTIES) == {one.name for one in fields(AuditEvent)} | ENVELOPE


@pytest.mark.parametrize("tag", Tag, ids=lambda tag: tag.value)
def test_every_kind_of_record_is_as_the_schema_says(tag: Tag) -> None:
    """ASVS 16.2.1: who, what, where, when, and whether it worked."""
    record = said(full(tag))
    SCHEMA.validate(record)
    assert {"at", "tag", "channel", "outcome", "writer", "sequence"} <= record.keys()


@pytest.mark.parametrize("name", WORDS)
@given(words=st.text())
def test_attack_words_of_a_person_fit_into_no_member(name: str, words: str) -> None:
    """ASVS 16.2.5: a sentence is refused wherever somebody would put it."""
    assert not SCHEMA.is_valid({**said(full(Tag.OPERATION_DENIED)), name: f"my pin is {words}"})


@given(st.text())
def test_attack_no_member_of_another_name_is_taken(name: str) -> None:
    """ASVS 16.2.5."""
    assume(name not in PROPERTIES)
    assert not SCHEMA.is_valid({**said(full(Tag.OPERATION_DENIED)), name: "x"})


@pytest.mark.parametrize("missing", ["session", "operation", "scope", "decision", "token"])
def test_an_allowed_operation_without_one_of_these_is_no_record(missing: str) -> None:
    """ASVS 16.3.2."""
    record = said(full(Tag.OPERATION_INTENDED))
    assert SCHEMA.is_valid(record)
    del record[missing]
    assert not SCHEMA.is_valid(record)


def test_records_of_the_first_version_are_valid_as_they_are() -> None:
    record = said(full(Tag.OPERATION_DENIED))
    for name in ("version", "channel", "outcome", "writer"):
        del record[name]
    SCHEMA.validate(record)


def test_the_channel_is_the_events_or_the_sessions_or_that_of_its_kind() -> None:
    where = SessionName("row", "reference", "embed")
    event = AuditEvent(Tag.SMS_HELPED, session=where, channel="push")
    assert said(event)["channel"] == "push"
    assert said(replace(event, channel=None))["channel"] == "embed"
    assert said(replace(event, channel=None, session=SessionName("r", "s")))["channel"] == "sms"
    assert said(AuditEvent(Tag.STARTED))["channel"] == "system"


def test_what_a_kind_comes_to_is_on_each_of_its_records() -> None:
    outcomes = {tag: said(AuditEvent(tag))["outcome"] for tag in Tag}
    assert outcomes[Tag.OPERATION_INTENDED] == "begun"
    assert outcomes[Tag.OPERATION_DONE] == "success"
    assert outcomes[Tag.OPERATION_DOUBTED] == "unknown"
    assert outcomes[Tag.OPERATION_DENIED] == outcomes[Tag.PASSWORD_FAILED] == "failure"


def test_it_is_printed_as_it_is_published(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    assert capsys.readouterr().out == PUBLISHED.read_text()
