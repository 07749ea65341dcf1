"""What an SMS costs, against the tables of 3GPP TS 23.038 and 23.040."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.sms.gsm import cut, for_sms, is_gsm, plain, room, segments, units, weight

COUNTED = {
    "nothing": ("", 1),
    "one full": ("a" * 160, 1),
    "one too many": ("a" * 161, 2),
    "two linked": ("a" * 306, 2),
    "three linked": ("a" * 307, 3),
    "the euro takes two": ("€" * 80, 1),
    "and spills": ("€" * 81, 2),
    "another script": ("я" * 70, 1),
    "which is dearer": ("я" * 71, 2),
    "and linked": ("я" * 134, 2),
    "and longer": ("я" * 135, 3),
    "outside the plane counts twice": ("\N{GRINNING FACE}" * 35, 1),
    "and again": ("\N{GRINNING FACE}" * 36, 2),
}


@pytest.mark.parametrize(("text", "count"), COUNTED.values(), ids=COUNTED)
def test_segments_are_counted(text: str, count: int) -> None:
    assert segments(text) == count


PLAIN = {
    "curly quotes": ("It’s “fine” – really…", 'It\'s "fine" - really...'),
    "accents that it knows": ("Zoë Jürgen Åse", "Zoe Jürgen Åse"),
    "accents that it does not": ("Łukasz Šimić", "Lukasz Simic"),
    "a question mark stays": ("What? Š", "What? S"),
    "a letter that no other one is like": ("Łódź ﷲ", "Lódź ﷲ"),
    "another script stays whole": ("Анна’s order…", "Анна's order..."),
}


@pytest.mark.parametrize(("text", "told"), PLAIN.values(), ids=PLAIN)
def test_words_are_kept_as_cheap_as_they_can_be(text: str, told: str) -> None:
    assert plain(text) == told


@given(st.text(max_size=400))
def test_a_text_weighs_what_its_segments_hold(text: str) -> None:
    one, linked = (160, 153) if is_gsm(text) else (70, 67)
    count = segments(text)
    assert weight(text) <= (one if count == 1 else linked * count)


@given(st.text(alphabet="ab €[\n", max_size=400), st.integers(3, 306))
def test_a_cut_text_is_never_too_long(text: str, most: int) -> None:
    assert units(cut(text, most)) <= most


@pytest.mark.parametrize("hidden", ["\x00", "\x08", "\x1b", "\x85", "\u202e", "\u2066", "\uffff"])
def test_attack_words_that_no_answer_can_carry(hidden: str) -> None:
    """ASVS 1.3.3: a payer's text in a list would make the whole answer no XML, and so no answer;
    or turn the figures of others around."""
    assert plain(f"Rent{hidden} 50\nGas 20") == "Rent 50\nGas 20"
    assert plain(f"Miete für Łódź{hidden}") == plain("Miete für Łódź")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  Your\tcode\n is  1 ", "Your code is 1"),
        ("“Zoë” – łódź…", '"Zoe" - lodz...'),
        ("Анна 1", "???? 1"),
        ("^{}\\[~]|€", "^{}\\[~]|€"),
        ("a" * 306, "a" * 306),
        ("a" * 307, "a" * 303 + "..."),
        ("€" * 154, "€" * 151 + "..."),
    ],
)
def test_one_line_of_any_words_fits_two_segments(text: str, line: str) -> None:
    assert for_sms(text) == line


@pytest.mark.parametrize(
    ("text", "most", "told"),
    [
        ("abcdefgh", 9, "abcdefgh"),
        ("abcdefgh", 8, "abcdefgh"),
        ("abcdefgh", 7, "abcd..."),
        ("abcd€", 6, "abcd€"),
        ("abcd€", 5, "ab..."),
        ("abc   defgh", 8, "abc..."),
        ("  abcdefgh", 9, "  abcd..."),
    ],
)
def test_a_text_is_cut_where_it_is_too_long_and_says_so(text: str, most: int, told: str) -> None:
    assert cut(text, most) == told


@pytest.mark.parametrize(
    ("text", "wide", "has"),
    [("", 0, 306), ("ab", 2, 306), ("a€", 3, 306), ("я", 1, 134), ("a€я", 3, 134)],
)
def test_a_text_weighs_what_its_alphabet_makes_of_it(text: str, wide: int, has: int) -> None:
    assert (weight(text), room(text)) == (wide, has)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Ⅷ", "V"),  # the first of what it is made of
        ("\u00adSoft\u00a0hyphen•", "Soft hyphen*"),
        ("Đ đ ı", "Đ d i"),
        ("₂^", "2^"),
    ],
)
def test_a_letter_becomes_the_nearest_one(text: str, told: str) -> None:
    assert plain(text) == told
