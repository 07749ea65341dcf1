"""A place on the trail as a word."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.auditing.place import read_place, written
from security.errors import Refused

WRITERS = st.from_regex(r"\A[A-Za-z0-9_-]{1,32}\Z")
NUMBERS = st.integers(0, 10**15 - 1)


@given(st.dictionaries(WRITERS, NUMBERS, max_size=8))
def test_a_place_is_read_as_it_was_written(place: dict[str, int]) -> None:
    assert read_place(written(place)) == place


@given(st.text())
def test_attack_no_word_is_more_than_a_place_or_refused(word: str) -> None:
    """ASVS 2.2.1."""
    with suppress(Refused):
        place = read_place(word)
        assert len(place) <= 8
        assert all(number >= 0 for number in place.values())


@pytest.mark.parametrize("word", ["", "1", "1.", ".1", "1.01", "1.-1", "1.1~", "1.1~1.2", "1.1\n"])
def test_attack_what_is_no_place_is_refused(word: str) -> None:
    """ASVS 2.2.1."""
    with pytest.raises(Refused, match="invalid_arguments"):
        read_place(word)
