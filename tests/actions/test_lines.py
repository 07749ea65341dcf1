"""Words that other people are shown: the APIs take whatever is left of them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.lines import one_line
from apis.common.model import LINE_PATTERN


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("My screen\u202e is\nbroken", "My screen is broken"),
        ("She fell \U0001f469\u200d\u2695\ufe0f and", "She fell \U0001f469\u2695\ufe0f and"),
        ("\u0646\u0645\u06cc\u200c\u062a\u0648", "\u0646\u0645\u06cc\u062a\u0648"),
        ("\ufeffa\u00a0b\u2028c\u2800\u3164", "a b c"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("x" + "\u0301" * 139, "x\u0301\u0301\u0301"),
        ("\u1160", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_seen_goes_and_the_words_stay(said: str, line: str) -> None:
    """Hostile input: nobody reads a line that another has turned round or drawn over."""
    assert one_line(said) == line


@given(st.text(max_size=60))
@settings(max_examples=500, deadline=timedelta(seconds=5))
def test_an_api_takes_what_is_left(said: str) -> None:
    left = one_line(said)
    assert left == "" or re.fullmatch(LINE_PATTERN.removeprefix("^").removesuffix("$"), left)
    assert one_line(left) == left
