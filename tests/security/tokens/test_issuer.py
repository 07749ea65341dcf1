"""What security mints, checked without any of its own code or its library."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc.jwk import OKPKey

from security.tokens.issuer import TokenIssuer
from security.tokens.verifier import TokenVerifier
from tests.security.fakes import NOW
from tests.security.tokens.conftest import AUDIENCE, SCOPE, Forge, unb64


def mint(issuer: TokenIssuer, **changed: str) -> str:
    given = {
        "subject": "pairwise-alice",
        "tenant": "northwind-bank",
        "audience": AUDIENCE,
        "scope": SCOPE,
        **changed,
    }
    return issuer.mint(**given, now=NOW).value


def test_the_signature_verifies_with_the_primitives_alone(
    issuer: TokenIssuer, forge: Forge
) -> None:
    """RFC 8037, RFC 7515 5.2: Ed25519 over the two first parts as they stand."""
    signed, _, signature = mint(issuer).rpartition(".")
    public = Ed25519PublicKey.from_public_bytes(forge.public_bytes)
    public.verify(unb64(signature), signed.encode())


def test_the_header_and_the_claims_are_those_of_the_seam(issuer: TokenIssuer, forge: Forge) -> None:
    """RFC 9068 2: `at+jwt`; RFC 8693 4.1: `act` is the bot; nothing more."""
    header, payload, _ = mint(issuer).split(".")
    assert json.loads(unb64(header)) == {"alg": "Ed25519", "kid": forge.kid, "typ": "at+jwt"}
    claims = json.loads(unb64(payload))
    assert len(claims.pop("jti")) == 22
    assert claims == {
        "iss": "urn:gatehouse:security",
        "aud": AUDIENCE,
        "sub": "pairwise-alice",
        "act": {"sub": "urn:gatehouse:bot"},
        "client_id": "urn:gatehouse:bot",
        "tenant": "northwind-bank",
        "scope": SCOPE,
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 30,
    }


def test_a_minted_token_is_accepted_where_it_is_meant_for(
    issuer: TokenIssuer, verifier: TokenVerifier
) -> None:
    claims = verifier.verify(f"Bearer {mint(issuer)}", SCOPE, NOW)
    assert (claims.subject, claims.tenant) == ("pairwise-alice", "northwind-bank")
    assert (claims.scope, claims.actor) == (SCOPE, "urn:gatehouse:bot")
    assert claims.expires_at == NOW + timedelta(seconds=30)


def test_no_two_tokens_have_the_same_id(issuer: TokenIssuer) -> None:
    """RFC 9068 2.2."""
    minted = [
        issuer.mint(subject="s", tenant="t", audience="a", scope="b", now=NOW) for _ in range(200)
    ]
    assert len({token.token_id for token in minted}) == 200


def test_a_token_does_not_show_itself(issuer: TokenIssuer) -> None:
    """ASVS 16.2.5: the trail and the logs know its id alone."""
    token = issuer.mint(subject="s", tenant="t", audience="a", scope="b", now=NOW)
    assert token.value not in repr(token)
    assert token.value.rpartition(".")[2] not in str(token)


@pytest.mark.parametrize("seconds", [-1, 0, 60.001, 61, 3_600])
def test_a_token_lives_sixty_seconds_at_most(signing_key: OKPKey, seconds: float) -> None:
    """RFC 9068, the contract: `exp` ≤ 60 s."""
    with pytest.raises(ValueError, match="60 seconds"):
        TokenIssuer(signing_key, timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [1, 30, 60])
def test_a_life_within_the_limit_is_kept(
    signing_key: OKPKey, verifier: TokenVerifier, seconds: int
) -> None:
    issuer = TokenIssuer(signing_key, timedelta(seconds=seconds))
    claims = verifier.verify(f"Bearer {mint(issuer)}", SCOPE, NOW)
    assert claims.expires_at - NOW == timedelta(seconds=seconds)
