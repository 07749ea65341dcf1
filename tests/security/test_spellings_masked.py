"""Attacks on the mask: numbers that must never be kept, in the spellings that people use.

GDPR 87 and PCI DSS 3.4.1: what stands between the signs, before them or after, hides nothing.
"""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.card_numbers import passes_luhn
from security.national_ids import is_codice_fiscale, is_dutch_id, is_french_id, is_german_id
from security.plain_text import normalise, plain

US = [
    "536\u201390\u20134417",
    "536\u201490\u20144417",
    "536\u201190\u20114417",
    "536\u221290\u22124417",
    "536/90/4417",
    "536.90.4417",
    "536_90_4417",
    "536\u00b790\u00b74417",
    "536 - 90 - 4417",
    "536 / 90 / 4417",
    "536--90--4417",
    "(536)-(90)-(4417)",
    "x536-90-4417y",
    "my ssn is 536\u201390\u20134417",
    "SSN#536-90-4417",
    "912-70-1234",
    "912 70 1234",
]
US_TOLD = [
    "ssn: 536.90.4417",
    "ssn is 536 904 417",
    "my ssn is 536-904417",
    "my ssn's 536904417",
    "ssn536904417",
    "ssn=536904417",
    "SSN:\n536904417",
    "ssn\u200b 536904417",
    "my s.s.n. is 536904417",
    "soc sec no 536904417",
    "my social is 536904417",
    "social 536904417",
    "social security card, it says 536 90 4417",
    "my social security number (ssn) is: 5-3-6-9-0-4-4-1-7",
    "536904417 is my ssn",
    "536904417 (ssn)",
    "5 3 6 9 0 4 4 1 7 is my social security number",
    "SS# 536904417",
    "ss number: 536 90 4417",
    "536904417 is what my ssn is",
    "my number is 536904417, that's my social security",
    "ssn 5 dash 3 6 9 dash 0 4 4 1 7",
    "536 dash 90 dash 4417",
    "itin 912701234",
    "my tax id: 912 701 234",
]
UK = [
    "AB-12-34-56-C",
    "ab_12_34_56_c",
    "AB.123456.C",
    "AB/12/34/56/C",
    "A B 1 2 3 4 5 6 C",
    "AB \u2013 12 \u2013 34 \u2013 56 \u2013 C",
    "A\u034fB123456C",
    "AT 12 34 56 A",
    "national insurance number AB123456",
    "NI no. AB 12 34 56",
]
GERMANY = [
    "86-095-742-719",
    "86.095.742.719",
    "86/095/742/719",
    "86 095 742-719",
    "86--095--742--719",
    "86_095_742_719",
    "8 6 0 9 5 7 4 2 7 1 9",
    "id86095742719",
    "steuerid 86095742719x",
    "86 dash 095 dash 742 dash 719",
    "steuer-id: 86 \u2013 095 \u2013 742 \u2013 719",
]
FRANCE = [
    "1-85-05-78-006-084-91",
    "2.55.08.14.168.025.38",
    "2_55_08_14_168_025_38",
    "2 55 08 14 168 025 / 38",
    "1 85 05 2A 006 084 35",
    "nir 2550814168025",
    "nss2550814168025",
]
NETHERLANDS = [
    "bsn 111-222-333",
    "bsn: 1112.22.333",
    "bsn111222333",
    "bsn 1 1 1 2 2 2 3 3 3",
    "burgerservicenummer (bsn): 111.222.333",
    "111222333 is my bsn",
]
SPAIN = [
    "12.345.678-Z",
    "12.345.678 - Z",
    "12 345 678 Z",
    "12-345-678-Z",
    "x.1234567.l",
    "X-1.234.567-L",
    "dni 12345678",
    "nif: 1 2 3 4 5 6 7 8 Z",
    "my nie is Y 1234567 X",
]
ITALY = [
    "RSS MRA 85T10 A562S",
    "RSS-MRA-85T10-A562S",
    "rss.mra.85t10.a562s",
    "R S S M R A 8 5 T 1 0 A 5 6 2 S",
    "RSSMRA85T10A56NH",  # Its last digit as a letter, as for two people of one code.
]
DRAWN = [
    "\u2784\u2782\u2785-\u2788\u24ea-\u2783\u2783\u2780\u2786",  # In circles of three kinds.
    "\u24f9\u24f7\u24fa-\u24fd\u24ea-\u24f8\u24f8\u24f5\u24fb",
    "5\u03323\u03326\u0332-9\u03320\u0332-4\u03324\u03321\u03327\u0332",  # Underlined.
    "5\u03363\u03366\u0336-9\u03360\u0336-4\u03364\u03361\u03367\u0336",  # Struck out.
    "5\ufe0f\u20e33\ufe0f\u20e36\ufe0f\u20e3-9\ufe0f\u20e30\ufe0f\u20e3-4417",
    "536\u034f-90\u034f-4417",
    "5\U000e01003\U000e01006-90-4417",
    "\uff15\uff13\uff16\uff0d\uff19\uff10\uff0d\uff14\uff14\uff11\uff17",
]


