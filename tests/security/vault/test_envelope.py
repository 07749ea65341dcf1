"""Sealed values against somebody who can write to the database."""

from __future__ import annotations

import secrets

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from security.vault.envelope import (
    CannotOpen,
    Place,
    key_id_of,
    open_under,
    seal_under,
)

CIPHER, KEY_ID = AESGCM(secrets.token_bytes(32)), b"\x01" * 8
HERE = Place("authenticators", "secret", "row-1", "northwind-bank", "person-1")
VERSION, NONCE, TAG = 1, 12, 16


def seal(plain: bytes = b"planted secret", place: Place = HERE) -> bytes:
    return seal_under(CIPHER, KEY_ID, plain, place)


def opened(sealed: bytes, place: Place = HERE) -> bytes:
    """Open as the vault does: the key is the one that the envelope names."""
    if key_id_of(sealed) != KEY_ID:
        raise CannotOpen("no such key")
    return open_under(CIPHER, sealed, place)


@given(st.binary(max_size=200))
def test_what_was_sealed_opens_where_it_was_sealed(plain: bytes) -> None:
    sealed = seal(plain)
    assert opened(sealed) == plain
    assert len(sealed) == VERSION + len(KEY_ID) + NONCE + len(plain) + TAG


def test_attack_every_single_flipped_bit_is_found() -> None:
    """ASVS 11.3.3: version, key id, nonce, ciphertext and tag alike."""
    sealed = seal()
    for bit in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CannotOpen):
            opened(bytes(flipped))


def test_attack_every_cut_and_every_addition_is_found() -> None:
    """ASVS 11.3.3."""
    sealed = seal()
    for length in range(len(sealed)):
        with pytest.raises(CannotOpen):
            opened(sealed[:length])
    for changed in (sealed + b"\x00", b"\x00" + sealed, sealed + sealed):
        with pytest.raises(CannotOpen):
            opened(changed)


ELSEWHERE = {
    "another row": Place("authenticators", "secret", "row-2", "northwind-bank", "person-1"),
    "another column": Place("authenticators", "backup", "row-1", "northwind-bank", "person-1"),
    "another table": Place("people", "secret", "row-1", "northwind-bank", "person-1"),
    "another tenant": Place("authenticators", "secret", "row-1", "acme-shop", "person-1"),
    "no tenant": Place("authenticators", "secret", "row-1", None, "person-1"),
    "an empty tenant": Place("authenticators", "secret", "row-1", "", "person-1"),
    "another person": Place("authenticators", "secret", "row-1", "northwind-bank", "person-2"),
    "no person": Place("authenticators", "secret", "row-1", "northwind-bank"),
}


@pytest.mark.parametrize("place", ELSEWHERE.values(), ids=ELSEWHERE)
def test_attack_a_value_moved_elsewhere_does_not_open(place: Place) -> None:
    """ASVS 11.3.3: a swapped row, column, table, tenant or person."""
    sealed = seal()
    with pytest.raises(CannotOpen):
        opened(sealed, place)


PARTS = st.text(max_size=6)
PLACES = st.builds(Place, PARTS, PARTS, PARTS, st.none() | PARTS, st.none() | PARTS)


@given(PLACES, PLACES)
def test_no_two_places_share_their_bytes(one: Place, other: Place) -> None:
    """No boundary between the parts can be shifted, and no tenant is not an empty one."""
    assert (one.associated_data() == other.associated_data()) is (one == other)


SHIFTED = {
    "a letter moved to the left": (Place("ab", "c", "d", "e"), Place("a", "bc", "d", "e")),
    "a letter moved to the right": (Place("a", "b", "cd", "e"), Place("a", "b", "c", "de")),
    "an empty part": (Place("a", "", "b", "c"), Place("", "a", "b", "c")),
    "no tenant and an empty one": (Place("a", "b", "c", None), Place("a", "b", "c", "")),
    "a tenant called None": (Place("a", "b", "c", None), Place("a", "b", "c", "None")),
    "a tenant called as none is": (Place("a", "b", "c", None), Place("a", "b", "c", "-")),
    "a person in the tenant's place": (Place("a", "b", "c", "d"), Place("a", "b", "c", None, "d")),
    "a length within a part": (Place("a\x00\x00\x00\x01b", "", "", ""), Place("a", "b", "", "")),
}


