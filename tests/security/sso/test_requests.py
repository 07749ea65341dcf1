"""What a provider is asked, parameter by parameter."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from security.sso.metadata import Metadata
from security.sso.requests import Secrets, Wish, authorization_url, new_secrets, token_request
from tests.security.idp import CALLBACK, globex

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
PROVIDER = globex()
KEPT = Secrets("state-1", "nonce-1", "verifier-1")
METADATA = Metadata(
    PROVIDER.issuer,
    f"{PROVIDER.issuer}/authorize",
    f"{PROVIDER.issuer}/token",
    f"{PROVIDER.issuer}/jwks",
)


def asked(url: str) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}


def test_a_browser_is_sent_with_all_that_ties_its_way_back() -> None:
    """ASVS 10.2.1, RFC 7636: state, nonce and a challenge of S256; the verifier stays here."""
    url = authorization_url(PROVIDER, METADATA, KEPT, Wish(900), CALLBACK)
    digest = hashlib.sha256(b"verifier-1").digest()
    assert url.startswith(f"{PROVIDER.issuer}/authorize?")
    assert asked(url) == {
        "response_type": "code",
        "client_id": "gatehouse",
        "redirect_uri": CALLBACK,
        "scope": "openid",
        "state": "state-1",
        "nonce": "nonce-1",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "max_age": "900",
    }


def test_an_address_that_has_a_query_keeps_it() -> None:
    odd = replace(METADATA, authorization_endpoint=f"{PROVIDER.issuer}/authorize?p=b2c")
    url = authorization_url(PROVIDER, odd, KEPT, Wish(900), CALLBACK)
    assert url.count("?") == 1
    assert asked(url)["p"] == "b2c"
    assert asked(url)["state"] == "state-1"


def test_scopes_are_asked_for_once_and_openid_first() -> None:
    provider = replace(PROVIDER, scopes=("groups", "openid", "email"))
    url = authorization_url(provider, METADATA, KEPT, Wish(900), CALLBACK)
    assert asked(url)["scope"] == "openid groups email"


@pytest.mark.parametrize(("max_age", "prompt"), [(0, "login"), (1, None), (900, None)])
def test_a_proof_of_this_moment_is_asked_for_by_name(max_age: int, prompt: str | None) -> None:
    told = asked(authorization_url(PROVIDER, METADATA, KEPT, Wish(max_age), CALLBACK))
    assert (told.get("prompt"), told["max_age"]) == (prompt, str(max_age))


def test_two_factors_are_asked_for_where_there_is_a_word_for_them() -> None:
    several = replace(PROVIDER, acr=("urn:a", "urn:b"))
    for provider, two_factors, acr in (
        (several, True, "urn:a urn:b"),
        (several, False, None),
        (replace(PROVIDER, acr=()), True, None),
    ):
        wish = Wish(900, two_factors)
        url = authorization_url(provider, METADATA, KEPT, wish, CALLBACK)
        assert asked(url).get("acr_values") == acr


def test_secrets_are_long_and_new_and_only_one_shows() -> None:
    """ASVS 11.5.1: 256 bits each; RFC 7636 section 4.1: 43 to 128 characters."""
    one, other = new_secrets(), new_secrets()
    assert {one.state, one.nonce, one.verifier}.isdisjoint(
        {other.state, other.nonce, other.verifier}
    )
    assert len({one.state, one.nonce, one.verifier}) == 3
    assert (len(one.state), len(one.nonce), len(one.verifier)) == (43, 43, 64)
    assert one.nonce not in repr(one)
    assert one.verifier not in repr(one)


def test_a_code_is_redeemed_with_a_secret_in_the_header() -> None:
    """RFC 6749 section 2.3.1: both halves are encoded, so that none of them ends too early."""
    provider = replace(PROVIDER, client_id="gate:house/ä")
    headers, body = token_request(provider, METADATA, "s:+/ %", "code-1", "v-1", CALLBACK, NOW)
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert headers["Accept"] == "application/json"
    kind, _, pair = headers["Authorization"].partition(" ")
    assert kind == "Basic"
    assert base64.b64decode(pair) == b"gate%3Ahouse%2F%C3%A4:s%3A%2B%2F%20%25"
    assert parse_qs(body.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["code-1"],
        "redirect_uri": [CALLBACK],
        "code_verifier": ["v-1"],
    }


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(ECKey.generate_key("P-256"), "ES256"), (RSAKey.generate_key(2_048), "PS256")],
    ids=["EC", "RSA"],
)
def test_a_code_is_redeemed_with_a_signature_for_this_issuer(
    key: ECKey | RSAKey, algorithm: str
) -> None:
    """RFC 7523: for the issuer alone, for a minute, and each time another."""
    headers, body = token_request(PROVIDER, METADATA, key, "code-1", "v-1", CALLBACK, NOW)
    assert "Authorization" not in headers
    told = {name: value for name, [value] in parse_qs(body.decode()).items()}
    assertion = told.pop("client_assertion")
    assert told == {
        "grant_type": "authorization_code",
        "code": "code-1",
        "redirect_uri": CALLBACK,
        "code_verifier": "v-1",
        "client_id": "gatehouse",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    read = jwt.decode(assertion, key, algorithms=[algorithm])
    assert read.header == {"alg": algorithm, "kid": key.thumbprint(), "typ": "JWT"}
    assert len(read.claims.pop("jti")) == 22
    assert read.claims == {
        "iss": "gatehouse",
        "sub": "gatehouse",
        "aud": PROVIDER.issuer,
        "iat": AT,
        "exp": AT + 60,
    }
