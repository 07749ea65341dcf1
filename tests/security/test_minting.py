"""What each token of a call is for, before it is signed: nothing more than that one request."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from security.errors import Refused
from security.guard_records import Ask
from security.minting import Presenter, Tokens, commitment, details_of
from security.ports import Approval, Case, Somebody
from security.tokens.issuer import AccessToken, Authentication, Grant, TokenIssuer
from security.vault.keys import KeyRing
from tests.security.policies import DECLARED
from tests.security.test_checks import (
    ALICE,
    BINDING,
    CANCEL,
    CARL,
    CASE,
    HELPING,
    NOW,
    OPEN,
    PERSONAL,
    PIN,
    TREATING,
)

KEYS = KeyRing(b"k" * 32)
OWN, THEIRS = Presenter("own-key", "own-client"), Presenter("their-key", "their-client")
BANK = "urn:gatehouse:api:banking"
SUBJECT = KEYS.pairwise_subject("alice", BANK)
SESSION = Authentication("aal2", NOW)
HELPING_WRITE = DECLARED["orders.assist_cancel_order"]


class Signs:
    """An issuer that keeps what it was asked to sign; one that is full signs nothing."""

    def __init__(self, full: bool = False) -> None:
        self.full = full
        self.granted: list[tuple[Grant, datetime]] = []

    def mint(self, grant: Grant, now: datetime) -> AccessToken:
        if self.full:
            raise ValueError("too long")
        self.granted.append((grant, now))
        return AccessToken("signed", "id", now)


def tokens(issuer: Signs) -> Tokens:
    return Tokens(cast("TokenIssuer", issuer), KEYS, OWN)


def ask(operation: Any, arguments: Any = None, **more: Any) -> Ask:
    return Ask(operation.name, arguments or {}, "action", **more)


def granted(operation: Any, asked: Ask, case: Case = CASE, key: str | None = None) -> Grant:
    issuer = Signs()
    assert tokens(issuer).for_operation(case, operation, asked, key, NOW).value == "signed"
    [(grant, now)] = issuer.granted
    assert now == NOW
    return grant


def test_a_read_is_of_one_api_one_scope_one_person() -> None:
    """ASVS 9.2.3: with no detail that a write's would have."""
    assert granted(PERSONAL, ask(PERSONAL, {"a": 1})) == Grant(
        SUBJECT,
        "bank",
        BANK,
        "banking:accounts:read",
        "own-key",
        "own-client",
        details=[],
        authentication=SESSION,
    )


def test_a_write_is_of_one_exact_request() -> None:
    """RFC 9396 section 2: with its key, and with what was typed no more than committed to."""
    approval = Approval("digest", "totp", NOW - timedelta(seconds=5))
    asked = ask(PIN, {"account": "a1"}, approval=approval, entered={"new_pin": "1234", "salt": "s"})
    grant = granted(PIN, asked, key="key-1")
    assert grant.details == [
        {
            "type": f"banking.{PIN.endpoint.name}",
            "arguments": {"account": "a1"},
            "identifier": "key-1",
            "committed": commitment({"salt": "s", "new_pin": "1234"}),
        }
    ]
    assert grant.authentication == Authentication("aal2", approval.at, ("otp",))
    assert "1234" not in str(grant)


def test_what_commits_to_values_tells_them_apart_and_does_not_tell_them() -> None:
    """The digest of SHA-256 in base64url, over the values in the order of their names."""
    assert commitment({"b": "2", "a": "1"}) == commitment({"a": "1", "b": "2"})
    assert commitment({"a": "1"}) == "mv6w8rID8lQxLsje1EHQMYt8NMV_hpXt5C0iFaMMCWA"
    assert commitment({"a": "1"}) != commitment({"a": "2"})


@pytest.mark.parametrize(("key", "entered"), [(None, None), (None, {}), ("", None)])
def test_details_hold_what_there_is(key: str | None, entered: dict[str, str] | None) -> None:
    """A key is named however it looks: a missing one is seen at the API."""
    told = details_of("banking", PERSONAL.endpoint, {"a": 1}, key, entered)
    expected = {"type": f"banking.{PERSONAL.endpoint.name}", "arguments": {"a": 1}}
    assert told == (expected if key is None else {**expected, "identifier": key})


def test_who_is_acted_for_is_the_subject_and_who_asks_the_agent() -> None:
    """RFC 8693 section 4.1; the name of whom it is for goes to the API as the subject alone."""
    case = replace(CASE, subject=CARL)
    asked = ask(HELPING_WRITE, {"customer": "carl", "number": "1"}, purpose="help")
    grant = granted(HELPING_WRITE, asked, case, "key-1")
    audience = HELPING_WRITE.audience
    assert grant.subject == KEYS.pairwise_subject("carl", audience)
    assert grant.agent == KEYS.pairwise_subject("alice", audience)
    assert (grant.authentication, grant.purpose) == (SESSION, "help")
    assert grant.details[0]["arguments"] == {"number": "1"}
    assert granted(HELPING, ask(HELPING)).agent is None


