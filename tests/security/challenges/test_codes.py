"""Codes that are made, typed and shown: their form, their alphabet, what is masked."""

from __future__ import annotations

import re

import pytest

from security.challenges import codes
from security.challenges.codes import (
    RECOVERY_CODES,
    masked,
    new_code,
    new_recovery_codes,
    typed_code,
    typed_recovery_code,
)

FORM = re.compile(r"[a-hj-km-np-z2-9]{4}(-[a-hj-km-np-z2-9]{4}){2}")


@pytest.mark.parametrize(("number", "code"), [(0, "000000"), (42, "000042"), (999_999, "999999")])
def test_a_code_has_six_digits_whatever_the_number(
    monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    def below(limit: int) -> int:
        assert limit == 1_000_000
        return number

    monkeypatch.setattr(codes.secrets, "randbelow", below)
    assert new_code() == code


def test_codes_come_in_all_numbers() -> None:
    made = {new_code() for _ in range(300)}
    assert all(re.fullmatch("[0-9]{6}", code) for code in made)
    assert len(made) > 290


def test_recovery_codes_are_ten_and_none_is_another() -> None:
    made = new_recovery_codes()
    assert len(made) == len(set(made)) == RECOVERY_CODES == 10
    assert all(FORM.fullmatch(code) for code in made)
    letters = {letter for _ in range(40) for code in new_recovery_codes() for letter in code}
    assert letters == {*"abcdefghjkmnpqrstuvwxyz23456789-"}


def test_a_recovery_code_is_read_as_it_was_made() -> None:
    for code in new_recovery_codes():
        assert typed_recovery_code(code) == code


@pytest.mark.parametrize(
    "typed",
    ["ABCD-EFGH-JKMN", "abcdefghjkmn", " abcd efgh jkmn\n", "abcd\u00a0efgh\u00a0jkmn",
     "a-b-cdefghjkmn"],
)  # fmt: skip
def test_a_recovery_code_is_read_however_it_is_typed(typed: str) -> None:
    assert typed_recovery_code(typed) == "abcd-efgh-jkmn"


@pytest.mark.parametrize(
    "typed",
    ["", "abcd-efgh-jkm", "abcd-efgh-jkmnp", "abcd-efgh-jkm1", "abcd-efgh-jkml", "abcd-efgh-jkmé",
     "abcd_efgh_jkmn", "abcd-efgh-jkm!"],
)  # fmt: skip
def test_what_is_no_recovery_code_is_none(typed: str) -> None:
    assert typed_recovery_code(typed) is None


@pytest.mark.parametrize(
    ("typed", "code"), [("123 456", "123456"), ("12345", None), ("1234567", None), ("12345a", None)]
)
def test_a_typed_code_is_six_digits(typed: str, code: str | None) -> None:
    assert typed_code(typed) == code


@pytest.mark.parametrize(
    ("destination", "shown"),
    [
        ("alice@bank.example", "a•••@b•••.example"),
        ("a@b.co.uk", "a•••@b•••.uk"),
        ("+34600000017", "•••• 17"),
        ("@odd.example", "•••@o•••.example"),
    ],
)
def test_a_destination_is_shown_to_its_owner_alone(destination: str, shown: str) -> None:
    assert masked(destination) == shown
