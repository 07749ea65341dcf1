"""What a person typed, made plain."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.text import UnusableText, plain_text
from security.plain_text import normalise


@pytest.mark.parametrize("slash", ["/", "\uff0f", "\u2044", "\u2215", "\u29f8", "\u2571", "\\"])
def test_a_leading_slash_or_a_lookalike_is_plain_words(slash: str) -> None:
    """GH-6: `/restart` and lookalikes typed are words; nothing is cut off or understood."""
    assert plain_text(f"{slash}restart").endswith("restart")
    assert len(plain_text(f"{slash}restart")) == 8


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("what's my balance?", "what's my balance?"),
        ("  two\n lines\t here ", "two lines here"),
        ("null\x00byte \x1b[31mred", "nullbyte [31mred"),
        ("\u202eecnalab\u202c", "ecnalab"),
        ("bal\u200bance\ufeff \U000e0041\U000e0042", "balance"),
        ("caf\u0065\u0301", "caf\u00e9"),
        ("\uff57\uff48\uff4f", "who"),
        ("\u0661\u0662\u0663 \U0001d7d6", "123 8"),
        (
            "gr\u00fc\u00dfe aus K\u00f6ln \u2764\ufe0f",
            "gr\u00fc\u00dfe aus K\u00f6ln \u2764\ufe0f",
        ),
    ],
)
def test_what_is_invisible_goes_and_words_stay(typed: str, plain: str) -> None:
    assert plain_text(typed) == plain


@pytest.mark.parametrize("typed", ["", " ", "\x00", "\u200b\u2060", "\u3164", "\u2800", "\n\n"])
def test_a_text_of_nothing_visible_is_refused(typed: str) -> None:
    with pytest.raises(UnusableText):
        plain_text(typed)


@pytest.mark.parametrize(("length", "fits"), [(999, True), (1_000, True), (1_001, False)])
def test_the_longest_text_is_a_thousand_characters(length: int, fits: bool) -> None:
    if fits:
        assert len(plain_text("x" * length)) == length
    else:
        with pytest.raises(UnusableText):
            plain_text("x" * length)


def test_the_length_is_that_of_what_is_left() -> None:
    assert len(plain_text("x" * 1_000 + "\u200b" * 500 + " ")) == 1_000


def test_a_character_that_unfolds_into_many_is_counted_unfolded() -> None:
    """One U+FDFA is 18 characters once folded: 60 of them are too long."""
    with pytest.raises(UnusableText):
        plain_text("\ufdfa" * 60)


@given(st.text(max_size=300))
def test_normalising_any_text_leaves_only_visible_characters(typed: str) -> None:
    plain = normalise(typed)
    assert normalise(plain) == plain
    assert plain == plain.strip()
    for char in plain:
        assert char == " " or unicodedata.category(char)[0] not in "CZ"
        assert unicodedata.category(char) != "Nd" or char.isascii()


@given(st.text(alphabet="4111 -.\u2013\uff11\u200b\u0661x", max_size=200))
def test_plain_text_is_a_fixed_point(typed: str) -> None:
    try:
        plain = plain_text(typed)
    except UnusableText:
        return
    assert normalise(plain) == plain


def test_digits_drawn_as_keys_are_digits() -> None:
    """ASVS 16.2.5: a code in keycap emoji must be seen as a code."""
    assert plain_text("9\ufe0f\u20e31\ufe0f\u20e38\ufe0f\u20e32") == "9182"
    assert plain_text("\u2764\ufe0f") == "\u2764\ufe0f"


@pytest.mark.parametrize("dash", "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\uff0d\ufe58")
def test_every_dash_is_a_hyphen(dash: str) -> None:
    assert normalise(f"a{dash}b") == "a-b"
