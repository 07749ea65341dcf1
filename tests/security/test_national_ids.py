"""Numbers that states give to people never reach Rasa, a log or the transcript (GDPR 87)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.national_ids import MASK, mask_national_ids
from security.plain_text import plain

PUBLISHED = {
    "US": ["219-09-9999", "219 09 9999"],
    "Germany": ["36574261809", "36 574 261 809", "86095742719", "57549285017", "13058729410"],
    "UK": ["QQ123456C".replace("QQ", "AB"), "AB 12 34 56 C", "ab123456c"],
    "Italy": ["RSSMRA85T10A562S", "MRTMTT91D08F205J", "rssmra85t10a562s"],
    "Spain": ["12345678Z", "12345678-Z", "X1234567L", "Y-1234567-X", "Z1234567R"],
    "France": ["255081416802538", "2 55 08 14 168 025 38", "185052A12345633", "299122B00100258"],
}


@pytest.mark.parametrize("written", [one for several in PUBLISHED.values() for one in several])
def test_a_number_is_masked_whole(written: str) -> None:
    """Published examples, as people write them."""
    assert mask_national_ids(f"mine is {written}, please") == f"mine is {MASK}, please"
    assert mask_national_ids(written) == MASK


@pytest.mark.parametrize(
    "said",
    [
        "my ssn is 219099999",
        "SSN: 219099999",
        "social security number 219099999",
        "my bsn is 111222333",
        "burgerservicenummer 111222333",
    ],
)
def test_a_number_without_a_form_of_its_own_is_told_by_its_name(said: str) -> None:
    assert mask_national_ids(said).endswith(MASK)
    assert "1" not in mask_national_ids(said)


@pytest.mark.parametrize(
    "said",
    [
        "36574261808",  # Another check digit.
        "12345678901",  # No digit twice.
        "98765432106",
        "11234056773",  # Two digits twice.
        "11112345678",  # One digit four times.
        "12345678A",
        "255081416802539",
        "RSSMRA85T10A562T",
        "219099999",  # Nine digits may be anything.
        "000-12-3456",
        "666-12-3456",
        "900-12-3456",
        "219-00-9999",
        "219-09-0000",
        "BG123456C",
        "my bsn is 111222334",
        "my bsn is 000000000",
        "order AC-10482 of 2026-11-26",
        "call +49 30 901820 or 020 7946 0000",
        "IT-4711, 50 euros to Anna, 2 lamps",
        "GB33BUKB20201555555555",
        "DE89370400440532013000",
        "XN40GLBX000400559921",
        "Southport PR8 1AA",
    ],
)
def test_what_is_no_such_number_stays(said: str) -> None:
    assert mask_national_ids(said) == said


def test_several_are_masked_beside_a_card() -> None:
    said = plain("AB123456C, 4111 1111 1111 1111 and 12345678Z")
    assert said == f"{MASK}, •••• 1111 and {MASK}"


def test_attack_lookalike_digits_and_invisible_signs_hide_nothing() -> None:
    """What Rasa gets is the plain text; so is what is looked at."""
    assert MASK in plain("２１９-０９-９９９９")
    assert MASK in plain("219-09-\u200b9999")


@given(st.text(max_size=200))
def test_masking_twice_is_masking_once(said: str) -> None:
    once = mask_national_ids(said)
    assert mask_national_ids(once) == once


@pytest.mark.parametrize(
    "said", ["1 " * 500, "9" * 1000, "A1" * 500, "ssn " * 250, "12345678" * 125]
)
def test_attack_no_text_takes_long(said: str) -> None:
    """ASVS 1.3.12: no expression that backtracks for seconds."""
    started = time.process_time()
    mask_national_ids(said)
    assert time.process_time() - started < 0.5
