"""A client's assertion, claim by claim and second by second, without a server around it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from security.tokens.assertions import Assertion, AssertionRefused, check_assertion
from security.tokens.clients import Client
from security.tokens.dpop import SKEW
from security.tokens.keys import PublicKey, generate_signing_key

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
AT, AHEAD = int(NOW.timestamp()), int(SKEW.total_seconds())
SERVER = "https://chat.example"
KEY, SECOND, OTHER = (generate_signing_key() for _ in range(3))
CLIENT = Client(
    "gateway",
    "bank",
    frozenset({"client_credentials"}),
    {"urn:api": frozenset({"banking:accounts:read"})},
    (PublicKey(KEY), PublicKey(SECOND, NOW + timedelta(seconds=1))),
)
CLAIMS: dict[str, Any] = {
    "iss": "gateway",
    "sub": "gateway",
    "aud": SERVER,
    "exp": AT + 60,
    "jti": "j" * 8,
}


def made(key: OKPKey = KEY, header: dict[str, Any] | None = None, **changed: Any) -> str:
    told = {"alg": "Ed25519", **(header or {})}
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    return jws.serialize_compact(told, json.dumps(claims), key, algorithms=["Ed25519"])


def check(text: str, now: datetime = NOW) -> Assertion:
    return check_assertion(text, {"gateway": CLIENT}, SERVER, now)


def refused(text: str, why: str, now: datetime = NOW) -> None:
    with pytest.raises(AssertionRefused, match=rf"^{why}$"):
        check(text, now)


def test_an_assertion_that_holds_says_who_and_until_when() -> None:
    ends = NOW + timedelta(seconds=60)
    assert check(made()) == Assertion(CLIENT, "j" * 8, ends)
    assert check(made(aud=[SERVER], jti="~" * 128, iat=AT, nbf=AT)).id == "~" * 128


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"iss": "another"}, "issuer and subject differ"),
        ({"iss": None}, "issuer and subject differ"),
        ({"sub": None}, "issuer and subject differ"),
        ({"iss": 7, "sub": 7}, "issuer and subject differ"),
        ({"iss": "nobody", "sub": "nobody"}, "unknown client"),
        ({"aud": "https://another.example"}, "assertion for another server"),
        ({"aud": [SERVER, "x"]}, "assertion for another server"),
        ({"aud": None}, "assertion for another server"),
        ({"exp": None}, "times are whole seconds"),
        ({"exp": True}, "times are whole seconds"),
        ({"exp": AT + 60.5}, "times are whole seconds"),
        ({"exp": 10**30}, "time out of range"),
        ({"iat": "now"}, "times are whole seconds"),
        ({"nbf": "now"}, "times are whole seconds"),
        ({"jti": None}, "no usable id"),
        ({"jti": 12345678}, "no usable id"),
        ({"jti": "j" * 7}, "no usable id"),
        ({"jti": "j" * 129}, "no usable id"),
        ({"jti": "jjjj jjjj"}, "no usable id"),
    ],
)
def test_attack_a_claim_that_is_not_right_proves_nobody(changed: dict[str, Any], why: str) -> None:
    """ASVS 9.2.1, 9.2.3, RFC 7523 section 3: each claim is looked at, and each alone refuses."""
    refused(made(**changed), why)


@pytest.mark.parametrize(
    ("claim", "seconds", "why"),
    [
        ("exp", -1, "assertion over, or for too long"),
        ("exp", 0, "assertion over, or for too long"),
        ("exp", 1, None),
        ("exp", 300, None),
        ("exp", 301, "assertion over, or for too long"),
        ("iat", AHEAD, None),
        ("iat", AHEAD + 1, "assertion from the future"),
        ("nbf", AHEAD, None),
        ("nbf", AHEAD + 1, "assertion from the future"),
    ],
)
def test_an_assertion_of_another_time_proves_nobody(
    claim: str, seconds: int, why: str | None
) -> None:
    """ASVS 9.2.1: five minutes at most, and hardly ahead."""
    text = made(**{claim: AT + seconds})
    if why is None:
        assert check(text).client is CLIENT
    else:
        refused(text, why)


@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"typ": "client-authentication+jwt"}, {}])
@pytest.mark.parametrize("key", [KEY, SECOND], ids=["first", "second"])
def test_any_of_its_keys_proves_it(key: OKPKey, header: dict[str, Any]) -> None:
    assert check(made(key, header)).client is CLIENT
    assert check(made(key, {**header, "kid": key.kid})).client is CLIENT


@pytest.mark.parametrize(
    ("key", "header", "why"),
    [
        (OTHER, {}, "no key of this client"),
        (OTHER, {"kid": KEY.kid}, "no key of this client"),
        (KEY, {"kid": SECOND.kid}, "no key of this client"),
        (KEY, {"kid": "none"}, "no key of this client"),
        (KEY, {"typ": "at+jwt"}, "wrong type"),
        (KEY, {"jku": "https://evil.example"}, "unexpected header"),
    ],
)
def test_attack_a_signature_of_no_key_of_its_own(
    key: OKPKey, header: dict[str, Any], why: str
) -> None:
    """ASVS 9.1.1, 9.1.3."""
    refused(made(key, header), why)


@pytest.mark.parametrize(("seconds", "honoured"), [(0, True), (1, False), (2, False)])
def test_a_key_proves_until_its_end(seconds: int, honoured: bool) -> None:
    now = NOW + timedelta(seconds=seconds)
    if honoured:
        assert check(made(SECOND), now).client is CLIENT
    else:
        refused(made(SECOND), "no key of this client", now)


def test_a_client_may_have_what_it_is_registered_for() -> None:
    """ASVS 8.2.1."""
    assert CLIENT.may_have("urn:api", "banking:accounts:read")
    assert not CLIENT.may_have("urn:api", "banking:accounts:write")
    assert not CLIENT.may_have("urn:other", "banking:accounts:read")
