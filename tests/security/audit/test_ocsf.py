"""Records as events of OCSF, held against the schema that OCSF publishes (`ocsf-json-schema`)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.audit.chain import GENESIS
from security.audit.kinds import KINDS, Class
from security.audit.ocsf import ocsf_event
from security.audit.record import AuditEvent, SessionName, Tag, serialise
from tests.security.audit.ocsf_schema import validator
from tests.security.fakes import NOW

ALICE, BOB = "a" * 24, "b" * 24
NO_RECORD = "^not a record of the trail"
WHERE = SessionName("row", "reference", "web")


def event_of(event: AuditEvent, sequence: int = 7) -> dict[str, Any]:
    """Return the event of a record, which OCSF's own schema has accepted."""
    found = ocsf_event(serialise(event, "1", sequence, NOW, GENESIS))
    plain: dict[str, Any] = json.loads(orjson.dumps(found))
    validator(plain["class_uid"]).validate(plain)
    return plain


def full(tag: Tag) -> AuditEvent:
    """Return a record with every member that there is."""
    return AuditEvent(
        tag=tag,
        tenant="northwind-bank",
        person=ALICE,
        actor=BOB,
        roles=("teller",),
        session=WHERE,
        turn="turn",
        operation="banking.get_balance",
        scope="banking:accounts:read",
        arguments="c" * 64,
        object="•••• 1234",
        purpose="sign_in",
        decision="deny",
        reason="policy",
        assurance="aal2",
        method="totp",
        token="token",
        key="key",
        intent="1-3",
        duration_us=1_999,
        origin="d" * 32,
        counterparty="e" * 32,
        magnitude=3,
    )


@pytest.mark.parametrize("tag", Tag, ids=lambda tag: tag.value)
def test_each_kind_of_record_is_an_event_that_ocsf_accepts(tag: Tag) -> None:
    """Audit record (OCSF): with every member there is, and with none."""
    bare, whole = event_of(AuditEvent(tag)), event_of(full(tag))
    for event in (bare, whole):
        assert event["class_uid"] == KINDS[tag].event
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]


def test_every_kind_of_record_has_a_row() -> None:
    assert set(KINDS) == set(Tag)


def test_a_denied_operation_is_api_activity_with_its_decision() -> None:
    event = event_of(full(Tag.OPERATION_DENIED))
    assert (event["class_uid"], event["activity_id"]) == (Class.API, 2)
    assert (event["status_id"], event["status_code"], event["action_id"]) == (2, "policy", 2)
    assert event["api"]["operation"] == "banking.get_balance"
    assert event["actor"]["user"]["uid"] == BOB
    assert event["actor"]["session"]["uid"] == "reference"
    assert event["metadata"]["tenant_uid"] == "northwind-bank"
    assert (event["metadata"]["uid"], event["duration"]) == ("1-7", 1)


def test_a_call_and_its_end_are_correlated() -> None:
    call = event_of(AuditEvent(Tag.OPERATION_INTENDED, turn="t"), 9)
    end = event_of(AuditEvent(Tag.OPERATION_DONE, turn="t", intent="1-9"), 12)
    assert call["metadata"]["correlation_uid"] == end["metadata"]["correlation_uid"] == "1-9"
    assert (call["status_id"], call["status"]) == (99, "Begun")


def test_signing_in_is_a_logon_and_a_confirmation_is_none() -> None:
    signed_in = event_of(AuditEvent(Tag.CHALLENGE_PASSED, person=ALICE, purpose="sign_in"))
    confirmed = event_of(AuditEvent(Tag.CHALLENGE_PASSED, person=ALICE, purpose="confirm"))
    assert (signed_in["class_uid"], signed_in["activity_id"]) == (3002, 1)
    assert (confirmed["activity_id"], confirmed["activity_name"]) == (99, "pass")


def test_a_failed_sign_in_of_nobody_known_names_nobody() -> None:
    event = event_of(AuditEvent(Tag.PASSWORD_FAILED))
    assert (event["user"], event["status_id"]) == ({"name": "unknown", "type_id": 0}, 2)


def test_an_alert_is_a_finding() -> None:
    event = event_of(AuditEvent(Tag.ALERT_RAISED, person=ALICE, actor="watch", reason="spraying"))
    assert (event["class_uid"], event["is_alert"]) == (2004, True)
    assert event["finding_info"]["title"] == "spraying"
    assert event["actor"]["user"] == {"uid": "watch", "type_id": 4}


def test_an_event_leads_back_to_the_record_that_the_chain_covers() -> None:
    record = serialise(full(Tag.OPERATION_DONE), "1", 7, NOW, GENESIS)
    digest = ocsf_event(record)["raw_data_hash"]["value"]
    assert digest == hashlib.sha256(record).hexdigest()


def test_records_of_the_first_version_are_events_as_well() -> None:
    old = (
        b'{"at":"2026-11-23T12:00:00.000000+00:00","previous_sha256":"' + b"0" * 64 + b'",'
        b'"sequence":4,"session":"row","tag":"session:person:end","tenant":"globex"}'
    )
    event = ocsf_event(old)
    validator(event["class_uid"]).validate(event)
    assert (event["metadata"]["uid"], event["metadata"]["log_version"]) == ("1-4", "1")
    assert (event["status_id"], event["status"]) == (1, "Success")
    alert = ocsf_event(old.replace(b"session:person:end", b"watch:rule:alert"))
    assert alert["finding_info"]["uid"] == "1-4"
    denied = ocsf_event(old.replace(b"session:person:end", b"operation:guard:deny"))
    assert denied["src_endpoint"] == {"name": "web"}


def test_nothing_of_a_record_is_lost_on_the_way() -> None:
    record = json.loads(serialise(full(Tag.OPERATION_DONE), "1", 7, NOW, GENESIS))
    text = json.dumps(event_of(full(Tag.OPERATION_DONE)), ensure_ascii=False)
    for name, value in record.items():
        shown = {"outcome": "Success", "decision": "Denied"}.get(name, value)
        assert json.dumps(shown, ensure_ascii=False)[1:-1] in text, name


@given(st.binary() | st.recursive(st.none() | st.text(), st.lists).map(orjson.dumps))
def test_attack_what_is_no_record_is_refused(given: bytes) -> None:
    """ASVS 16.4.2."""
    with pytest.raises(ValueError, match=NO_RECORD):
        ocsf_event(given)


@pytest.mark.parametrize(
    ("given", "why"),
    [(b"{}", "KeyError"), (b"[]", "TypeError"), (b'{"tag":"x"}', "ValueError"), (b"{", "JSON")],
)
def test_what_is_wrong_with_it_is_named_and_not_quoted(given: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=f"{NO_RECORD}: {why}"):
        ocsf_event(given)
