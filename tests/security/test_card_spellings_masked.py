"""Attacks on the mask: cards and their security codes, in the spellings that people use.

PCI DSS 3.3.1.2 and 3.4.1: what stands between the signs, before them or after, hides nothing.
"""

from __future__ import annotations

import re

import pytest

from security.plain_text import plain


@pytest.mark.parametrize(
    "said",
    [
        "my cvv code is 123",
        "my cvv's 123",
        "card verification code 123",
        "csc 123",
        "csc number: 123",
        "cvn number is 123",
        "cvc 1 2 3",
        "my cvv is: 1-2-3",
        "c.v.v. 123",
        "c v v 123",
        "cvv/cvc: 123",
        "cvv_123",
        "cvv.......123",
        "cvv\u2014123",
        "security number 123",
        "the security code on the back is 123",
        "the security code of my card is 123",
        "CVV (on the back of my card) is 123",
        "the 3 digit security code is 123",
        "my card's security code is 1234",
        "123 is my cvv",
        "1234 is the security code",
        "cvv equals 123",
        "cvv would be 123",
        "cvv, which is 123",
        "the code on the back of my card is 123",
        "the three digits on the back are 123",
        "cvv is \u2460\u2461\u2462",
    ],
)
def test_attack_a_security_code_in_another_spelling(said: str) -> None:
    """PCI DSS 3.3.1.2: the card verification code is never kept."""
    masked = plain(said)
    assert "•••" in masked
    assert re.search("[0-9]", masked.replace("3 digit", "")) is None


@pytest.mark.parametrize(
    "said",
    ["the cvv of card 4539 1488 0343 6467 is 123", "the cvc for my visa ending in 6467 is 123"],
)
def test_attack_a_security_code_after_its_card(said: str) -> None:
    """PCI DSS 3.3.1.2: which card it is of may stand between."""
    assert plain(said).endswith("6467 is •••")


@pytest.mark.parametrize(
    "said",
    [
        "4539 1488 0343 6467 12/27 123",
        "4539 1488 0343 6467, 12/27, 123",
        "4539 1488 0343 6467 exp 12/2027 code 123",
        "4539148803436467 valid until 12-27 and the code 123",
    ],
)
def test_attack_a_security_code_that_only_its_place_tells(said: str) -> None:
    """PCI DSS 3.3.1.2: it comes after the card and its last month."""
    assert plain(said) == re.sub("^4539[ 0-9]*6467", "•••• 6467", said)[:-3] + "•••"


@pytest.mark.parametrize(
    "typed",
    [
        "4539 dash 1488 dash 0343 dash 6467",
        "4539----1488----0343----6467",
        "4539\u2013\u2013\u2013\u2013\u20131488\u2013\u2013\u2013\u2013\u201303436467",
        "4539 ... 1488 ... 0343 ... 6467",
        "4539 \u2022\u2022\u2022\u2022 1488 \u2022\u2022\u2022\u2022 0343 6467",
        "4539\u034f1488\u034f0343\u034f6467",
        "(4539)(1488)(0343)(6467)",
        "\u2783\u2784\u2782\u2788 1488 0343 6467",
        "04539148803436467",
        "00 4539 1488 0343 6467",
        "+4539148803436467",
        "2026-11-26 4539148803436467 2026-11-27",
    ],
)
def test_attack_a_card_number_in_another_spelling(typed: str) -> None:
    """PCI DSS 3.4.1: Luhn decides, whatever stands between and around the groups."""
    masked = plain(typed)
    assert "•••• 6467" in masked
    assert re.search("[0-9]{4}", re.sub("6467|2026", "", masked)) is None
