"""What is a PIN in somebody's words, and what only looks like one."""

from __future__ import annotations

import pytest

from security.challenges.said import (
    HIDDEN,
    may_hold_secrets,
    without_codes,
    without_entries,
    without_pins,
)

PINS = [
    "change my PIN to 4826",
    "my pin is 4826",
    "My new PIN: 4826",
    "pin 4826",
    "pin=4826",
    "set 4826 as my new pin please",
    "4826 is my pin",
    "please make my pin 48 26",
    "my pin code is 4-8-2-6",
    "pincode 482613",
    "I want 482613 for my PIN number",
    "new pin 4 8 2 6",
    "change the PIN of my card ending in 4417 to 4826",
    "change it to 4826, the pin of card 4417",
]


@pytest.mark.parametrize("said", PINS)
def test_a_pin_is_taken_out(said: str) -> None:
    """ASVS 16.2.5: no digit of it is left; those of the card are."""
    left = without_pins(said)
    assert "•" in left
    digits = "".join(filter(str.isdigit, left))
    assert digits == ("4417" if "4417" in said else "")


def test_both_of_two_are_taken_out() -> None:
    left = without_pins("change my pin from 1379 to 4826")
    assert not any(map(str.isdigit, left))


NO_PINS = [
    "change the PIN of my card ending in 4417",
    "new pin for card 4417",
    "the card ends with 4417, I need another pin",
    "the PIN of my debit card •••• 4417",
    "my pin has not worked since 2024",
    "my pin was blocked on 23.11.2026",
    "my pin was blocked in March 2026",
    "I typed my pin 3 times",
    "I paid 1500 EUR with my pin",
    "I paid €1500 with my pin",
    "send 4826 to Anna",
    "pinned order 4826",
    "4417",
]


@pytest.mark.parametrize("said", NO_PINS)
def test_other_digits_stay(said: str) -> None:
    assert without_pins(said) == said


@pytest.mark.parametrize("said", ["4826", "use 4826", "48 26", "482613 please", "4826 4826"])
def test_while_a_pin_is_asked_for_any_digits_are_meant_for_it(said: str) -> None:
    assert not any(map(str.isdigit, without_entries(said)))


@pytest.mark.parametrize("said", ["123", "make it 1,250.00", "in 3 days"])
def test_but_an_amount_and_small_numbers_are_not(said: str) -> None:
    assert without_entries(said) == said


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("my code is 123456", "my code is ***"),
        ("it is abcd-efgh-jkmn, thanks", "it is ***, thanks"),
        ("pay 251,250.00 euros", "pay 251,250.00 euros"),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_a_code_is_taken_out_of_what_is_said(said: str, left: str) -> None:
    """ASVS 16.2.5."""
    assert without_codes(said) == left.replace("***", HIDDEN)


@pytest.mark.parametrize(
    ("said", "worth"), [("what is my balance?", False), ("", False), ("7", True), ("a-b", True)]
)
def test_only_digits_and_hyphens_are_worth_a_closer_look(said: str, worth: bool) -> None:
    assert may_hold_secrets(said) is worth