@pytest.mark.parametrize(
    "said",
    [*US, *US_TOLD, *UK, *GERMANY, *FRANCE, *NETHERLANDS, *SPAIN, *ITALY, *DRAWN],
)
def test_attack_a_number_of_a_state_in_another_spelling(said: str) -> None:
    """GDPR 87: not a digit of it reaches Rasa."""
    masked = plain(said)
    assert "••••" in masked
    assert re.search("[0-9]", masked) is None


_BETWEEN = st.sampled_from(
    ["", " ", "-", ".", "/", "_", " - ", "--", "\u2013", " \u00b7 ", "\u034f"]
)


def _joined(signs: str, joints: list[str]) -> str:
    return "".join(sign + joints[place % len(joints)] for place, sign in enumerate(signs))[
        : -len(joints[(len(signs) - 1) % len(joints)]) or None
    ]


@st.composite
def _numbers(draw: st.DrawFn) -> str:
    """One number with right check digits, of any of the kinds that have some."""
    kind = draw(st.sampled_from(["DE", "FR", "NL", "card"]))
    if kind == "DE":
        digits = "".join(draw(st.permutations("123456789")))
        start = digits + digits[draw(st.integers(0, 8))]
        return next(start + end for end in "0123456789" if is_german_id(start + end))
    if kind == "FR":
        start = draw(
            st.from_regex(r"[12][0-9]{2}(0[1-9]|1[0-2])([0-9]{2}|2[AB])[0-9]{6}", fullmatch=True)
        )
        return next(
            start + f"{key:02}" for key in range(1, 98) if is_french_id(start + f"{key:02}")
        )
    if kind == "NL":
        number = draw(st.integers(100_000_000, 999_999_999).map(str).filter(is_dutch_id))
        return f"bsn {number}"
    start = draw(st.from_regex(r"[1-9][0-9]{11,17}", fullmatch=True))
    return next(start + end for end in "0123456789" if passes_luhn(start + end))


@given(_numbers(), st.lists(_BETWEEN, min_size=1, max_size=4))
def test_attack_whatever_stands_between_the_signs_hides_nothing(
    number: str, joints: list[str]
) -> None:
    """GDPR 87, PCI DSS 3.4.1: at most the last four digits of a card stay."""
    name, signs = ("bsn ", number[4:]) if number.startswith("bsn") else ("", number)
    masked = plain(f"here: {name}{_joined(signs, joints)}, thanks")
    assert "••••" in masked
    assert sum(char.isdigit() for char in masked) <= 4


def test_attack_words_before_a_number_do_not_make_an_account_of_it() -> None:
    """By chance the check digits of an account hold for these signs."""
    assert plain("here: 209047302245526") == "here: ••••"


@pytest.mark.parametrize("letter", ["\u0130", "\u0131", "\u017f", "\u212a"])
def test_attack_a_letter_that_is_two_in_other_cases_stops_nothing(letter: str) -> None:
    """A pattern that ignores case takes them for I, S and K: a number of them was an error."""
    for place in (0, 1, 2, 3, 4, 5, 11, 15):
        code = "RSSMRA85T10A562S"
        assert plain(code[:place] + letter + code[place + 1 :])


@pytest.mark.parametrize("letter", ["i", "\u0131", "\u0130"])
def test_attack_a_dotless_letter_is_the_letter_it_looks_like(letter: str) -> None:
    last = next(
        end for end in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if is_codice_fiscale("RSIMRA85T10A562" + end)
    )
    assert plain(f"rs{letter}mra85t10a562{last}") == "••••"


@given(
    st.text(
        alphabet="1\u2460\u2783\u0332\u034f\ufe0f\u20e3\u2212\u2013e\u0301\u24dc\u2764 ",
        max_size=30,
    )
)
def test_what_is_plain_stays_as_it_is(typed: str) -> None:
    """Nothing that was hidden in the first reading comes out in the second."""
    assert normalise(normalise(typed)) == normalise(typed)


@pytest.mark.parametrize(
    "said",
    [
        "ssn " * 250,
        "social " * 140,
        "cvv card " * 111,
        "cvv card 1234 " * 70,
        "security code on the back of my " * 30,
        "1 2 3 is my " * 80,
        "111111111 is " * 70,
        "1" + "-" * 998,
        "536--------" * 90,
        "a " * 500,
        "ab 12 34 56 " * 80,
        "dni nie x " * 100,
        "1.1.2026 " * 110,
        "1 dash " * 140,
        "\u2022\u2022\u2022\u2022 1234 exp 12/27 and " * 40,
        "steuer id 1 " * 80,
    ],
)
def test_attack_no_text_takes_long(said: str) -> None:
    """ASVS 1.3.12: no expression that backtracks for seconds."""
    started = time.process_time()
    plain(said)
    assert time.process_time() - started < 0.5
