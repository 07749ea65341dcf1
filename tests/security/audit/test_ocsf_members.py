"""What each class of OCSF event says of a record, member by member."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from security.audit.chain import GENESIS
from security.audit.kinds import KINDS, Class, Kind, Severity
from security.audit.ocsf import ocsf_event
from security.audit.record import AuditEvent, SessionName, Tag, serialise
from tests.security.audit.test_ocsf import ALICE, BOB, event_of, full
from tests.security.fakes import NOW

SESSION = {"uid": "reference"}
ACTOR = {
    "user": {"uid": BOB, "type_id": 1, "groups": [{"name": "teller", "type": "role"}]},
    "session": SESSION,
}
ALICE_THERE = {"uid": ALICE, "type_id": 1, "org": {"uid": "northwind-bank"}}
NOBODY = {"name": "unknown", "type_id": 0}
GATEHOUSE = {"name": "Gatehouse", "vendor_name": "Gatehouse"}

OF_ALL = (
    *("class_uid", "category_uid", "activity_id", "activity_name", "type_uid", "severity_id"),
    *("time", "time_dt", "status_id", "status", "status_code", "metadata", "raw_data_hash"),
    *("unmapped", "duration", "action_id", "action", "is_alert"),
)
"""What every class has, or may have."""


def own(event: dict[str, Any]) -> dict[str, Any]:
    """Return what an event says that not every class does."""
    return {name: value for name, value in event.items() if name not in OF_ALL}


def test_what_every_event_says() -> None:
    record = serialise(full(Tag.OPERATION_DONE), "7", 9, NOW, GENESIS)
    event = ocsf_event(record)
    said = json.loads(record)
    mapped = ("at", "tag", "outcome", "tenant", "decision", "session", "sequence")
    assert {name: event[name] for name in OF_ALL if name in event} == {
        "class_uid": 6003,
        "category_uid": 6,
        "activity_id": 2,
        "type_uid": 600302,
        "severity_id": 1,
        "time": 1_795_435_200_000,
        "time_dt": "2026-11-23T12:00:00.000000+00:00",
        "status_id": 1,
        "status": "Success",
        "status_code": "policy",
        "metadata": {
            "version": "1.8.0",
            "product": GATEHOUSE,
            "profiles": ["datetime", "host", "security_control"],
            "uid": "7-9",
            "sequence": 9,
            "event_code": "operation:api:done",
            "log_name": "trail",
            "log_version": "2",
            "original_time": "2026-11-23T12:00:00.000000+00:00",
            "tenant_uid": "northwind-bank",
            "correlation_uid": "1-3",
        },
        "raw_data_hash": {"algorithm_id": 3, "value": hashlib.sha256(record).hexdigest()},
        "unmapped": {name: value for name, value in said.items() if name not in mapped},
        "duration": 1,
        "action_id": 2,
        "action": "Denied",
    }


MEMBERS: dict[Tag, tuple[dict[str, Any], dict[str, Any]]] = {
    Tag.PERSON_INFORMED: ({"actor": ACTOR}, {"actor": {"user": NOBODY}}),
    Tag.OUTLET_FAILED: ({"actor": ACTOR}, {"actor": {"user": NOBODY}}),
    Tag.STARTED: ({"app": GATEHOUSE}, {"app": GATEHOUSE}),
    Tag.USER_ADDED: (
        {"user": ALICE_THERE, "actor": ACTOR},
        {"user": NOBODY, "actor": {"user": NOBODY}},
    ),
    Tag.USER_ROLES: (
        {"user": ALICE_THERE, "actor": ACTOR, "privileges": ["teller"]},
        {"user": NOBODY, "actor": {"user": NOBODY}, "privileges": ["none"]},
    ),
    Tag.CHALLENGE_PASSED: (
        {
            "user": ALICE_THERE,
            "service": {"name": "gatehouse"},
            "actor": ACTOR,
            "session": SESSION,
            "auth_factors": [{"factor_type_id": 7, "factor_type": "totp"}],
        },
        {"user": NOBODY, "service": {"name": "gatehouse"}, "actor": {"user": NOBODY}},
    ),
    Tag.KEY_ROTATED: (
        {"entity": {"name": "key", "type": "key", "type_id": 99, "uid": "key"}, "actor": ACTOR},
        {"entity": {"name": "key", "type": "key", "type_id": 99}, "actor": {"user": NOBODY}},
    ),
    Tag.OPERATION_DENIED: (
        {
            "api": {
                "operation": "banking.get_balance",
                "service": {"name": "banking"},
                "request": {"uid": "turn"},
                "token": {"uid": "token"},
            },
            "src_endpoint": {"name": "web", "uid": "d" * 32},
            "actor": ACTOR,
        },
        {
            "api": {
                "operation": "operation:guard:deny",
                "service": {"name": "operation:guard:deny"},
            },
            "src_endpoint": {"name": "web"},
            "actor": {"user": NOBODY},
        },
    ),
    Tag.ALERT_RAISED: (
        {
            "finding_info": {
                "uid": "1-7",
                "title": "policy",
                "analytic": {"name": "policy", "type_id": 1, "type": "Rule"},
            },
            "actor": ACTOR,
        },
        {
            "finding_info": {
                "uid": "1-7",
                "title": "watch:rule:alert",
                "analytic": {"name": "watch:rule:alert", "type_id": 1, "type": "Rule"},
            },
            "actor": {"user": NOBODY},
        },
    ),
}


def test_each_class_is_among_them() -> None:
    assert {KINDS[tag].event for tag in MEMBERS} == set(Class)


@pytest.mark.parametrize(("tag", "expected"), MEMBERS.items(), ids=lambda one: str(one)[:24])
def test_what_a_class_says_of_a_whole_record_and_of_a_bare_one(
    tag: Tag, expected: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    """Audit record (OCSF): whoever did it, to whom, by what, and nothing that is not known."""
    assert (own(event_of(full(tag))), own(event_of(AuditEvent(tag)))) == expected


def test_people_are_told_from_parts_of_ours_by_their_pseudonyms() -> None:
    for name, kind in (
        ("0123456789abcdef01234567", 1),
        ("0123456789abcdef0123456", 4),
        ("0123456789abcdef012345678", 4),
        ("0123456789abcdef0123456g", 4),
        ("watch", 4),
    ):
        user = event_of(AuditEvent(Tag.USER_ADDED, person=name))["user"]
        assert user == {"uid": name, "type_id": kind}


def test_without_an_actor_the_person_did_it() -> None:
    event = event_of(AuditEvent(Tag.SESSION_ENDED, person=ALICE, tenant="bank"))
    assert event["actor"] == {"user": {"uid": ALICE, "type_id": 1}}


@pytest.mark.parametrize(
    ("method", "factor"),
    [
        *(("sms", 1), ("push", 5), ("totp", 7), ("email", 8), ("passkey", 10), ("password", 11)),
        ("recovery_code", 99),
    ],
)
def test_each_factor_has_its_number(method: str, factor: int) -> None:
    [told] = event_of(AuditEvent(Tag.CHALLENGE_PASSED, method=method))["auth_factors"]
    assert told == {"factor_type_id": factor, "factor_type": method}


def test_an_entity_is_what_is_named_most_narrowly() -> None:
    where = SessionName("row", "reference", "web")
    event = AuditEvent(Tag.KEY_ROTATED, tenant="t", person="p", session=where, key="k")
    for name, uid in (("key", "k"), ("session", "reference"), ("person", "p"), ("tenant", "t")):
        assert event_of(event)["entity"]["uid"] == uid
        event = replace(event, **{name: None})
    assert "uid" not in event_of(event)["entity"]


@pytest.mark.parametrize(
    ("scope", "activity"),
    [
        *(("banking:accounts:read", 2), ("banking:transfers:write", 3), ("docs:prepare", 1)),
        *(("orders:settle", 99), ("read", 2)),
    ],
)
def test_what_an_api_did_is_as_its_scope_ends(scope: str, activity: int) -> None:
    event = event_of(AuditEvent(Tag.OPERATION_DONE, scope=scope))
    assert (event["activity_id"], event["type_uid"]) == (activity, 600_300 + activity)
    assert event.get("activity_name") == ("done" if activity == 99 else None)


@pytest.mark.parametrize("tag", [Tag.CHANGE_OPENED, Tag.CHANGE_REFUSED, Tag.CHANGE_DONE])
def test_what_was_changed_of_an_account_has_its_number(tag: Tag) -> None:
    for purpose, activity in (
        *(("password", 3), ("totp", 10), ("phone", 10), ("email", 10), ("passkey", 10)),
        *(("push", 10), ("name", 99), (None, 99)),
    ):
        assert event_of(AuditEvent(tag, purpose=purpose))["activity_id"] == activity


def test_a_confirmation_is_no_logon_and_a_lock_is_a_lock() -> None:
    for tag, purpose, activity in (
        (Tag.CHALLENGE_OPENED, None, 1),
        (Tag.CHALLENGE_OPENED, "sign_in", 1),
        (Tag.CHALLENGE_OPENED, "confirm", 99),
        (Tag.CHALLENGE_LOCKED, "confirm", 9),
        (Tag.PASSWORD_PASSED, "confirm", 6),
    ):
        assert event_of(AuditEvent(tag, purpose=purpose))["activity_id"] == activity


@pytest.mark.parametrize(
    ("given", "belongs"),
    [
        ({"intent": "1-3", "turn": "t"}, "1-3"),
        ({"turn": "t"}, "t"),
        ({}, None),
    ],
)
def test_what_belongs_together_has_one_name(given: dict[str, str], belongs: str | None) -> None:
    event = event_of(AuditEvent(Tag.OPERATION_DONE, **given))  # type: ignore[arg-type]
    assert event["metadata"].get("correlation_uid") == belongs


def test_an_event_is_an_alert_where_something_is_wrong() -> None:
    assert event_of(AuditEvent(Tag.TOKEN_REPLAYED))["is_alert"] is True
    assert "is_alert" not in event_of(AuditEvent(Tag.WATCH_ANSWERED))
    assert "is_alert" not in event_of(AuditEvent(Tag.PASSWORD_FAILED))


def test_how_it_ended_is_said_in_numbers_and_words() -> None:
    found = {
        tag: (event["status_id"], event["status"])
        for tag in (Tag.OPERATION_DONE, Tag.OPERATION_FAILED, Tag.OPERATION_DOUBTED)
        for event in [event_of(AuditEvent(tag))]
    }
    assert list(found.values()) == [(1, "Success"), (2, "Failure"), (0, "Unknown")]
    assert event_of(AuditEvent(Tag.OPERATION_INTENDED))["status"] == "Begun"
    allowed = event_of(AuditEvent(Tag.OPERATION_INTENDED, decision="allow"))
    assert (allowed["action_id"], allowed["action"]) == (1, "Allowed")
    assert "action" not in event_of(AuditEvent(Tag.OPERATION_DONE))


def test_by_which_way_a_call_came_is_said() -> None:
    event = event_of(AuditEvent(Tag.OPERATION_DENIED, channel="sms", origin="d" * 32))
    assert event["src_endpoint"] == {"name": "sms", "uid": "d" * 32}


LOW, MEDIUM, HIGH, NONE = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.INFORMATIONAL


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        (Tag.SESSION_ENDED, Kind("success", "web", Class.AUTHENTICATION, 2, NONE)),
        (Tag.PERSON_INFORMED, Kind("success", "system", Class.BASE, 99, NONE)),
        (Tag.CLIENT_REFUSED, Kind("failure", "oauth", Class.AUTHENTICATION, 3, LOW)),
        (Tag.SMS_REFUSED, Kind("failure", "sms", Class.API, 99, LOW)),
        (Tag.MASTER_STAGED, Kind("begun", "shell", Class.ENTITY, 1, NONE)),
        (Tag.MESSAGE_QUEUED, Kind("begun", "system", Class.BASE, 99, NONE)),
        (Tag.SMS_PUMPED, Kind("success", "sms", Class.FINDING, 1, MEDIUM)),
        (Tag.TOKEN_REPLAYED, Kind("success", "oauth", Class.FINDING, 1, HIGH)),
        (Tag.OPERATION_DOUBTED, Kind("unknown", "web", Class.API, 99, NONE)),
    ],
)
def test_what_all_records_of_a_kind_have_in_common(tag: Tag, kind: Kind) -> None:
    assert KINDS[tag] == kind
