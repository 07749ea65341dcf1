"""Signed statements: DSSE envelopes with one Ed25519 signature.

DSSE (Dead Simple Signing Envelope, protocol 1.0.0) signs the kind of a statement together with its
bytes, and nobody reads these bytes before the signature has been found to be right.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAX_BYTES = 1 << 20
_ED25519_BYTES = 64


class NotSigned(Exception):
    """It is no statement, or not one of this key; the message says which."""


def key_id(key: Ed25519PublicKey) -> str:
    """Return the SHA-256 of the raw public key, in hex: a hint of which key signed, no proof."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def signed(kind: str, payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return the envelope (JSON) of a statement of this media type."""
    signature = key.sign(_to_sign(kind, payload))
    envelope = {
        "payloadType": kind,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [
            {"keyid": key_id(key.public_key()), "sig": base64.b64encode(signature).decode()}
        ],
    }
    return json.dumps(envelope, indent=1).encode() + b"\n"


def opened(envelope: bytes, kind: str, key: Ed25519PublicKey) -> bytes:
    """Return the payload that `key` has signed as a statement of `kind`. Raises `NotSigned`."""
    if len(envelope) > MAX_BYTES:
        raise NotSigned("its signature file is too large")
    try:
        given = json.loads(envelope)
        told, payload = given["payloadType"], _bytes(given["payload"])
        (one,) = given["signatures"]
        signature = _bytes(one["sig"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotSigned("its signature file cannot be read") from None
    if told != kind or len(signature) != _ED25519_BYTES:
        raise NotSigned("its signature file is of another kind")
    try:
        key.verify(signature, _to_sign(kind, payload))
    except InvalidSignature:
        raise NotSigned("its signature is not one of the trusted key") from None
    return payload


def _to_sign(kind: str, payload: bytes) -> bytes:
    """Return DSSE's pre-authentication encoding: lengths and parts, so that no two are alike."""
    return b"DSSEv1 %d %b %d %b" % (len(kind.encode()), kind.encode(), len(payload), payload)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(text) from None
