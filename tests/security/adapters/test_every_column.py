"""Every column of every table is sealed, a keyed hash, or not personal for a reason (GDPR 25).

A new column has to be named here, so that nobody forgets to ask what it tells of whom.
"""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine

from security.adapters.resealing import sealed_tables
from security.adapters.sealed import Sealed
from security.adapters.tables import Base
from security.vault.owners import Under

ID = "random, made here"
HASH = "a hash: SHA-256 of a random secret, or keyed"
REFERENCE = "an organisation, by the name that its administrators gave it"
TIME = "a moment, of somebody who is not named"
STATE = "a state or kind out of a fixed list"
COUNT = "a number that counts or limits"
NAMED = "a name out of our own manifests or settings"

_SAME = {
    "id": ID,
    "tenant_id": REFERENCE,
    "person_id": ID,
    "session_id": ID,
    "conversation_id": ID,
    "turn_id": ID,
    "challenge_id": ID,
    "change_id": ID,
    "message_id": ID,
    "pending_id": ID,
    "kind": STATE,
    "state": STATE,
    "method": STATE,
    "channel": STATE,
    "purpose": STATE,
    "operation": NAMED,
    "action": NAMED,
    "digest": HASH,
    "provider": NAMED,
}
"""Columns that mean the same wherever they stand."""

_OTHERS = {
    "accesses": {
        "subject": "a name that the trail or an API has of somebody: once erased, of nobody",
        "actor": "the trail's own name of somebody",
        "at": "a moment, of somebody who is named by a pseudonym alone",
        "what": NAMED,
        "roles": STATE,
    },
    "admin_actions": {"asker_id": ID, "approver_id": ID, "proved": STATE},
    "audit_checkpoints": {
        "number": COUNT,
        "line": "counts and digests, signed; whoever checks the trail reads it",
    },
    "audit_lanes": {"writer": NAMED, "first": COUNT, "before": HASH},
    "audit": {
        "writer": NAMED,
        "sequence": COUNT,
        "record": "pseudonyms, tags and references; the trail is read by auditors without a key",
        "sha256": HASH,
    },
    "alerts": {
        "rule": NAMED,
        "level": STATE,
        "at": TIME,
        "person_hash": "the trail's own name of somebody: once erased, of nobody",
        "origin": HASH,
        "evidence": "ids of events on the trail",
        "responses": STATE,
        "throttled_until": TIME,
        "operator_due_at": TIME,
        "moved_at": TIME,
        "moved_by": "the trail's own name of an auditor",
        "reason": STATE,
    },
    "outlets": {
        "name": NAMED,
        "position": COUNT,
        "delivered_at": TIME,
        "failing_since": TIME,
        "why": STATE,
        "told": STATE,
    },
    "authenticators": {
        "last_step": COUNT,
        "failures": COUNT,
        "pauses": COUNT,
        "sign_count": COUNT,
        "paused_until": TIME,
        "asking_until": TIME,
    },
    "challenges": {"allows": STATE, "attempts_left": COUNT},
    "changes": {"attempts_left": COUNT, "proved": STATE},
    "consents": {"what": STATE, "version": COUNT, "how": STATE},
    "erasures": {"by": "whether the person or the operator asked: never who"},
    "erasure_orders": {
        "erasure_id": ID,
        "api": NAMED,
        "subject": "a keyed name that one API has of somebody who is nobody here any more",
        "asked_at": TIME,
        "due_at": TIME,
        "tries": COUNT,
        "late_at": TIME,
    },
    "leases": {"name": NAMED, "holder": "a process, by a name made at its start", "until": TIME},
    "watch": {"name": NAMED, "position": "numbers of records of the trail"},
    "client_tokens": {"token_id": ID, "client_id": "a registered program"},
    "identities": {"created_person": STATE},
    "messages": {
        "tries": COUNT,
        "not_after": TIME,
        "reported": STATE,
        "verification": "what a service calls a code of its own: random, made there",
    },
    "people": {
        "roles": "what somebody without a name may do; policies are read before any key is",
        "may_enrol_until": TIME,
    },
    "pending_operations": {
        "reason": STATE,
        "replaces": NAMED,
        "resumed_by": ID,
        "tell": STATE,
    },
    "pushes": {"guesses_left": COUNT, "letters": ID, "answered_by": ID},
    "sessions": {
        "csrf_seed": ID,
        "idle_seconds": COUNT,
        "absolute_seconds": COUNT,
        "assurance": STATE,
        "enrol_until": TIME,
    },
    "sign_ins": {"at": TIME, "outcome": STATE},
    "sms_received": {"thread_id": ID, "at": TIME},
    "sms_threads": {"wrong_codes": COUNT, "wrong_since": TIME},
    "spent_assertions": {"client_id": "a registered program or site", "assertion_id": ID},
    "sso_flows": {"about": ID, "max_age": COUNT, "used": STATE},
    "sso_sessions": {"since": TIME},
    "tenants": {
        "name": "an organisation's own name, which its page shows to everybody",
        "public": STATE,
        "idle_seconds": COUNT,
        "apis": NAMED,
        "sms_limit": COUNT,
        "names_staff": STATE,
        "sms_currency": NAMED,
        "methods_off": STATE,
    },
    "turns": {
        "client_id": "random, made by the page for one message",
        "operations_left": COUNT,
        "resume": STATE,
        "sensitive": STATE,
    },
}


