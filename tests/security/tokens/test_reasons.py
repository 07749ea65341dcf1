"""Why a token or its proof was refused: one word each for the log, and the code for the caller."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from security.tokens.dpop import hash_of
from security.tokens.keys import generate_signing_key
from security.tokens.verifier import Needed, TokenRefused, TokenVerifier
from tests.security.fakes import NOW
from tests.security.tokens.attacks import ISSUED, refusal
from tests.security.tokens.conftest import HOLDER, SCOPE, URL, Forge, present

TOKENS: dict[str, tuple[str, Callable[[Forge], str]]] = {
    "no three parts": ("malformed", lambda f: f.token() + "."),
    "no text": ("no JSON", lambda f: f.raw(json.dumps(f.header).encode(), b"\xff")),
    "a list": ("no object", lambda f: f.raw(json.dumps(f.header).encode(), b"[]")),
    "no algorithm": ("wrong algorithm", lambda f: f.token({**f.header, "alg": "none"})),
    "another type": ("wrong type", lambda f: f.token({**f.header, "typ": "JWT"})),
    "a further header": ("unexpected header", lambda f: f.token({**f.header, "crit": []})),
    "another key": ("unknown key", lambda f: f.token({**f.header, "kid": "x"})),
    "no subject": ("missing claim", lambda f: f.token(sub="")),
    "another API": ("wrong issuer or audience", lambda f: f.token(aud="urn:x")),
    "at its end": ("expired or not yet valid", lambda f: f.token(iat=ISSUED - 9, exp=ISSUED)),
    "before its time": ("not yet valid", lambda f: f.token(nbf=ISSUED + 1)),
    "an empty purpose": ("malformed purpose", lambda f: f.token(purpose="")),
    "nobody who acts": ("no actor", lambda f: f.token(act={})),
    "no agent": ("a chain of actors of another form", lambda f: f.token(act=_agent({}))),
    "no key": ("bound to no key", lambda f: f.token(cnf={})),
    "no list of details": (
        "authorization details of another form",
        lambda f: f.token(authorization_details=["x"]),
    ),
    "no list of methods": ("methods of another form", lambda f: f.token(amr=[7])),
    "a level that is a number": ("a claim of another type", lambda f: f.token(acr=2)),
    "a fraction": ("times are whole seconds", lambda f: f.token(iat=0.5)),
    "beyond the calendar": ("time out of range", lambda f: f.token(exp=10**18)),
    "bound to another key": ("proof of another key", lambda f: f.token(cnf={"jkt": "x"})),
}


def _agent(said: Any) -> dict[str, Any]:
    return {"sub": "urn:gatehouse:bot", "act": said}


@pytest.mark.parametrize(("reason", "forgery"), TOKENS.values(), ids=TOKENS)
def test_why_a_token_is_refused_is_told_apart(
    verifier: TokenVerifier, forge: Forge, reason: str, forgery: Callable[[Forge], str]
) -> None:
    """ASVS 16.2.1: for whoever reads the log; the caller hears one code for all of them."""
    refused = refusal(verifier, forgery(forge))
    assert (refused.reason, refused.error, str(refused)) == (reason, "invalid_token", reason)


def test_a_signature_of_another_is_told_by_what_the_library_says(
    verifier: TokenVerifier, forge: Forge
) -> None:
    stranger = Forge(generate_signing_key())
    token = stranger.token({**stranger.header, "kid": forge.kid})
    assert refusal(verifier, token).reason == "BadSignatureError"


@pytest.mark.parametrize(
    ("header", "reason"),
    [(None, "no token"), ("Bearer x", "another scheme"), ("DPoP  a.b.c", "malformed")],
)
def test_why_a_header_is_refused_is_told_apart(
    verifier: TokenVerifier, header: str | None, reason: str
) -> None:
    with pytest.raises(TokenRefused) as refused:
        verifier.verify(present("x", authorization=header), Needed(SCOPE), NOW)
    assert (refused.value.reason, refused.value.error) == (reason, "invalid_token")


def _proof(token: str, url: str = URL, seconds: int = 0, bound: bool = True) -> str:
    return HOLDER.prove("GET", url, token if bound else None, NOW + timedelta(seconds=seconds))


class Prover(Forge):
    """A holder of a token whose proof may say anything."""

    def prove(self, token: str, **changed: Any) -> str:
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": self.key.as_dict(private=False)["x"]}
        said = {"jti": "proof-01", "htm": "GET", "htu": URL, "iat": ISSUED, "ath": hash_of(token)}
        head = {"typ": "dpop+jwt", "alg": "Ed25519", "jwk": jwk, **changed.pop("header", {})}
        return self.token(head, {**said, **changed})


PROVER = Prover(generate_signing_key())
PROOFS: dict[str, tuple[str, Callable[[str], str | None]]] = {
    "none at all": ("no proof", lambda _: None),
    "another address": ("proof of another request", lambda t: _proof(t, URL + "/x")),
    "another token": ("proof for another token", lambda t: _proof(t + "x")),
    "no token": ("proof for another token", lambda t: _proof(t, bound=False)),
    "a minute old": ("proof too old or from the future", lambda t: _proof(t, seconds=-60)),
    "six seconds ahead": ("proof too old or from the future", lambda t: _proof(t, seconds=6)),
    "a fraction": ("times are whole seconds", lambda t: PROVER.prove(t, iat=0.5)),
    "no id": ("no usable id", lambda t: PROVER.prove(t, jti="")),
    "a key that is none": (
        "no plain public key",
        lambda t: PROVER.prove(t, header={"jwk": {"kty": "OKP"}}),
    ),
    "a key of another kind": (
        "no Ed25519 key",
        lambda t: PROVER.prove(t, header={"jwk": {"kty": "EC", "crv": "Ed25519", "x": "x"}}),
    ),
    "a key that is too short": (
        "no Ed25519 key",
        lambda t: PROVER.prove(t, header={"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}}),
    ),
}


@pytest.mark.parametrize(("reason", "made"), PROOFS.values(), ids=PROOFS)
def test_why_a_proof_is_refused_is_told_apart(
    verifier: TokenVerifier, forge: Forge, reason: str, made: Callable[[str], str | None]
) -> None:
    """RFC 9449 7.1: `invalid_dpop_proof`; the trail names the token by its id."""
    token = forge.token()
    with pytest.raises(TokenRefused) as refused:
        verifier.verify(present(token, proof=made(token)), Needed(SCOPE), NOW)
    assert (refused.value.reason, refused.value.error) == (reason, "invalid_dpop_proof")
    assert refused.value.token_id == "token-1"


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("needed", "reason", "error"),
    [
        (Needed("x"), "wrong scope", "insufficient_scope"),
        (
            Needed(SCOPE, "aal2"),
            "authentication too weak",
            "insufficient_user_authentication",
        ),
        (
            Needed(SCOPE, max_age=HOUR),
            "authentication too old",
            "insufficient_user_authentication",
        ),
    ],
)
def test_why_a_door_stays_shut_is_told_apart(
    verifier: TokenVerifier, forge: Forge, needed: Needed, reason: str, error: str
) -> None:
    """RFC 6750 3.1, RFC 9470 3."""
    with pytest.raises(TokenRefused) as refused:
        verifier.verify(present(forge.token()), needed, NOW)
    assert (refused.value.reason, refused.value.error) == (reason, error)
    assert refused.value.token_id == "token-1"
