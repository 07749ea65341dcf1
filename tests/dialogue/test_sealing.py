"""A box opens with its own key in its own place."""

from __future__ import annotations

import pytest

from dialogue.sealing import Unreadable, seal, unseal

KEY = b"k" * 32


def test_a_box_opens_in_its_place() -> None:
    assert unseal(KEY, "c", 1, seal(KEY, "c", 1, b"words")) == b"words"


@pytest.mark.parametrize(
    ("key", "conversation", "sequence"), [(b"x" * 32, "c", 1), (KEY, "d", 1), (KEY, "c", 2)]
)
def test_a_swapped_row_or_key_is_refused(key: bytes, conversation: str, sequence: int) -> None:
    """ASVS 11.3.3: the row's identity is associated data."""
    with pytest.raises(Unreadable):
        unseal(key, conversation, sequence, seal(KEY, "c", 1, b"words"))


def test_an_id_does_not_run_into_the_number_after_it() -> None:
    with pytest.raises(Unreadable):
        unseal(KEY, 'c", 1', 1, seal(KEY, "c", 11, b"words"))


def test_a_flipped_bit_is_refused() -> None:
    """ASVS 11.3.3: at each place of nonce, ciphertext and tag."""
    box = seal(KEY, "c", 1, b"words")
    for place in range(len(box)):
        flipped = bytearray(box)
        flipped[place] ^= 1
        with pytest.raises(Unreadable):
            unseal(KEY, "c", 1, bytes(flipped))


@pytest.mark.parametrize("length", [0, 11, 12, 27])
def test_a_truncated_box_is_refused(length: int) -> None:
    with pytest.raises(Unreadable):
        unseal(KEY, "c", 1, seal(KEY, "c", 1, b"words")[:length])


def test_no_nonce_repeats() -> None:
    """ASVS 11.3.4."""
    assert len({seal(KEY, "c", 1, b"words")[:12] for _ in range(2_000)}) == 2_000