def test_a_stranger_is_nobody_and_gets_what_is_open() -> None:
    """RFC 9068 section 2.2."""
    stranger = replace(CASE, person=None, assurance="none", proved_at=None)
    grant = granted(OPEN, ask(OPEN), stranger)
    assert (grant.subject, grant.tenant) == ("own-client", "bank")
    assert grant.authentication is None
    for case, operation in (
        (stranger, PERSONAL),
        (replace(stranger, session_tenant=None), OPEN),
        (replace(stranger, session_tenant=None), PERSONAL),
    ):
        with pytest.raises(Refused, match="authentication_required"):
            granted(operation, ask(operation), case)


def test_what_is_too_long_for_a_token_is_refused() -> None:
    with pytest.raises(Refused, match="invalid_arguments"):
        tokens(Signs(full=True)).for_operation(CASE, PERSONAL, ask(PERSONAL), None, NOW)


EMAIL_AT = NOW - timedelta(minutes=1)
BY_EMAIL = {"assurance": "aal1", "proved_at": NOW, "email_proved_at": EMAIL_AT}
PROOFS: dict[str, tuple[dict[str, Any], Approval | None, Authentication | None]] = {
    "the session's": ({}, None, SESSION),
    "none": ({"assurance": "none"}, None, None),
    "none that is dated": ({"proved_at": None}, None, None),
    "a code by email": (BY_EMAIL, None, Authentication("aal1", EMAIL_AT, ("otp",))),
    "a stronger one than the code": ({"email_proved_at": EMAIL_AT}, None, SESSION),
    "an approval": (
        {},
        Approval("d", "passkey", EMAIL_AT),
        Authentication("aal2", EMAIL_AT, ("pop", "user", "mfa")),
    ),
    "an approval by nothing known": ({}, Approval("d", "magic", NOW), None),
}


@pytest.mark.parametrize(("changes", "approval", "told"), PROOFS.values(), ids=PROOFS)
def test_a_token_says_which_proof_it_rests_on(
    changes: dict[str, Any], approval: Approval | None, told: Authentication | None
) -> None:
    """RFC 9068 section 2.2.1: the latest and strongest, and a code by email only where needed."""
    asked = ask(CANCEL, approval=approval)
    assert granted(CANCEL, asked, replace(CASE, **changes), "key").authentication == told


def test_a_clients_token_is_of_one_exact_read() -> None:
    issuer = Signs()
    asked = ask(TREATING, {"patient": "p"}, purpose="treatment")
    tokens(issuer).for_client(CASE, TREATING, asked, THEIRS, NOW)
    [(grant, now)] = issuer.granted
    assert (grant.key, grant.client, now) == ("their-key", "their-client", NOW)
    assert grant.subject == KEYS.pairwise_subject("alice", TREATING.audience)
    assert grant.details == [
        {"type": f"healthcare.{TREATING.endpoint.name}", "arguments": {"patient": "p"}}
    ]
    assert (grant.scope, grant.authentication) == (TREATING.scope, SESSION)


def test_what_became_of_a_write_is_asked_by_its_key() -> None:
    issuer = Signs()
    tokens(issuer).for_settling(Somebody(ALICE, "bank"), BINDING, "key-1", NOW)
    assert BINDING.settle is not None
    assert issuer.granted == [
        (
            Grant(
                SUBJECT,
                "bank",
                BANK,
                BINDING.settle.scope,
                "own-key",
                "own-client",
                details=[
                    {
                        "type": f"banking.{BINDING.settle.endpoint.name}",
                        "arguments": {"key": "key-1"},
                    }
                ],
            ),
            NOW,
        )
    ]
    with pytest.raises(Refused, match="api_invalid"):
        tokens(issuer).for_settling(CASE, PERSONAL, "key-1", NOW)


def test_reports_are_nobodys_and_an_erasure_is_of_one_person() -> None:
    issuer = Signs()
    tokens(issuer).for_reports(BANK, "banking:reports:read", NOW)
    order = {"type": "banking.erase"}
    tokens(issuer).for_erasure(("bank", "name"), BANK, "banking:erasure:write", order, NOW)
    own = ("own-key", "own-client")
    reports = Grant("own-client", "urn:gatehouse:installation", BANK, "banking:reports:read", *own)
    erasure = Grant("name", "bank", BANK, "banking:erasure:write", *own, details=[order])
    assert issuer.granted == [(reports, NOW), (erasure, NOW)]
