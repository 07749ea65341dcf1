"""Which of the offered choices a text names."""

from __future__ import annotations

import pytest

from security.sms.choosing import chosen

TITLES = ["Yes, cancel it", "No", "A-1002: Desk lamp"]
NAMED = {
    "1": 0,
    "1)": 0,
    "1.": 0,
    " 2 ": 1,
    "one": 0,
    "Two": 1,
    "three": 2,
    "the first": 0,
    "the second one": 1,
    "second please": 1,
    "2nd": 1,
    "number 3": 2,
    "option 1": 0,
    "choice two": 1,
    "the last one": 2,
    "no": 1,
    "NO.": 1,
    "yes cancel it": 0,
    "a 1002 desk lamp": 2,
}


@pytest.mark.parametrize(("text", "index"), NAMED.items(), ids=NAMED)
def test_a_number_an_ordinal_or_the_words_name_a_choice(text: str, index: int) -> None:
    assert chosen(text, TITLES) == index


@pytest.mark.parametrize(
    "text", ["0", "4", "10", "1 2", "the fourth", "one of them is wrong", "", "123456", "²"]
)
def test_anything_else_is_words(text: str) -> None:
    assert chosen(text, TITLES) is None


def test_without_an_offer_nothing_is_chosen() -> None:
    assert chosen("1", []) is None


def test_words_that_two_choices_share_name_neither() -> None:
    assert chosen("lamp", ["Lamp", "lamp!"]) is None
