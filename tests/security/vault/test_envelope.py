"""Sealed values against somebody who can write to the database."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.vault.envelope import CannotOpen, Place, Vault

KEY = secrets.token_bytes(32)
HERE = Place("authenticators", "secret", "row-1", "northwind-bank")
VERSION, NONCE, TAG = 1, 12, 16


@pytest.fixture
def vault() -> Vault:
    return Vault(KEY)


@given(st.binary(max_size=200))
def test_what_was_sealed_opens_where_it_was_sealed(plain: bytes) -> None:
    sealed = Vault(KEY).seal(plain, HERE)
    assert Vault(KEY).open(sealed, HERE) == plain
    assert len(sealed) == VERSION + NONCE + len(plain) + TAG


def test_every_single_flipped_bit_is_found(vault: Vault) -> None:
    """ASVS 11.3.3: version, nonce, ciphertext and tag alike."""
    sealed = vault.seal(b"planted secret", HERE)
    for bit in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CannotOpen):
            vault.open(bytes(flipped), HERE)


def test_every_cut_and_every_addition_is_found(vault: Vault) -> None:
    """ASVS 11.3.3."""
    sealed = vault.seal(b"planted secret", HERE)
    for length in range(len(sealed)):
        with pytest.raises(CannotOpen):
            vault.open(sealed[:length], HERE)
    for changed in (sealed + b"\x00", b"\x00" + sealed, sealed + sealed):
        with pytest.raises(CannotOpen):
            vault.open(changed, HERE)


ELSEWHERE = {
    "another row": Place("authenticators", "secret", "row-2", "northwind-bank"),
    "another column": Place("authenticators", "backup", "row-1", "northwind-bank"),
    "another table": Place("people", "secret", "row-1", "northwind-bank"),
    "another tenant": Place("authenticators", "secret", "row-1", "acme-shop"),
    "no tenant": Place("authenticators", "secret", "row-1", None),
    "an empty tenant": Place("authenticators", "secret", "row-1", ""),
}


@pytest.mark.parametrize("place", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_value_moved_elsewhere_does_not_open(vault: Vault, place: Place) -> None:
    """ASVS 11.3.3: a swapped row, column, table or tenant."""
    sealed = vault.seal(b"planted secret", HERE)
    with pytest.raises(CannotOpen):
        vault.open(sealed, place)


PARTS = st.text(max_size=6)
PLACES = st.builds(Place, PARTS, PARTS, PARTS, st.none() | PARTS)


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
    "a length within a part": (Place("a\x00\x00\x00\x01b", "", "", ""), Place("a", "b", "", "")),
}


@pytest.mark.parametrize(("one", "other"), SHIFTED.values(), ids=SHIFTED)
def test_ambiguous_boundaries_are_told_apart(vault: Vault, one: Place, other: Place) -> None:
    sealed = vault.seal(b"planted secret", one)
    with pytest.raises(CannotOpen):
        vault.open(sealed, other)


@pytest.mark.parametrize("version", [0, 2, 255])
def test_an_unknown_version_is_refused(vault: Vault, version: int) -> None:
    sealed = vault.seal(b"planted secret", HERE)
    with pytest.raises(CannotOpen):
        vault.open(bytes([version]) + sealed[1:], HERE)


def test_another_key_opens_nothing(vault: Vault) -> None:
    with pytest.raises(CannotOpen):
        Vault(secrets.token_bytes(32)).open(vault.seal(b"planted secret", HERE), HERE)


def test_the_same_value_never_looks_the_same(vault: Vault) -> None:
    """ASVS 11.3.4: nonces do not repeat."""
    sealed = [vault.seal(b"planted secret", HERE) for _ in range(2_000)]
    assert len({value[1:13] for value in sealed}) == 2_000


def test_an_error_says_nothing_of_what_it_is_about(vault: Vault) -> None:
    """ASVS 16.5.1."""
    sealed = vault.seal(b"planted secret", HERE)
    with pytest.raises(CannotOpen) as error:
        vault.open(sealed, Place("t", "c", "planted-row", None))
    assert "planted" not in str(error.value)
    assert error.value.__cause__ is None
