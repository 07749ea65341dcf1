"""Logout tokens: each claim alone refuses one, and its times are held at their bounds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from security.sso.metadata import NotRight
from security.sso.tokens import LOGOUT_KINDS, Keys, Logout, issuer_of, keys_of, kid_of, logout_of
from tests.security.idp import LOGOUT, Idp, globex

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
AT = int(NOW.timestamp())


@pytest.fixture(scope="module")
def key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": "k1"})


@pytest.fixture
def idp(key: ECKey) -> Idp:
    return Idp(globex(), lambda: NOW, key)


def keys(idp: Idp) -> Keys:
    return keys_of({"keys": [idp.key.as_dict(private=False)]})


def ended(idp: Idp, **claims: Any) -> Logout:
    return logout_of(idp.logout_token(**claims), keys(idp), idp.provider, NOW)


def test_it_says_whose_sessions_end(idp: Idp) -> None:
    assert ended(idp, jti="j", sub="erin", sid="s") == Logout("j", "erin", "s", NOW)
    assert ended(idp, jti="j", sub="erin", sid=None) == Logout("j", "erin", None, NOW)
    assert ended(idp, jti="j", sub=None, sid="s") == Logout("j", None, "s", NOW)


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "https://evil.example"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": ["gatehouse", "another"]}, "aud"),
        ({"aud": None}, "aud"),
        ({"azp": "another"}, "azp"),
        ({"iat": None}, "iat"),
        ({"iat": True}, "iat"),
        ({"iat": str(AT)}, "iat"),
        ({"iat": 1e300}, "iat"),
        ({"exp": "soon"}, "exp"),
        ({"events": None}, "events"),
        ({"events": []}, "events"),
        ({"events": [LOGOUT]}, "events"),
        ({"events": {LOGOUT: None}}, "events"),
        ({"events": {LOGOUT.upper(): {}}}, "events"),
        ({"nonce": "n"}, "nonce"),
        ({"sub": None, "sid": None}, "nobody"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({"sub": "\ud800"}, "sub"),
        ({"sid": "\udfff"}, "sid"),
        ({"sid": ""}, "sid"),
        ({"sid": 7}, "sid"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"jti": 7}, "jti"),
    ],
)
def test_attack_a_claim_that_is_not_right_ends_nothing(
    idp: Idp, claims: dict[str, Any], why: str
) -> None:
    """ASVS 6.8.1; Back-Channel Logout 1.0 section 2.6: each claim, and each alone refuses."""
    with pytest.raises(NotRight, match=rf"^{why}$"):
        ended(idp, **claims)


@pytest.mark.parametrize(
    ("claim", "seconds", "passes"),
    [
        ("iat", 29, True),
        ("iat", 30, True),
        ("iat", 31, False),
        ("iat", -599, True),
        ("iat", -600, True),
        ("iat", -601, False),
        ("exp", -29, True),
        ("exp", -30, False),
        ("exp", -31, False),
    ],
)
def test_a_logout_of_another_time_is_worth_nothing(
    idp: Idp, claim: str, seconds: int, passes: bool
) -> None:
    if passes:
        assert ended(idp, **{claim: AT + seconds}).sid == "sid-1"
    else:
        with pytest.raises(NotRight, match=rf"^{claim}$"):
            ended(idp, **{claim: AT + seconds})


@pytest.mark.parametrize("audience", ["gatehouse", ["gatehouse"]])
def test_it_is_for_us_in_either_form(idp: Idp, audience: object) -> None:
    assert ended(idp, aud=audience, azp="gatehouse", sub="x" * 255).subject == "x" * 255


@pytest.mark.parametrize("kind", ["logout+jwt", "JWT", None])
def test_a_kind_that_providers_use_is_read(idp: Idp, kind: str | None) -> None:
    idp.header = {"typ": kind}
    token = idp.logout_token()
    assert (kid_of(token, LOGOUT_KINDS), issuer_of(token, LOGOUT_KINDS)) == (
        "k1",
        idp.provider.issuer,
    )
    assert ended(idp).sid == "sid-1"


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"typ": "at+jwt"}, "wrong_type"),
        ({"kid": "k2"}, "unknown_key"),
        ({"kid": None}, "unexpected_header"),
        ({"jku": "https://evil.example"}, "unexpected_header"),
    ],
)
def test_attack_a_header_that_points_elsewhere(idp: Idp, header: dict[str, Any], why: str) -> None:
    """ASVS 9.1.3."""
    idp.header = header
    with pytest.raises(NotRight, match=rf"^{why}$"):
        ended(idp)


def test_attack_a_logout_that_another_key_signed(idp: Idp) -> None:
    """ASVS 9.1.2: the name of a key is not the key."""
    other = Idp(idp.provider, idp.clock, ECKey.generate_key("P-256", {"kid": "k1"}))
    with pytest.raises(NotRight, match=r"^signature$"):
        logout_of(other.logout_token(), keys(idp), idp.provider, NOW)


def test_a_key_that_is_for_another_algorithm_verifies_nothing(idp: Idp) -> None:
    public = idp.key.as_dict(private=False)
    for algorithm, why in (("RS256", "wrong_algorithm"), ("ES256", None)):
        listed = keys_of({"keys": [{**public, "alg": algorithm, "key_ops": ["verify"]}]})
        if why is None:
            assert logout_of(idp.logout_token(), listed, idp.provider, NOW).sid == "sid-1"
        else:
            with pytest.raises(NotRight, match=rf"^{why}$"):
                logout_of(idp.logout_token(), listed, idp.provider, NOW)


KEY = {"kty": "EC", "kid": "a"}


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        ([], []),
        ([KEY], ["a"]),
        ([{**KEY, "use": "sig"}], ["a"]),
        ([{**KEY, "use": "enc"}], []),
        ([{**KEY, "use": "enc"}, KEY], ["a"]),
        (["a", None, KEY], ["a"]),
        ([{"kty": "EC"}, {**KEY, "kid": 7}, KEY], ["a"]),
        ([{**KEY, "kid": str(n)} for n in range(100)], [str(n) for n in range(100)]),
    ],
)
def test_the_keys_that_can_sign_are_found_by_name(listed: list[Any], names: list[str]) -> None:
    found = keys_of({"keys": listed})
    assert list(found) == names
    assert all(found[name]["kid"] == name for name in names)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({}, "no_keys"),
        ({"keys": {}}, "no_keys"),
        ({"keys": None}, "no_keys"),
        ({"keys": [{**KEY, "kid": str(n)} for n in range(101)]}, "no_keys"),
        ({"keys": [KEY, KEY]}, "two_keys_of_one_name"),
    ],
)
def test_attack_a_list_of_keys_that_is_none(document: dict[str, Any], why: str) -> None:
    """ASVS 9.1.2: no list without an end, and no name that two keys share."""
    with pytest.raises(NotRight, match=rf"^{why}$"):
        keys_of(document)


SIGNERS = {
    "RS256": RSAKey.generate_key(2_048, {"kid": "k1"}),
    "PS256": RSAKey.generate_key(2_048, {"kid": "k1"}),
    "ES256": ECKey.generate_key("P-256", {"kid": "k1"}),
    "Ed25519": OKPKey.generate_key("Ed25519", {"kid": "k1"}),
}


def by(idp: Idp, algorithm: str, key: Key) -> str:
    """Return a logout token that this key signed by this algorithm."""
    idp.sign = lambda header, claims: jws.serialize_compact(
        {**header, "alg": algorithm}, json.dumps(claims), key, algorithms=[algorithm]
    )
    return idp.logout_token()


@pytest.mark.parametrize(("algorithm", "key"), SIGNERS.items(), ids=SIGNERS)
def test_a_key_verifies_by_its_own_algorithm_alone(idp: Idp, algorithm: str, key: Key) -> None:
    """ASVS 9.1.2: a name in a header makes no key of another kind good."""
    published = keys_of({"keys": [key.as_dict(private=False)]})
    assert logout_of(by(idp, algorithm, key), published, idp.provider, NOW).sid == "sid-1"
    for other, another in SIGNERS.items():
        if another.key_type != key.key_type:
            with pytest.raises(NotRight, match=r"^signature$"):
                logout_of(by(idp, other, another), published, idp.provider, NOW)
