"""What security mints, checked without any of its own code or its library."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc.jwk import OKPKey

from security.tokens.issuer import Authentication, Grant, Signer, TokenIssuer
from security.tokens.verifier import Needed, TokenRefused, TokenVerifier
from tests.security.fakes import NOW
from tests.security.tokens.conftest import AUDIENCE, HOLDER, ISSUER, SCOPE, Forge, unb64, verify

GRANT = Grant("pairwise-alice", "northwind-bank", AUDIENCE, SCOPE, HOLDER.thumbprint)


def mint(issuer: TokenIssuer, **changed: Any) -> str:
    return issuer.mint(replace(GRANT, **changed), NOW).value


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
        "iss": "https://security.gatehouse.internal",
        "aud": AUDIENCE,
        "sub": "pairwise-alice",
        "act": {"sub": "urn:gatehouse:bot"},
        "client_id": "urn:gatehouse:bot",
        "tenant": "northwind-bank",
        "scope": SCOPE,
        "cnf": {"jkt": HOLDER.thumbprint},
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 30,
    }


def test_a_minted_token_is_accepted_where_it_is_meant_for(
    issuer: TokenIssuer, verifier: TokenVerifier
) -> None:
    claims = verify(verifier, mint(issuer))
    assert (claims.subject, claims.tenant) == ("pairwise-alice", "northwind-bank")
    assert (claims.scope, claims.actor) == (SCOPE, "urn:gatehouse:bot")
    assert claims.expires_at == NOW + timedelta(seconds=30)


def test_no_two_tokens_have_the_same_id(issuer: TokenIssuer) -> None:
    """RFC 9068 2.2."""
    minted = [issuer.mint(GRANT, NOW) for _ in range(200)]
    assert len({token.token_id for token in minted}) == 200


def test_a_token_does_not_show_itself(issuer: TokenIssuer) -> None:
    """ASVS 16.2.5: the trail and the logs know its id alone."""
    token = issuer.mint(GRANT, NOW)
    assert token.value not in repr(token)
    assert token.value.rpartition(".")[2] not in str(token)


@pytest.mark.parametrize("seconds", [-1, 0, 60.001, 61, 3_600])
def test_a_token_lives_sixty_seconds_at_most(signing_key: OKPKey, seconds: float) -> None:
    """RFC 9068, the contract: `exp` ≤ 60 s."""
    with pytest.raises(ValueError, match="60 seconds"):
        TokenIssuer(Signer(signing_key), ISSUER, timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [1, 30, 60])
def test_a_life_within_the_limit_is_kept(
    signing_key: OKPKey, verifier: TokenVerifier, seconds: int
) -> None:
    issuer = TokenIssuer(Signer(signing_key), ISSUER, timedelta(seconds=seconds))
    claims = verify(verifier, mint(issuer))
    assert claims.expires_at - NOW == timedelta(seconds=seconds)


def test_how_the_person_proved_themselves_stands_in_the_token(
    issuer: TokenIssuer, verifier: TokenVerifier
) -> None:
    """RFC 9068 2.2.1: `acr`, `auth_time` and `amr`, where they are known."""
    proved = Authentication("aal2", NOW - timedelta(seconds=7, milliseconds=1), ("otp",))
    claims = verify(verifier, mint(issuer, authentication=proved))
    assert (claims.acr, claims.methods) == ("aal2", ("otp",))
    assert claims.authenticated_at == NOW - timedelta(seconds=8)
    bare = verify(verifier, mint(issuer))
    assert (bare.acr, bare.authenticated_at, bare.methods) == (None, None, ())


def test_a_client_on_its_own_has_no_actor_and_opens_no_persons_door(
    issuer: TokenIssuer, verifier: TokenVerifier
) -> None:
    """RFC 9068 2.2: `sub` is the client itself."""
    token = mint(issuer, subject="reporting", client="reporting")
    assert verify(verifier, token).actor is None
    with pytest.raises(TokenRefused) as refused:
        verify(verifier, token, needed=Needed(SCOPE, "aal1"))
    assert refused.value.error == "insufficient_user_authentication"


def test_a_token_that_nobody_could_read_is_not_minted(issuer: TokenIssuer) -> None:
    with pytest.raises(ValueError, match="too long"):
        mint(issuer, details=[{"type": "x", "arguments": {"note": "x" * 8_192}}])


def test_everything_that_a_grant_says_stands_in_the_token(issuer: TokenIssuer) -> None:
    """RFC 8693 section 4.1: the chain of who acts; RFC 9396: the exact request; its purpose."""
    token = issuer.mint(
        replace(GRANT, agent="pairwise-bob", purpose="treatment", details=({"type": "t"},)), NOW
    )
    claims = json.loads(unb64(token.value.split(".")[1]))
    assert claims["act"] == {"sub": "urn:gatehouse:bot", "act": {"sub": "pairwise-bob"}}
    assert claims["purpose"] == "treatment"
    assert claims["authorization_details"] == [{"type": "t"}]
    assert claims["jti"] == token.token_id
    assert token.expires_at == NOW + timedelta(seconds=30)
    assert token.expires_at.tzinfo is NOW.tzinfo


def test_everything_that_a_token_says_is_read(issuer: TokenIssuer, verifier: TokenVerifier) -> None:
    claims = verify(
        verifier, mint(issuer, agent="pairwise-bob", purpose="treatment", details=({"type": "t"},))
    )
    assert (claims.client, claims.agent) == ("urn:gatehouse:bot", "pairwise-bob")
    assert (claims.purpose, claims.details) == ("treatment", ({"type": "t"},))
    bare = verify(verifier, mint(issuer))
    assert (bare.agent, bare.purpose, bare.details) == (None, None, ())


QUARTER = timedelta(minutes=15)
PROVED = [
    (Needed(SCOPE), "none", 0, (), True),
    (Needed(SCOPE, "aal1"), "aal1", 0, (), True),
    (Needed(SCOPE, "aal1"), "aal2", 0, (), True),
    (Needed(SCOPE, "aal2"), "aal1", 0, ("pwd", "otp"), False),
    (Needed(SCOPE, "aal2"), "aal2", 0, ("pwd",), True),
    (Needed(SCOPE, "aal2"), "none", 0, ("otp",), False),
    (Needed(SCOPE, "aal2"), "aal9", 0, ("otp",), False),
    (Needed(SCOPE, "aal2", or_code=True), "aal1", 0, ("pwd", "otp"), True),
    (Needed(SCOPE, "aal2", or_code=True), "aal1", 0, ("pwd",), False),
    (Needed(SCOPE, "aal2", or_code=True), "none", 0, ("otp",), False),
    (Needed(SCOPE, "aal2", or_code=True), "aal2", 0, (), True),
    (Needed(SCOPE, "aal2", QUARTER), "aal2", -1, (), False),
    (Needed(SCOPE, "aal2", QUARTER), "aal2", 0, (), True),
    (Needed(SCOPE, "aal2", QUARTER), "aal2", 899, (), True),
    (Needed(SCOPE, "aal2", QUARTER), "aal2", 900, (), True),
    (Needed(SCOPE, "aal2", QUARTER), "aal2", 901, (), False),
]


@pytest.mark.parametrize(("needed", "acr", "age", "methods", "enough"), PROVED)
def test_a_door_opens_to_who_has_proved_enough_and_lately(
    issuer: TokenIssuer,
    verifier: TokenVerifier,
    needed: Needed,
    acr: str,
    age: int,
    methods: tuple[str, ...],
    enough: bool,
) -> None:
    """ASVS 6.3.4, RFC 9470: the level, and the second from which a proof is too old."""
    proved = Authentication(acr, NOW - timedelta(seconds=age), methods)
    token = mint(issuer, authentication=proved)
    if enough:
        assert verify(verifier, token, needed=needed).acr == acr
    else:
        with pytest.raises(TokenRefused) as refused:
            verify(verifier, token, needed=needed)
        assert refused.value.error == "insufficient_user_authentication"
