"""Tokens that security did not sign: the algorithm, the key, the signature."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from security.tokens.verifier import TokenVerifier
from tests.security.tokens.attacks import Forgery, refusal
from tests.security.tokens.conftest import Forge, b64, verify


def test_a_good_token_made_by_hand_is_accepted(verifier: TokenVerifier, forge: Forge) -> None:
    """So that the forgeries below differ from a good one by what they say."""
    assert verify(verifier, forge.token()).subject == "pairwise-alice"


def _unsigned(alg: str) -> Forgery:
    def make(forge: Forge) -> str:
        parts = [{**forge.header, "alg": alg}, forge.claims]
        return ".".join(b64(json.dumps(part).encode()) for part in parts) + "."

    return make


def _none_with_a_signature(forge: Forge) -> str:
    return forge.token({**forge.header, "alg": "none"})


def _resigned(key: Any) -> Forgery:
    """Sign a good token with somebody else's key of the same kind."""

    def make(forge: Forge) -> str:
        signed = forge.token().rpartition(".")[0]
        return f"{signed}.{b64(key.sign(signed.encode()))}"

    return make


def _es256(forge: Forge) -> str:
    parts = [{**forge.header, "alg": "ES256"}, forge.claims]
    signed = ".".join(b64(json.dumps(part).encode()) for part in parts)
    key = ec.generate_private_key(ec.SECP256R1())
    return f"{signed}.{b64(key.sign(signed.encode(), ec.ECDSA(SHA256())))}"


def _rs256(forge: Forge) -> str:
    parts = [{**forge.header, "alg": "RS256"}, forge.claims]
    signed = ".".join(b64(json.dumps(part).encode()) for part in parts)
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return f"{signed}.{b64(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _nested(forge: Forge) -> str:
    """A good token as the payload of another (RFC 7519 section 5.2)."""
    return forge.raw(json.dumps({**forge.header, "cty": "JWT"}).encode(), forge.token().encode())


SIGNATURES: dict[str, Forgery] = {
    "no algorithm, no signature": _unsigned("none"),
    "NONE": _unsigned("NONE"),
    "nOnE": _unsigned("nOnE"),
    "an empty algorithm": _unsigned(""),
    "no algorithm, but the right signature": _none_with_a_signature,
    "HMAC with the public key's bytes": lambda f: f.hmac_token("HS256", f.public_bytes),
    "HMAC with the public key's text": lambda f: f.hmac_token(
        "HS256", str(f.key.as_dict(private=False)["x"]).encode()
    ),
    "HMAC with the public key's document": lambda f: f.hmac_token(
        "HS256", json.dumps(f.key.as_dict(private=False)).encode()
    ),
    "HMAC that claims to be Ed25519": lambda f: f.hmac_token("Ed25519", f.public_bytes),
    "HMAC with an empty secret": lambda f: f.hmac_token("HS256", b""),
    "another Ed25519 key": _resigned(Ed25519PrivateKey.generate()),
    "an Ed448 key": _resigned(Ed448PrivateKey.generate()),
    "a P-256 key": _es256,
    "an RSA key": _rs256,
    "a token within a token": _nested,
    "a token within a token that does not say so": lambda f: f.raw(
        json.dumps(f.header).encode(), f.token().encode()
    ),
    "the older name of the algorithm": lambda f: f.token({**f.header, "alg": "EdDSA"}),
    "an algorithm of another kind": lambda f: f.token({**f.header, "alg": "RS256"}),
    "the empty signature": lambda f: f.token().rpartition(".")[0] + ".",
    "a signature of zeros": lambda f: f.token().rpartition(".")[0] + "." + b64(bytes(64)),
    "a signature cut short": lambda f: f.token()[:-4],
    "a signature made longer": lambda f: f.token() + "AAAA",
    "the signature of another token": lambda f: (
        f.token().rpartition(".")[0] + "." + f.token(sub="mallory").rpartition(".")[2]
    ),
    "claims changed after signing": lambda f: ".".join(
        [f.token().split(".")[0], f.token(sub="mallory").split(".")[1], f.token().split(".")[2]]
    ),
}


@pytest.mark.parametrize("forgery", SIGNATURES.values(), ids=SIGNATURES)
def test_a_token_that_security_did_not_sign_is_refused(
    verifier: TokenVerifier, forge: Forge, forgery: Forgery
) -> None:
    """ASVS 9.1.2: algorithm `none`, confused algorithms, keys of others."""
    assert refusal(verifier, forgery(forge)).error == "invalid_token"
