"""Card numbers typed into the chat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.card_numbers import mask_card_numbers, passes_luhn
from security.plain_text import plain

# Published test numbers of the card networks, 13 to 19 digits long.
PUBLISHED = [
    "4222222222222",
    "30569309025904",
    "378282246310005",
    "4111111111111111",
    "5555555555554444",
    "6304000000000000000",
]


@pytest.mark.parametrize("number", PUBLISHED)
def test_a_typed_card_number_is_masked(number: str) -> None:
    """PCI DSS 3.4.1: masked before Rasa sees it; the last four digits stay."""
    said = plain(f"my card {number} is lost")
    assert said == f"my card •••• {number[-4:]} is lost"


@pytest.mark.parametrize(
    "typed",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111\u20131111\u20131111\u20131111",
        "4111.1111.1111.1111",
        "4111 - 1111 - 1111 - 1111",
        "41 11 11 11 11 11 11 11",
        "4\u200b111111111111\u2060111",
        "\uff14\uff11\uff11\uff11 1111 1111 1111",
        "\u0664\u0661\u0661\u0661 \u0661\u0661\u0661\u0661 \u0661\u0661\u0661\u0661 1111",
        "card:4111111111111111.",
        "x4111111111111111y",
    ],
)
def test_a_card_number_hidden_by_spelling_is_masked(typed: str) -> None:
    """PCI DSS 3.4.1: groups, dashes, other scripts' digits and invisible signs hide nothing."""
    said = plain(typed)
    assert "•••• 1111" in said
    assert sum(char.isdigit() for char in said) == 4


def test_a_card_number_beside_other_numbers_is_masked() -> None:
    said = plain("on 2026 11 20 with 4111 1111 1111 1111 12/27 pay 100")
    assert "4111" not in said
    assert "1111 12/27" in said


def test_two_card_numbers_are_both_masked() -> None:
    assert plain("4111111111111111, 5555555555554444").count("••••") == 2


@pytest.mark.parametrize("typed", ["cvv 123", "CVC: 1234", "my CVV is 123", "security code 123"])
def test_a_security_code_is_masked(typed: str) -> None:
    """PCI DSS 3.3.1.2: the card verification code is never kept."""
    said = plain(typed)
    assert not any(char.isdigit() for char in said)


@pytest.mark.parametrize(
    "typed",
    [
        "4111111111111112",  # Wrong check digit.
        "411111111111",  # 12 digits.
        "transfer 250.00 to Anna on 2026-11-20",
        "call +1 202 555 0143",
        "what was order 12345678?",
        "287082",
    ],
)
def test_other_numbers_stay_readable(typed: str) -> None:
    assert mask_card_numbers(typed) == typed


@pytest.mark.parametrize(("digits", "valid"), [("79927398713", True), ("79927398710", False)])
def test_the_published_luhn_example(digits: str, valid: bool) -> None:
    assert passes_luhn(digits) is valid


@given(
    st.from_regex(r"[1-9][0-9]{11,17}", fullmatch=True),
    st.sampled_from([" ", "-", "", " - "]),
    st.integers(1, 6),
)
def test_no_valid_number_survives_in_any_grouping(payload: str, joint: str, size: int) -> None:
    digits = next(payload + check for check in "0123456789" if passes_luhn(payload + check))
    groups = joint.join(digits[i : i + size] for i in range(0, len(digits), size))
    said = mask_card_numbers(f"it is {groups} ok")
    assert sum(char.isdigit() for char in said) == 4
    assert said.startswith("it is ••••")
    assert said.endswith(f"{digits[-4:]} ok")


@pytest.mark.parametrize(
    "typed",
    [
        "4111/1111/1111/1111",
        "4111_1111_1111_1111",
        "4111, 1111, 1111, 1111",
        "4111* 1111* 1111*1111",
    ],
)
def test_a_card_number_in_an_odd_dress_is_masked(typed: str) -> None:
    """PCI DSS 3.4.1: Luhn decides, whatever stands between the groups."""
    assert mask_card_numbers(f"my card {typed} please") == "my card •••• 1111 please"


@pytest.mark.parametrize(
    "said", ["my cvv number is 123", "card verification value 123", "the 3-digit code is 737"]
)
def test_a_security_code_by_another_name_goes_as_well(said: str) -> None:
    """PCI DSS 3.3.1.2: it is never kept."""
    assert mask_card_numbers(said) == said[:-3] + "•••"


# Published examples of the IBAN registry (ISO 13616); the last holds what could be a card.
IBANS = [
    "GB29 NWBK 6016 1331 9268 19",
    "DE89 3704 0044 0532 0130 00",
    "CH93 0076 2011 6238 5295 7",
    "DE75 5121 0800 1245 1261 99",
    "NL91ABNA0417164300",
    "XN75 4111 1111 1111 1111",
]


@pytest.mark.parametrize("number", IBANS)
@pytest.mark.parametrize("joint", [" ", "", "-"])
def test_an_account_number_stays_readable_in_any_grouping(number: str, joint: str) -> None:
    """Else four of ten people could not name a new payee."""
    typed = f"add Carla, {number.replace(' ', joint)}, please"
    assert mask_card_numbers(typed) == typed


def test_a_card_number_beside_an_account_number_is_masked() -> None:
    """PCI DSS 3.4.1."""
    said = mask_card_numbers("DE89 3704 0044 0532 0130 00 4111 1111 1111 1111")
    assert said == "DE89 3704 0044 0532 0130 00 •••• 1111"


@pytest.mark.parametrize("typed", ["XN97 4111 1111 1111 1111", "AB41 1111 1111 1111 11", "to4111"])
def test_attack_a_card_number_dressed_as_an_account_number(typed: str) -> None:
    """PCI DSS 3.4.1: without right check digits it is none."""
    digits = "".join(filter(str.isdigit, mask_card_numbers(f"{typed} 4111111111111111")))
    assert digits.endswith("1111")
    assert "4111111111111111" not in digits
