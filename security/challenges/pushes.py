"""Pushes: what a device signs, the number that it is asked for, and how many there may be.

A push never asks for a plain "yes": the person types the number that the page shows which wants
the proof (NIST SP 800-63B). Whoever is rung up out of the blue has no number to type.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from security.challenges.rules import FIRST_PAUSE, LONGEST_PAUSE, Guesses

GUESSES = 3
"""How many numbers a device may type for one push, of ninety."""

WINDOW = timedelta(minutes=15)
MOST_UNANSWERED = 5
"""After so many pushes within `WINDOW` that nobody approved, there are none for a while."""

CLOCKS_DIFFER = timedelta(minutes=5)
"""How wrong the clock of a device may be."""

_FIRST, _NUMBERS = 10, 90
_HALF = 32


def new_number() -> str:
    """Return a number of two digits that nobody can foresee: 10 to 99."""
    return str(_FIRST + secrets.randbelow(_NUMBERS))


def enrolment_text(challenge: str, endpoint: str, p256dh: str, auth: str) -> bytes:
    """Return what a new device signs: its push subscription belongs to its key from here on."""
    return _text("gatehouse-push-enrol-1", challenge, endpoint, p256dh, auth)


def waiting_text(at: str) -> bytes:
    """Return what a device signs to be told what waits for it."""
    return _text("gatehouse-push-waiting-1", at)


def answer_text(push_id: str, challenge: str, shown: str, decision: str, number: str) -> bytes:
    """Return what a device signs when its person has decided.

    `challenge` stands for the session and the operation, `shown` is `digest_of_shown` of what
    was on the screen.
    """
    return _text("gatehouse-push-answer-1", push_id, challenge, shown, decision, number)


def digest_of_shown(binding: str, details: Iterable[tuple[str, str]]) -> str:
    """Return the SHA-256 of what a device shows, in hex: each part after its length in bytes."""
    parts = [binding, *(part for detail in details for part in detail)]
    encoded = [part.encode() for part in parts]
    return hashlib.sha256(b"".join(b"%d:%b" % (len(each), each) for each in encoded)).hexdigest()


def is_key(key: str) -> bool:
    """Tell whether a device's key is a point of P-256."""
    return _key_of(key) is not None


def is_signed(key: str, signature: str, text: bytes) -> bool:
    """Tell whether the holder of `key` has signed `text` (ECDSA, P-256, SHA-256)."""
    public, raw = _key_of(key), _bytes_of(signature)
    if public is None or raw is None or len(raw) != 2 * _HALF:
        return False
    whole = encode_dss_signature(
        int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big")
    )
    try:
        public.verify(whole, text, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def is_now(at: str, now: datetime) -> bool:
    """Tell whether a device means this moment, as far as its clock can be trusted."""
    return abs(int(at) - now.timestamp()) <= CLOCKS_DIFFER.total_seconds()


def paused(guesses: Guesses, now: datetime) -> Guesses:
    """Return the state after too many pushes, or after "this was not me": each pause doubles."""
    pause = min(FIRST_PAUSE * 2 ** min(guesses.pauses, 16), LONGEST_PAUSE)
    return replace(guesses, failures=0, pauses=guesses.pauses + 1, paused_until=now + pause)


def _text(*parts: str) -> bytes:
    return "\n".join(parts).encode()


def _bytes_of(text: str) -> bytes | None:
    """Read base64url that is written in the one way there is: no spare bits are set."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    # RFC 4648, section 3.5: otherwise one key had several names, and could be several devices.
    return raw if base64.urlsafe_b64encode(raw).rstrip(b"=") == text.encode() else None


def _key_of(key: str) -> ec.EllipticCurvePublicKey | None:
    raw = _bytes_of(key)
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw or b"")
    except ValueError:
        return None
