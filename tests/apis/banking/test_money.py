"""Exact amounts."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apis.banking.money import AMOUNT_PATTERN, decimal_text, minor_units


@given(st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1))
def test_cents_survive_the_way_out_and_back(minor: int) -> None:
    text = decimal_text(minor)
    assert re.fullmatch(AMOUNT_PATTERN, text)
    assert minor_units(text) == minor
    assert Decimal(text) * 100 == minor


@pytest.mark.parametrize(
    "amount",
    [
        "",
        "1",
        "1.0",
        "1.000",
        "01.00",
        "+1.00",
        "1,00",
        "1e2",
        "NaN",
        " 1.00",
        "1.00\n",
        "--1.00",
        "٣.٠٠",
        "10000000000000000.00",
    ],
)
def test_an_amount_in_any_other_form_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="two decimals"):
        minor_units(amount)


@pytest.mark.parametrize(("minor", "text"), [(0, "0.00"), (-1, "-0.01"), (-100, "-1.00")])
def test_small_amounts(minor: int, text: str) -> None:
    assert decimal_text(minor) == text
