"""Signed statements: DSSE as others read it, and nothing that another key or kind has signed."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

from runtime import statements
from runtime.statements import NotSigned, key_id, opened, signed

KIND = "application/vnd.in-toto+json"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()


@pytest.mark.parametrize("payload", [b"", b"{}", b"\x00\xff", b"x" * 70_000])
def test_what_was_signed_comes_back(payload):
    assert opened(signed(KIND, payload, KEY), KIND, PUBLIC) == payload


def test_a_foreign_implementation_of_dsse_verifies_it():
    """securesystemslib is what in-toto and TUF verify with."""
    envelope = Envelope.from_dict(json.loads(signed(KIND, b"{}", KEY)))
    given = {"public": PUBLIC.public_bytes_raw().hex()}
    key = SSlibKey(key_id(PUBLIC), "ed25519", "ed25519", given)
    assert envelope.verify([key], 1)
    assert envelope.pae() == b"DSSEv1 28 application/vnd.in-toto+json 2 {}"


def _changed(**changes):
    return json.dumps(json.loads(signed(KIND, b"{}", KEY)) | changes).encode()


def test_attack_the_payload_is_exchanged():
    forged = _changed(payload=base64.b64encode(b"[]").decode())
    with pytest.raises(NotSigned, match="not one of the trusted key"):
        opened(forged, KIND, PUBLIC)


def test_attack_a_statement_of_another_kind_is_passed_off():
    """Its signature is right, for what it is."""
    with pytest.raises(NotSigned, match="another kind"):
        opened(signed("text/plain", b"{}", KEY), KIND, PUBLIC)
    relabelled = json.loads(signed("text/plain", b"{}", KEY)) | {"payloadType": KIND}
    with pytest.raises(NotSigned, match="not one of the trusted key"):
        opened(json.dumps(relabelled).encode(), KIND, PUBLIC)


def test_attack_another_key_signs_and_claims_to_be_the_trusted_one():
    forged = json.loads(signed(KIND, b"{}", Ed25519PrivateKey.generate()))
    forged["signatures"][0]["keyid"] = key_id(PUBLIC)
    with pytest.raises(NotSigned, match="not one of the trusted key"):
        opened(json.dumps(forged).encode(), KIND, PUBLIC)


@pytest.mark.parametrize(
    "envelope",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"[" * 100_000,
        _changed(payload=None),
        _changed(payload="!"),
        _changed(signatures=[]),
        _changed(signatures=[{}]),
        _changed(signatures=[{"sig": "AA=="}, {"sig": "AA=="}]),
        _changed(signatures=[{"sig": "AA=="}]),
        _changed(signatures={"sig": "AA=="}),
    ],
)
def test_what_is_no_envelope_is_refused(envelope):
    with pytest.raises(NotSigned):
        opened(envelope, KIND, PUBLIC)


def test_what_is_too_large_is_not_read():
    room = statements.MAX_BYTES - len(_changed(more=""))
    assert opened(_changed(more="x" * room), KIND, PUBLIC) == b"{}"
    with pytest.raises(NotSigned, match="too large"):
        opened(_changed(more="x" * (room + 1)), KIND, PUBLIC)
