"""The master key wraps data keys, and a changed or moved one does not open."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from security.vault.envelope import CannotOpen
from security.vault.master import MasterKey

SECRET, KEY, ABOUT = bytes(range(32)), b"k" * 32, b"ring:1"


def derived(purpose: bytes, length: int) -> bytes:
    """Return what HKDF (RFC 5869, no salt) makes of the secret, written out once more."""
    extracted = hmac.digest(bytes(32), SECRET, hashlib.sha256)
    return hmac.digest(extracted, b"gatehouse/" + purpose + b"\x01", hashlib.sha256)[:length]


def test_what_is_wrapped_is_unwrapped_and_looks_new_each_time() -> None:
    master = MasterKey(SECRET)
    one, other = master.wrap(KEY, ABOUT), master.wrap(KEY, ABOUT)
    assert one != other
    assert len(one) == 12 + 32 + 16
    assert master.unwrap(one, ABOUT) == master.unwrap(other, ABOUT) == KEY
    assert MasterKey(SECRET).unwrap(one, ABOUT) == KEY


def test_its_name_and_its_cipher_are_those_that_wrapped_what_is_kept() -> None:
    """Another derivation would open nothing that was ever kept."""
    master = MasterKey(SECRET)
    assert master.id == derived(b"master-id", 8).hex()
    wrapped = master.wrap(KEY, ABOUT)
    cipher = AESGCM(derived(b"wrapping", 32))
    assert cipher.decrypt(wrapped[:12], wrapped[12:], ABOUT) == KEY


@pytest.mark.parametrize("place", [0, 11, 12, 43, 44, 59])
def test_attack_a_wrapped_key_that_was_changed(place: int) -> None:
    """ASVS 11.3.2: nonce, key and tag alike."""
    wrapped = bytearray(MasterKey(SECRET).wrap(KEY, ABOUT))
    wrapped[place] ^= 1
    with pytest.raises(CannotOpen, match=r"^not a key of this master key$"):
        MasterKey(SECRET).unwrap(bytes(wrapped), ABOUT)


@pytest.mark.parametrize("wrapped", [b"", b"n" * 11, b"n" * 12, b"n" * 27])
def test_what_is_too_short_is_no_key(wrapped: bytes) -> None:
    with pytest.raises(CannotOpen):
        MasterKey(SECRET).unwrap(wrapped, ABOUT)


def test_attack_a_key_that_is_moved_or_of_another_master_key() -> None:
    """ASVS 11.3.2: it is bound to what it is about."""
    wrapped = MasterKey(SECRET).wrap(KEY, ABOUT)
    for master, about in ((MasterKey(SECRET), b"ring:2"), (MasterKey(bytes([9] * 32)), ABOUT)):
        with pytest.raises(CannotOpen):
            master.unwrap(wrapped, about)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_master_key_of_another_length_is_none(length: int) -> None:
    with pytest.raises(ValueError, match=r"^the master key has 32 bytes$"):
        MasterKey(b"x" * length)


def test_a_master_key_that_was_destroyed_wraps_nothing() -> None:
    with pytest.raises(ValueError, match=r"^the master key was destroyed$"):
        MasterKey(bytes(32))
    assert MasterKey(bytes(31) + b"\x01").id


def test_it_shows_its_name_and_nothing_else() -> None:
    assert repr(MasterKey(SECRET)) == f"MasterKey({MasterKey(SECRET).id})"
