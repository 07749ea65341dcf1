"""Whom a name means, and which bill or account."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.names import kin, matches, plain

SAVED = ["Bob Lindqvist", "Anna Berg", "Anna Björk", "José María", "Annabel Stone"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Bob", [0]),
        ("bob lindqvist", [0]),
        ("BOB LINDQVIST", [0]),
        ("lindqvist", [0]),
        ("Bo", [0]),
        ("Anna", [1, 2]),
        ("anna berg", [1]),
        ("Anna Bjork", [2]),
        ("anna bj", [2]),
        ("annab", [4]),
        ("jose", [3]),
        ("José  maría", [3]),
        ("Anna Smith", []),
        ("Bobby", []),
        ("B", []),
        ("", []),
        ("!", []),
        ("Carla", []),
    ],
)
def test_exact_then_first_name_then_beginning(words: str, found: list[int]) -> None:
    assert matches(words, SAVED) == found


@given(st.sampled_from(SAVED))
def test_a_whole_name_means_itself_alone(name: str) -> None:
    assert [SAVED[at] for at in matches(name.upper(), SAVED)] == [name]


@given(st.text(max_size=40))
def test_plain_is_plain(words: str) -> None:
    assert plain(plain(words)) == plain(words)


BILLERS = ["Tidewater Energy Electricity November", "Lindenhof Homes Rent", "Clearline Mobile 4471"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("electricity", [0]),
        ("power", [0]),
        ("tidewater", [0]),
        ("landlord's", [1]),
        ("rent", [1]),
        ("phone", [2]),
        ("cell phone", [2]),
        ("water", []),
        ("", []),
    ],
)
def test_a_bill_is_known_by_its_biller_or_its_kind(words: str, found: list[int]) -> None:
    assert kin(words, BILLERS) == found
