"""AES-256-GCM boxes that open in their own place only (ASVS 11.3.3)."""

from __future__ import annotations

import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_TAG_BYTES = 16
_PURPOSE = "gatehouse tracker row 1"


class Unreadable(Exception):
    """A row that this key does not open in this place: wrong key, altered, or moved."""


def seal(key: bytes, conversation: str, sequence: int, plain: bytes) -> bytes:
    """Return `plain` sealed for row `sequence` of `conversation`: nonce, ciphertext, tag."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, _place(conversation, sequence))


def unseal(key: bytes, conversation: str, sequence: int, box: bytes) -> bytes:
    """Return what `seal` sealed for this place. Raises `Unreadable`."""
    if len(box) < _NONCE_BYTES + _TAG_BYTES:
        raise Unreadable
    nonce, sealed = box[:_NONCE_BYTES], box[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, sealed, _place(conversation, sequence))
    except InvalidTag:
        raise Unreadable from None


def _place(conversation: str, sequence: int) -> bytes:
    # A JSON array keeps its parts apart: no id can run into the number that follows it.
    return json.dumps([_PURPOSE, conversation, sequence]).encode()
