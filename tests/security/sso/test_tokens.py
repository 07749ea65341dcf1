"""Tokens of a provider that misbehaves: each is refused, and for what is wrong with it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from security.sso.metadata import NotRight
from security.sso.requests import Wish, authorization_url, new_secrets
from security.sso.tokens import Claims, Expected, id_token_of
from tests.security.idp import CALLBACK, Idp, globex

HOUR = 3_600
KINDS = (None, "JWT")
BEGINNING = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": "k1"})


@pytest.fixture
def idp(key: ECKey) -> Idp:
    """Globex's provider, without anything around it."""
    return Idp(globex(), lambda: BEGINNING, key)


async def claims_of(idp: Idp) -> Claims:
    """Let erin sign in there, and read what it says of her."""
    client, kept, wish = idp.client(), new_secrets(), Wish(max_age=12 * HOUR)
    asked = authorization_url(idp.provider, await client.metadata(), kept, wish, CALLBACK)
    code = idp.sign_in(asked)["code"]
    token, access_token = await client.redeem(code, kept.verifier, CALLBACK)
    keys = await client.keys_for(token, KINDS)
    expected = Expected(kept.nonce, BEGINNING - timedelta(hours=12), access_token)
    return id_token_of(token, keys, idp.provider, expected, BEGINNING)


async def why_refused(idp: Idp) -> str:
    """Return why what it says is not believed."""
    with pytest.raises(NotRight) as wrong:
        await claims_of(idp)
    return wrong.value.why


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "https://evil.example"}, "iss"),
        ({"iss": "https://login.globex.example/"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "another-client"}, "azp"),
        ({"aud": ["gatehouse", "another-client"], "azp": "gatehouse"}, "aud"),
        ({"aud": None}, "aud"),
        ({"azp": "another-client"}, "azp"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "at_hash"),
        ({"auth_time": None}, "auth_time"),
        ({"auth_time": "yesterday"}, "auth_time"),
        ({"exp": None}, "exp"),
        ({"iat": None}, "iat"),
    ],
)
async def test_a_claim_that_is_not_right_lets_nobody_in(
    idp: Idp, claims: dict[str, Any], why: str
) -> None:
    """ASVS 6.8.1; OpenID Connect Core 3.1.3.7: each claim is looked at, and each alone refuses."""
    idp.claims = claims
    assert await why_refused(idp) == why


@pytest.mark.parametrize(
    ("claim", "seconds", "passes"),
    [
        ("exp", -29, True),
        ("exp", -31, False),
        ("iat", 30, True),
        ("iat", 31, False),
        ("iat", -600, True),
        ("iat", -601, False),
        ("auth_time", 30, True),
        ("auth_time", 31, False),
        ("auth_time", -12 * HOUR - 30, True),
        ("auth_time", -12 * HOUR - 31, False),
        ("nbf", 31, False),
    ],
)
async def test_a_token_of_another_time_is_worth_nothing(
    idp: Idp, claim: str, seconds: int, passes: bool
) -> None:
    """Boundary: expired, from the future, or of a sign-in that is too long ago."""
    idp.claims = {claim: idp.now + seconds}
    if passes:
        assert (await claims_of(idp)).subject == "erin"
    else:
        assert await why_refused(idp) == claim


