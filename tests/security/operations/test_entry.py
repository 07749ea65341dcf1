"""What may be typed into the panel, and what a thief would try first."""

from __future__ import annotations

import pytest

from security.operations.entry import Entry, is_obvious, texts

PIN = Entry("new_pin", "New PIN", "pin", 4, 6)

OBVIOUS = ["1234", "4321", "0123", "7890", "0000", "9999", "1212", "1112", "1221", "123123"]
OBVIOUS += ["1984", "2001", "1900", "2099", "2580", "0852", "1397", "123456", "987654", "484848"]


@pytest.mark.parametrize("pin", OBVIOUS)
def test_what_everybody_tries_first_is_refused(pin: str) -> None:
    """NIST SP 800-63B-4 3.1.1.2."""
    assert PIN.complaint(pin, []) == "entry_guessable"


@pytest.mark.parametrize("pin", ["4826", "7391", "1899", "2100", "13579", "482613", "1243"])
def test_other_pins_will_do(pin: str) -> None:
    assert PIN.complaint(pin, []) is None


@pytest.mark.parametrize("typed", ["482", "4826135", "48a6", " 4826", "4826 ", "４８２６", "-482"])
def test_only_as_many_digits_as_it_says(typed: str) -> None:
    assert PIN.complaint(typed, []) == "entry_invalid"


@pytest.mark.parametrize("typed", [None, ""])
def test_nothing_is_not_enough(typed: str | None) -> None:
    assert PIN.complaint(typed, []) == "entry_required"


def test_what_stands_on_the_card_is_no_secret() -> None:
    known = ["crd_something", "debit", "•••• 4417"]
    assert PIN.complaint("4417", known) == "entry_guessable"
    assert PIN.complaint("4418", known) is None


def test_the_specimen_would_do() -> None:
    """It stands in for what is typed only later, so it must not be refused itself."""
    for shortest in range(4, 11):
        entry = Entry("pin", "PIN", "pin", shortest, 12)
        assert entry.complaint(entry.specimen, []) is None


def test_nine_pins_in_ten_are_left() -> None:
    """What is refused is what is tried first, not half of all there are."""
    assert sum(is_obvious(f"{number:04}") for number in range(10_000)) < 1_000


@pytest.mark.parametrize(
    "pin",
    [*("2109", "0987", "48264826", "482648264826", "482482", "9012"), "112112112", "11111112"],
)
def test_more_that_is_tried_first(pin: str) -> None:
    """NIST SP 800-63B-4 3.1.1.2: over the end of the keypad, and twice or three times the same."""
    assert is_obvious(pin)


@pytest.mark.parametrize("pin", ["4824825", "19840", "91984", "1235", "1357", "25801", "112113"])
def test_what_only_begins_or_ends_so_is_not(pin: str) -> None:
    assert not is_obvious(pin)


def test_what_others_can_read_is_text_alone() -> None:
    assert texts({"card": "•••• 4417", "amount": 7, "note": None, "kind": "debit"}) == [
        "•••• 4417",
        "debit",
    ]
    assert PIN.complaint("4826", ["48 26", "48261", "x4827"]) is None
    assert PIN.complaint("4826", ["", "debit", "4826"]) == "entry_guessable"
    assert Entry("pin", "PIN", "pin", 6, 12).specimen == "274916"
