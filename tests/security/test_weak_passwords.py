"""New passwords are weighed by how they would be guessed, not by what they are composed of."""

from __future__ import annotations

from typing import Any

import pytest
import zxcvbn
from hypothesis import example, given, settings
from hypothesis import strategies as st

from security import passwords
from security.passwords import MAX_LENGTH, MIN_LENGTH, Passwords
from tests.security.fakes import CountingHasher

PASSWORDS = Passwords(CountingHasher())
ABOUT = ["Anna Berg", "anna", "northwind-bank", "Northwind Bank", "anna@northwind.example.com"]
UNCOMMON = "gantry plover miso sextant "


@pytest.mark.parametrize(("length", "good"), [(11, False), (12, True), (13, True)])
def test_twelve_characters_are_enough_and_eleven_are_not(length: int, good: bool) -> None:
    """ASVS 6.2.1."""
    password = "q7zr-kw3x-vm9t"[:length]
    assert (PASSWORDS.weakness(password) is None) is good
    assert MIN_LENGTH == 12


@pytest.mark.parametrize(("length", "good"), [(127, True), (128, True), (129, False)])
def test_a_hundred_and_twenty_eight_characters_may_be_used(length: int, good: bool) -> None:
    """ASVS 6.2.9: the work for one that is longer is bounded by refusing it."""
    password = (UNCOMMON * 6)[:length]
    assert (PASSWORDS.weakness(password) is None) is good
    assert MAX_LENGTH == 128


@pytest.mark.parametrize(
    "password", ["violet harbour quartz", "tatskfgdhezw", "91827364551029", "ГАНТРЯ-плавник-мисо"]
)
def test_no_kind_of_character_is_demanded(password: str) -> None:
    """ASVS 6.2.5."""
    assert PASSWORDS.weakness(password) is None


@pytest.mark.parametrize(
    "password",
    ["Password1234!", "qwertyuiop12", "aaaaaaaaaaaaaaaa", "P4ssw0rdP4ssw0rd", "123456789012"],
)
def test_what_everybody_tries_first_is_refused_with_what_to_do(password: str) -> None:
    """ASVS 6.2.4: whatever kinds of characters it has; the advice says nothing of it."""
    advice = PASSWORDS.weakness(password)
    assert advice
    assert not [sentence for sentence in advice if password.lower() in sentence.lower()]


class Weighing:
    """zxcvbn, remembering what it was given to weigh."""

    def __init__(self) -> None:
        self.matching = zxcvbn.matching
        self.parts: list[str] = []

    def zxcvbn(self, password: str, user_inputs: Any = None) -> Any:
        self.parts.append(password)
        return zxcvbn.zxcvbn(password, user_inputs=user_inputs)


@pytest.fixture
def weighing(monkeypatch: pytest.MonkeyPatch) -> Weighing:
    made = Weighing()
    monkeypatch.setattr(passwords, "_zxcvbn", lambda: made)
    return made


def test_attack_no_part_has_more_look_alikes_than_can_be_weighed_quickly(
    weighing: Weighing,
) -> None:
    """Eleven kinds of them in one part would take seconds."""
    PASSWORDS.weakness("4a@8({[<369!1|70$5+%2" * 2)
    assert weighing.parts
    known = {each for several in zxcvbn.matching.L33T_TABLE.values() for each in several}
    assert max(len(known & set(part)) for part in weighing.parts) == 10


def test_the_longest_word_about_somebody_goes_first(weighing: Weighing) -> None:
    """Whatever its case: with the shorter one gone, the rest of the longer would seem unknown."""
    PASSWORDS.weakness("anastasia-ANASTASIA", ["ana", "Anastasia Berg"])
    assert weighing.parts == [" - "]


@pytest.mark.parametrize(
    "password",
    ["anna-berg-2026", "NorthwindBank1!", "anna@northwind.example.com", "gre8 anna berg"],
)
def test_what_everybody_knows_of_the_person_adds_nothing(password: str) -> None:
    """ASVS 6.2.11."""
    advice = PASSWORDS.weakness(password, ABOUT)
    assert advice is not None
    assert "Avoid names and words that have to do with you." in advice


def test_too_short_and_too_long_are_told_by_the_number() -> None:
    assert PASSWORDS.weakness("x" * 11) == ["Use at least 12 characters."]
    assert PASSWORDS.weakness("x" * 129) == ["Use at most 128 characters."]


def test_attack_the_password_of_the_demo_that_everybody_can_read() -> None:
    """Strong as it is by itself."""
    password = "violet harbour quartz"
    assert PASSWORDS.weakness(password) is None
    public = Passwords(CountingHasher(), public=[password])
    assert public.weakness(password) == ["Everybody can read this one in the demo. Choose another."]
    assert public.weakness(password + "s") is None


def test_advice_is_short_and_says_nothing_twice() -> None:
    for password in (
        "abcdabcdabcdabcdabcd",
        "anna berg anna berg",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ):
        advice = PASSWORDS.weakness(password, ABOUT)
        assert advice is not None
        assert 1 <= len(advice) <= 3
        assert len(set(advice)) == len(advice)


@given(st.text(max_size=140))
@example("plum-20260101\n")
@example("000000000000\r\n")
@example("\n" * 12)
@settings(max_examples=60, deadline=None)
def test_attack_any_text_is_weighed_and_none_is_an_error(password: str) -> None:
    """Bad input: odd characters are a weak password or a strong one, never a failure of ours."""
    advice = PASSWORDS.weakness(password, ABOUT)
    assert advice is None or advice
