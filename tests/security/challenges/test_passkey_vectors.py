"""The published test vectors of WebAuthn Level 3 (section 16), in hexadecimal.

Some of them have no verification of the user, or were made in a foreign frame: those are refused
here, whatever else they prove. Keys of Ed25519 are not asked for.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from webauthn.helpers import parse_attestation_object

from security.challenges.passkeys import NotRight, Passkey, made, matched, site_of
from tests.support.authenticator import VERIFIED, b64

SITE = site_of("https://example.org")
VECTORS: dict[str, Any] = json.loads(
    Path(__file__).with_name("webauthn_vectors.json").read_text("utf-8")
)
FLAGS_AT = 32


def _shown(credential_id: str, ceremony: dict[str, str]) -> dict[str, Any]:
    parts = {name: value for name, value in ceremony.items() if name not in ("challenge", "id")}
    told = {name: b64(bytes.fromhex(value)) for name, value in parts.items()}
    name = b64(bytes.fromhex(credential_id))
    return {"id": name, "rawId": name, "type": "public-key", "response": told}


def _is_framed(ceremony: dict[str, str]) -> bool:
    said: dict[str, Any] = json.loads(bytes.fromhex(ceremony["clientDataJSON"]))
    return bool(said["crossOrigin"])


@pytest.mark.parametrize("name", VECTORS)
def test_a_passkey_is_taken_where_its_person_was_verified(name: str) -> None:
    """WebAuthn 7.1."""
    ceremony = VECTORS[name]["made"]
    parsed = parse_attestation_object(bytes.fromhex(ceremony["attestationObject"]))
    challenge = bytes.fromhex(ceremony["challenge"])
    shown = _shown(ceremony["id"], ceremony)
    asked_for = name != "packed-eddsa"
    if not parsed.auth_data.flags.uv or _is_framed(ceremony) or not asked_for:
        with pytest.raises(NotRight):
            made(SITE, challenge, shown)
        return
    passkey, count = made(SITE, challenge, shown)
    assert (passkey.id.hex(), count) == (ceremony["id"], 0)
    with pytest.raises(NotRight):
        made(SITE, hashlib.sha256(challenge).digest(), shown)


@pytest.mark.parametrize("name", VECTORS)
def test_a_signature_is_right_where_its_person_was_verified(name: str) -> None:
    """WebAuthn 7.2."""
    first, ceremony = VECTORS[name]["made"], VECTORS[name]["shown"]
    parsed = parse_attestation_object(bytes.fromhex(first["attestationObject"]))
    attested = parsed.auth_data.attested_credential_data
    assert attested is not None
    passkey = Passkey(attested.credential_id, attested.credential_public_key)
    challenge = bytes.fromhex(ceremony["challenge"])
    shown = _shown(first["id"], ceremony)
    flags = bytes.fromhex(ceremony["authenticatorData"])[FLAGS_AT]
    if not flags & VERIFIED or _is_framed(ceremony):
        with pytest.raises(NotRight):
            matched(SITE, challenge, passkey, 0, shown)
        return
    assert matched(SITE, challenge, passkey, 0, shown) == 0
    changed = ceremony | {"signature": ceremony["signature"][:-2] + "00"}
    with pytest.raises(NotRight):
        matched(SITE, challenge, passkey, 0, _shown(first["id"], changed))


def test_some_of_them_are_right_and_some_are_not() -> None:
    """So that neither of the tests above says nothing."""
    flags = [bytes.fromhex(one["shown"]["authenticatorData"])[FLAGS_AT] for one in VECTORS.values()]
    assert {bool(each & VERIFIED) for each in flags} == {True, False}
