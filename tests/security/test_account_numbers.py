"""Account numbers (ISO 13616): told by their check digits, hidden where they may not be kept."""

from __future__ import annotations

import pytest

from security.card_numbers import is_iban, mask_card_numbers, mask_ibans


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("DE89370400440532013000", True),
        ("de89370400440532013000", True),
        ("DE88370400440532013000", False),
        ("DE89370400440532031000", False),
        ("DE791234567890", False),
        ("DE5112345678901", True),
        ("DE87123456789012345678901234567890", True),
        ("DE341234567890123456789012345678901", False),
        ("DE89 3704 0044 0532 0130 00", False),
        ("DE8937040044053201300\u0660", False),
        ("", False),
    ],
)
def test_its_check_digits_and_its_length_make_an_account_number(written: str, right: bool) -> None:
    """Of 15 to 34 signs, none more and none less: those of 14 and of 35 have right digits too."""
    assert is_iban(written) is right


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("DE89 3704 0044 0532 0130 00", "•••• 3000"),
        ("pay GB29NWBK60161331926819 today", "pay •••• 6819 today"),
        (
            "from CH93-0076-2011-6238-5295-7 to DE89 3704 0044 0532 0130 00, please",
            "from •••• 95-7 to •••• 3000, please",
        ),
        # Its first sixteen signs are one by themselves, by chance.
        ("to DE22958880824680 9818 now", "to •••• 9818 now"),
        ("to DE88 3704 0044 0532 0130 00", "to DE88 3704 0044 0532 0130 00"),
        ("order AB12 of today", "order AB12 of today"),
        ("", ""),
    ],
)
def test_an_account_number_is_hidden_but_for_its_end(said: str, left: str) -> None:
    assert mask_ibans(said) == left


@pytest.mark.parametrize("digits", ["411111111117", "41111111111111111115"])
def test_what_is_too_short_or_too_long_for_a_card_stays(digits: str) -> None:
    """ISO/IEC 7812-1: 13 to 19 digits; these have right check digits."""
    assert mask_card_numbers(digits) == digits


@pytest.mark.parametrize(
    ("said", "left"),
    [
        # Groups 1 to 5 are one, and so are groups 2 to 4.
        ("686 6099 8162 75933 793", "•••• 3793"),
        # Groups 1 to 4 are one, and so are groups 2 to 5.
        ("5561 6898 3481 5250 5579 3869", "•••• 5579 3869"),
    ],
)
def test_attack_a_card_number_within_or_across_another(said: str, left: str) -> None:
    """PCI DSS 3.4.1: whichever of them it is, no more than its end is left."""
    assert mask_card_numbers(said) == left
