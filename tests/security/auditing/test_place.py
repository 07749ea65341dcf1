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


def test_a_place_is_one_word_in_the_order_of_its_writers() -> None:
    assert written({"2": 12, "1": 57}) == "1.57~2.12"
    assert written({}) == "-"
    assert read_place("-") == {}


LONG = "w" * 32
WORDS = {
    "the longest name of a writer": (f"{LONG}.1", {LONG: 1}),
    "one letter more": (f"{LONG}w.1", None),
    "the largest number": (f"1.{10**15 - 1}", {"1": 10**15 - 1}),
    "one more": (f"1.{10**15}", None),
    "eight writers": ("~".join(f"{n}.1" for n in range(8)), {str(n): 1 for n in range(8)}),
    "nine": ("~".join(f"{n}.1" for n in range(9)), None),
    "the same writer twice": ("1.1~1.1", None),
    "figures of another script": ("1.\u0661", None),
}


@pytest.mark.parametrize(("word", "place"), WORDS.values(), ids=WORDS)
def test_attack_a_place_is_as_long_as_it_may_be(word: str, place: dict[str, int] | None) -> None:
    """ASVS 2.2.1."""
    if place is not None:
        assert read_place(word) == place
        return
    with pytest.raises(Refused, match="invalid_arguments") as refused:
        read_place(word)
    assert refused.value.details == {"field": "place"}