def why_not_personal(table: str, column: str) -> str | None:
    """Return why a column may be read by a thief with the disk; None where nobody has said so."""
    if column.endswith("_hash") or column.endswith("_at"):
        return HASH if column.endswith("_hash") else TIME
    return _OTHERS.get(table, {}).get(column) or _SAME.get(column)


COLUMNS = [
    pytest.param(table.name, column, id=f"{table.name}.{column.name}")
    for table in Base.metadata.sorted_tables
    for column in table.c
]


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_column_is_sealed_or_somebody_has_said_why_not(table: str, column: object) -> None:
    """GDPR 25: data protection by design."""
    name, kind = column.name, column.type  # type: ignore[attr-defined]
    if isinstance(kind, Sealed):
        assert why_not_personal(table, name) is None, "both sealed and said to be readable"
    else:
        assert why_not_personal(table, name), f"{table}.{name}: seal it, or say here why not"


def test_nothing_is_named_here_that_is_not_there() -> None:
    tables = Base.metadata.sorted_tables
    there = {(table.name, column.name) for table in tables for column in table.c}
    named = {(table, column) for table, columns in _OTHERS.items() for column in columns}
    assert named <= there


UNDER = {
    "admin_actions.payload_sealed": Under.TENANT,
    "sso_flows.kept_sealed": Under.TENANT,
}
"""What is not under a person's own erasable key."""


def test_what_is_a_persons_is_under_their_own_key() -> None:
    """GDPR 17: everything but what concerns several people at once, or nobody yet."""
    under = {
        f"{it.table.name}.{column.name}": column.type.under
        for it in sealed_tables()
        for column in it.columns
    }
    assert len(under) >= 20
    for name, key in under.items():
        assert key is UNDER.get(name, Under.ERASABLE), name


def test_whose_a_row_is_is_known_of_every_sealed_column() -> None:
    """Row, tenant and person stand in the associated data wherever a table has them."""
    for it in sealed_tables():
        for column in it.columns:
            kind: Sealed = column.type
            assert (kind.table, kind.column) == (it.table.name, column.name)
            assert kind.row in it.table.c
            assert kind.tenant == "tenant_id"
            assert kind.person is not None or kind.under is Under.TENANT


def test_every_sealed_column_is_bytes_in_the_database() -> None:
    engine = create_engine("sqlite://")
    for it in sealed_tables():
        for column in it.columns:
            assert column.type.compile(engine.dialect) == "BLOB"
    engine.dispose()