@pytest.mark.parametrize(("one", "other"), SHIFTED.values(), ids=SHIFTED)
def test_ambiguous_boundaries_are_told_apart(one: Place, other: Place) -> None:
    sealed = seal(place=one)
    with pytest.raises(CannotOpen):
        opened(sealed, other)


@pytest.mark.parametrize("version", [0, 1, 3, 255])
def test_attack_another_version_is_refused(version: int) -> None:
    """ASVS 11.2.2: nobody can have a value taken for one of the older form."""
    sealed = bytes([version]) + seal()[1:]
    with pytest.raises(CannotOpen, match=r"^unknown version$"):
        key_id_of(sealed)
    with pytest.raises(CannotOpen):
        open_under(CIPHER, sealed, HERE)


def test_an_envelope_names_its_key_where_it_is_long_enough_for_one() -> None:
    assert key_id_of(seal()[: VERSION + len(KEY_ID) + NONCE]) == KEY_ID
    with pytest.raises(CannotOpen, match=r"^unknown version$"):
        key_id_of(seal()[: VERSION + len(KEY_ID) + NONCE - 1])


def test_another_key_opens_nothing() -> None:
    with pytest.raises(CannotOpen, match=r"^changed, moved or sealed under another key$"):
        open_under(AESGCM(secrets.token_bytes(32)), seal(), HERE)


def test_the_same_value_never_looks_the_same() -> None:
    """ASVS 11.3.4: nonces do not repeat."""
    sealed = [seal() for _ in range(2_000)]
    assert len({value[9:21] for value in sealed}) == 2_000


def test_an_error_says_nothing_of_what_it_is_about() -> None:
    """ASVS 16.5.1."""
    with pytest.raises(CannotOpen) as error:
        opened(seal(), Place("t", "c", "planted-row", None))
    assert "planted" not in str(error.value)
    assert error.value.__cause__ is None


# McGrew and Viega, The Galois/Counter Mode of Operation, appendix B: 13 to 16, the ones of
# AES-256 with a nonce of 96 bits: key, nonce, plain text, associated data, cipher text and tag.
LONG_KEY = "feffe9928665731c6d6a8f9467308308" * 2
PLAIN = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
)
SHUT = (
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
)
VECTORS = {
    "13": ("00" * 32, "00" * 12, "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
    "14": (
        "00" * 32,
        "00" * 12,
        "00" * 16,
        "",
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
    ),
    "15": (
        LONG_KEY,
        "cafebabefacedbaddecaf888",
        PLAIN,
        "",
        SHUT + "b094dac5d93471bdec1a502270e3cc6c",
    ),
    "16": (
        LONG_KEY,
        "cafebabefacedbaddecaf888",
        PLAIN[:120],
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        SHUT[:120] + "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
}


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_the_cipher_is_that_of_the_published_vectors(vector: tuple[str, ...]) -> None:
    """SP 800-38D: what seals our columns is AES-256-GCM, and a changed bit of any part is found."""
    key, nonce, plain, about, shut = map(bytes.fromhex, vector)
    cipher = AESGCM(key)
    assert cipher.encrypt(nonce, plain, about) == shut
    assert cipher.decrypt(nonce, shut, about) == plain


def test_an_envelope_is_laid_out_as_it_is_described() -> None:
    """Whoever has the key reads it with any AES-256-GCM: nothing of ours is in between."""
    sealed = seal()
    head, nonce, shut = sealed[:9], sealed[9:21], sealed[21:]
    assert head == b"\x02" + KEY_ID
    assert CIPHER.decrypt(nonce, shut, head + HERE.associated_data()) == b"planted secret"


def test_a_place_has_the_bytes_that_everything_was_sealed_with() -> None:
    """Another form would open nothing that was ever kept."""
    bare = b"\0\0\0\x01t\0\0\0\x02co\0\0\0\x03row"
    assert Place("t", "co", "row", None).associated_data() == bare + b"\0\0\0\x01-" * 2
    whose = b"\0\0\0\x05=bank\0\0\0\x06=alice"
    assert Place("t", "co", "row", "bank", "alice").associated_data() == bare + whose
