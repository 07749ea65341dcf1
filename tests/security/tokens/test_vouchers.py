"""A host's word, claim by claim and second by second, without anything around it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from security.tokens.hosts import Host, HostKey, Vouching
from security.tokens.vouchers import Voucher, VoucherRefused, check_voucher

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
AUDIENCE, ISSUER, NONCE = "https://chat.example/embed/bank", "https://www.example", "n" * 22
ED, OTHER = OKPKey.generate_key("Ed25519"), OKPKey.generate_key("Ed25519")
EC, RSA = ECKey.generate_key("P-256"), RSAKey.generate_key(2_048)
KEYS = (
    HostKey("ed", "Ed25519", ED),
    HostKey("ec", "ES256", EC),
    HostKey("ps", "PS256", RSA),
)
VOUCHING = Vouching(ISSUER, KEYS, {"C-1": "alice", "x" * 128: "bob"})
HOST = Host("north", "bank", ("https://www.example",), VOUCHING)
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "nonce": NONCE,
    "exp": AT + 60,
    "iat": AT,
    "jti": "j" * 8,
    "sub": "C-1",
}


def word(key: Key = ED, header: dict[str, Any] | None = None, **changed: Any) -> str:
    told = {"alg": "Ed25519", **(header or {})}
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    return jws.serialize_compact(told, json.dumps(claims), key, algorithms=[told["alg"]])


def check(text: str, host: Host | None = HOST) -> Voucher:
    def find(issuer: object) -> Host | None:
        return host if issuer == ISSUER else None

    return check_voucher(text, find, AUDIENCE, NONCE, NOW)


def refused(text: str, why: str, host: Host | None = HOST) -> None:
    with pytest.raises(VoucherRefused, match=rf"^{why}$"):
        check(text, host)


def test_a_word_that_holds_says_who_and_until_when() -> None:
    ends = NOW + timedelta(seconds=60)
    assert check(word()) == Voucher(HOST, "alice", "j" * 8, ends)
    assert check(word(aud=[AUDIENCE], sub="x" * 128)).username == "bob"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"aud": "https://chat.example/embed/other"}, "audience"),
        ({"aud": [AUDIENCE, "x"]}, "audience"),
        ({"aud": [AUDIENCE, AUDIENCE]}, "audience"),
        ({"aud": None}, "audience"),
        ({"nonce": "m" * 22}, "nonce"),
        ({"nonce": NONCE + "n"}, "nonce"),
        ({"nonce": ""}, "nonce"),
        ({"nonce": "\ud800"}, "nonce"),
        ({"nonce": 7}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"jti": "j" * 7}, "id"),
        ({"jti": "j" * 129}, "id"),
        ({"jti": "jjjj jjjj"}, "id"),
        ({"jti": 12345678}, "id"),
        ({"jti": None}, "id"),
        ({"sub": ""}, "subject"),
        ({"sub": "x" * 129}, "subject"),
        ({"sub": "C-1\n"}, "subject"),
        ({"sub": "\udfff"}, "subject"),
        ({"sub": 7}, "subject"),
        ({"sub": None}, "subject"),
        ({"sub": "alice"}, "unknown_person"),
        ({"exp": None}, "time"),
        ({"exp": True}, "time"),
        ({"exp": AT + 60.5}, "time"),
        ({"exp": 10**30}, "time"),
        ({"iat": None}, "time"),
        ({"iat": "now"}, "time"),
        ({"nbf": "now"}, "time"),
    ],
)
def test_attack_a_claim_that_is_not_right_vouches_for_nobody(
    changed: dict[str, Any], why: str
) -> None:
    """ASVS 9.2.1, RFC 8725: this frame, this tenant, this person, and each claim alone refuses."""
    refused(word(**changed), why)


@pytest.mark.parametrize(
    ("claim", "seconds", "why"),
    [
        ("exp", -1, "expired"),
        ("exp", 0, "expired"),
        ("exp", 1, None),
        ("exp", 299, None),
        ("exp", 300, None),
        ("exp", 301, "too_long"),
        ("iat", -3_600, None),
        ("iat", 59, None),
        ("iat", 60, None),
        ("iat", 61, "future"),
        ("nbf", 59, None),
        ("nbf", 60, None),
        ("nbf", 61, "future"),
    ],
)
def test_a_word_of_another_time_counts_for_nothing(
    claim: str, seconds: int, why: str | None
) -> None:
    """ASVS 9.2.1: minutes at most; the host's clock may be a minute ahead."""
    text = word(**{claim: AT + seconds})
    if why is None:
        assert check(text).username == "alice"
    else:
        refused(text, why)


@pytest.mark.parametrize("length", [8, 128])
def test_an_id_has_room(length: int) -> None:
    assert check(word(jti="~" * length)).id == "~" * length


@pytest.mark.parametrize(
    ("key", "header"),
    [
        (ED, {"kid": "ed"}),
        (ED, {"typ": "JWT"}),
        (EC, {"alg": "ES256"}),
        (EC, {"alg": "ES256", "kid": "ec"}),
        (RSA, {"alg": "PS256", "kid": "ps"}),
    ],
)
def test_any_of_its_keys_signs_by_its_own_algorithm(key: Key, header: dict[str, Any]) -> None:
    assert check(word(key, header)).username == "alice"


@pytest.mark.parametrize(
    ("key", "header", "why"),
    [
        (OTHER, {}, "signature"),
        (OTHER, {"kid": "ed"}, "signature"),
        (ED, {"kid": "ec"}, "signature"),
        (ED, {"kid": "none"}, "signature"),
        (RSA, {"alg": "RS256"}, "signature"),
        (RSA, {"alg": "RS256", "kid": "ps"}, "signature"),
        (ED, {"typ": "at+jwt"}, "unreadable"),
        (ED, {"jku": "https://evil.example"}, "unreadable"),
        (RSA, {"alg": "RS512"}, "unreadable"),
    ],
)
def test_attack_a_signature_that_none_of_its_keys_made(
    key: Key, header: dict[str, Any], why: str
) -> None:
    """ASVS 9.1.1, 9.1.2: the header chooses among keys and algorithms, and widens nothing."""
    refused(word(key, header), why)


def test_attack_a_site_that_may_hold_the_frame_but_not_vouch() -> None:
    """ASVS 9.1.3."""
    refused(word(), "issuer", Host("north", "bank", ("https://www.example",)))
    refused(word(), "issuer", None)
    refused("a.b", "unreadable")


def test_two_keys_of_one_algorithm_are_both_tried() -> None:
    two = Vouching(ISSUER, (HostKey("new", "Ed25519", OTHER), *KEYS), None)
    host = Host("north", "bank", (), two)
    assert check(word(sub="alice"), host).username == "alice"
    assert check(word(OTHER, sub="alice"), host).username == "alice"
    refused(word(header={"kid": "new"}, sub="alice"), "signature", host)