def _unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    parts = [json.dumps({**header, "alg": "none"}), json.dumps(claims)]
    encoded = (base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
    return ".".join([*encoded, ""])


def _by_public_key(idp: Idp) -> Any:
    """Sign with the public key as if it were a shared secret (key confusion)."""

    def sign(header: dict[str, Any], claims: dict[str, Any]) -> str:
        key = OctKey.import_key(json.dumps(idp.key.as_dict(private=False)).encode())
        return jws.serialize_compact({**header, "alg": "HS256"}, json.dumps(claims), key)

    return sign


def _by_another(header: dict[str, Any], claims: dict[str, Any]) -> str:
    other = ECKey.generate_key("P-256")
    return jws.serialize_compact(header, json.dumps(claims), other, algorithms=["ES256"])


async def test_a_token_that_nobody_signed_is_refused(idp: Idp) -> None:
    """ASVS 9.1.2: `none` is no signature."""
    idp.sign = _unsigned
    assert await why_refused(idp) in {"malformed", "wrong_algorithm"}


async def test_a_token_signed_with_the_public_key_is_refused(idp: Idp) -> None:
    """ASVS 9.1.3, Wycheproof: key confusion."""
    idp.sign = _by_public_key(idp)
    assert await why_refused(idp) == "wrong_algorithm"


async def test_a_token_of_another_key_is_refused(idp: Idp) -> None:
    """ASVS 9.1.2: the name of a key is not the key."""
    idp.sign = _by_another
    assert await why_refused(idp) == "signature"


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"kid": None}, "unexpected_header"),
        ({"kid": "k2"}, "unknown_key"),
        ({"jku": "https://evil.example/jwks"}, "unexpected_header"),
        ({"jwk": {"kty": "EC"}}, "unexpected_header"),
        ({"typ": "at+jwt"}, "wrong_type"),
        ({"typ": "logout+jwt"}, "wrong_type"),
        ({"crit": ["exp"]}, "unexpected_header"),
    ],
)
async def test_a_header_that_points_elsewhere_is_refused(
    idp: Idp, header: dict[str, Any], why: str
) -> None:
    """ASVS 9.1.3: `jku`, `jwk`, a missing or unknown `kid`, another type of token."""
    if "crit" in header:
        idp.sign = lambda h, c: _unsigned(h, c)[:-1] + ".AAAA"
        assert await why_refused(idp) in {"malformed", "wrong_algorithm"}
        return
    idp.header = header
    assert await why_refused(idp) == why


@pytest.mark.parametrize(
    "published",
    [
        [],
        [{"kty": "RSA", "kid": "k1", "n": "AQAB", "e": "AQAB"}],
        [{"kty": "oct", "kid": "k1", "k": "AAAA"}],
        [{"kty": "EC", "kid": "k1", "crv": "P-256", "alg": "RS256"}],
    ],
)
async def test_keys_of_another_kind_verify_nothing(
    idp: Idp, published: list[dict[str, Any]]
) -> None:
    """ASVS 9.1.2: a key serves the algorithm that it is of, and no other."""
    idp.published = published
    assert await why_refused(idp) in {"unknown_key", "signature", "wrong_algorithm"}


async def test_two_keys_of_one_name_are_no_keys(idp: Idp) -> None:
    public = idp.key.as_dict(private=False)
    idp.published = [public, public]
    assert await why_refused(idp) == "two_keys_of_one_name"


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_a_weak_rsa_key_is_no_key(idp: Idp) -> None:
    """NIST SP 800-131A: 2048 bits at least."""
    weak = RSAKey.generate_key(1024, {"kid": "k1"})
    idp.published = [weak.as_dict(private=False)]
    idp.sign = lambda header, claims: jws.serialize_compact(
        {**header, "alg": "RS256"}, json.dumps(claims), weak, algorithms=["RS256"]
    )
    assert await why_refused(idp) == "signature"


async def test_what_a_token_says_of_the_sign_in_is_read(idp: Idp) -> None:
    """ASVS 6.8.4: its strength and its name are the provider's word, exactly."""
    idp.claims = {"sid": "sid-9", "acr": "urn:globex:mfa", "amr": ["pwd", "mfa"]}
    claims = await claims_of(idp)
    assert (claims.subject, claims.sid) == ("erin", "sid-9")
    assert (claims.acr, claims.amr) == ("urn:globex:mfa", ["pwd", "mfa"])
    assert (claims.auth_time, claims.all["sid"]) == (BEGINNING, "sid-9")
    idp.claims = {"sid": None}
    bare = await claims_of(idp)
    assert (bare.sid, bare.acr, bare.amr) == (None, None, None)
    idp.claims = {"sid": 7}
    assert await why_refused(idp) == "sid"
