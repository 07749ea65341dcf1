"""Amounts in sentences: exact, or asked back. Money is never guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions import numbers
from actions.amounts import Amount, find_amount
from actions.numbers import Doubt, in_words

EXACT = [
    ("fifty bucks", "50.00", None),
    ("send Anna fifty bucks", "50.00", None),
    ("50", "50.00", None),
    ("make it 60", "60.00", None),
    ("no, 60", "60.00", None),
    ("no 60", "60.00", None),
    ("send Bob 50 for invoice no 4711", "50.00", None),
    ("€50", "50.00", "EUR"),
    ("€ 50.", "50.00", "EUR"),
    ("50€", "50.00", "EUR"),
    ("50eur", "50.00", "EUR"),
    ("eur 50", "50.00", "EUR"),
    ("1.250,00 €", "1250.00", "EUR"),
    ("1,250.00", "1250.00", None),
    ("1.250.000", "1250000.00", None),
    ("12'500.50 francs", "12500.50", "CHF"),
    ("50.5", "50.50", None),
    ("50,5", "50.50", None),
    ("0.01", "0.01", None),
    ("$20", "20.00", "USD"),
    ("US$20", "20.00", "USD"),
    ("CA$20", "20.00", "XXX"),
    ("£5", "5.00", "GBP"),
    ("5 quid", "5.00", "GBP"),
    ("100 yen", "100.00", "JPY"),
    ("100 AUD", "100.00", "AUD"),
    ("twenty-five euros and fifty cents", "25.50", "EUR"),
    ("twenty-five euros fifty cents", "25.50", "EUR"),
    ("fifty cents", "0.50", None),
    ("2k", "2000.00", None),
    ("2.5k", "2500.00", None),
    ("two grand", "2000.00", None),
    ("2 thousand", "2000.00", None),
    ("a hundred", "100.00", None),
    ("hundred bucks", "100.00", None),
    ("one hundred and fifty bucks", "150.00", None),
    ("two thousand five hundred and six euros", "2506.00", "EUR"),
    ("twelve hundred", "1200.00", None),
    ("a hundred and five", "105.00", None),
    ("1 million", "1000000.00", None),
    ("1.250,00", "1250.00", None),
    ("fifty-five dollars", "55.00", "USD"),
    ("send him a dollar", "1.00", "USD"),
    ("one euro", "1.00", "EUR"),
    ("one", "1.00", None),
    ("Anna - 50 euros", "50.00", "EUR"),
    ("send 50 euros to Bob for 2 tickets", "50.00", "EUR"),
    ("send Bob 50 for invoice 4711", "50.00", None),
    ("send 50 to account ending 4021", "50.00", None),
    ("send Bob 50 on 12/05", "50.00", None),
    ("9999999999.99", "9999999999.99", None),
    ("send over 50 to Bob", "50.00", None),
    ("50 euro cents", "0.50", "EUR"),
    ("20 euros and 50 euro cents", "20.50", "EUR"),
    ("50 in dollars", "50.00", "USD"),
    ("50 US dollars", "50.00", "USD"),
    ("50 British pounds", "50.00", "GBP"),
    ("50 lousy euros", "50.00", "EUR"),
    ("50 Australian dollars", "50.00", "XXX"),
    ("50 Hong Kong dollars", "50.00", "XXX"),
    ("50 Egyptian pounds", "50.00", "XXX"),
    ("50 Canadian bucks", "50.00", "XXX"),
    ("50 kr", "50.00", "XXX"),
    ("send 50 to Bob for the dollars", "50.00", None),
]
DOUBTS = [
    ("half of it", "vague"),
    ("half of 200", "vague"),
    ("some money", "vague"),
    ("a few", "vague"),
    ("a few hundred", "vague"),
    ("a couple hundred bucks", "vague"),
    ("everything", "vague"),
    ("50%", "vague"),
    (".50", "vague"),
    ("50 US cents", "vague"),
    ("send Bob ,50", "vague"),
    ("€.50", "vague"),
    ("twice 50 euros", "vague"),
    ("double 50", "vague"),
    ("less than 50", "vague"),
    ("no more than 50 euros", "vague"),
    ("max 50", "vague"),
    ("~50", "vague"),
    (">50", "vague"),
    ("not 50", "vague"),
    ("3 dozen euros", "vague"),
    ("5 mil", "vague"),
    ("5 thou", "vague"),
    ("two fifties", "vague"),
    ("one point five", "vague"),
    ("50 eur usd", "vague"),
    ("50+", "vague"),
    ("about 50", "vague"),
    ("up to 50", "vague"),
    ("two and a half thousand", "several"),
    ("two point five", "several"),
    ("½", "vague"),
    ("٣", "vague"),
    ("５０", "vague"),
    ("5²", "vague"),
    ("$50 euros", "vague"),
    ("1.250.00", "vague"),
    ("12.34.56", "vague"),
    ("50-60", "several"),
    ("50 or 60", "several"),
    ("between 50 and 60", "several"),
    ("five fifty", "several"),
    ("one fifty", "several"),
    ("2 x 50 euros", "several"),
    ("2 x 50", "several"),
    ("50 to 60", "several"),
    ("50 to 60 euros", "several"),
    ("50 euros back minus 10", "several"),
    ("50 euros each", "vague"),
    ("50 more", "vague"),
    ("1 k", "vague"),
    ("1 M euros", "vague"),
    ("ca. 50", "vague"),
    ("- 50", "not_positive"),
    ("2 × 50 euros", "several"),
    ("3 times 50 euros", "several"),
    ("100 less 10 euros", "several"),
    ("50 euros minus 10", "several"),
    ("fifty and twenty", "several"),
    ("twenty euros fifty", "several"),
    ("€50 20", "several"),
    ("50€ 30€", "several"),
    ("send Bob 50 for 2 tickets", "several"),
    ("0", "not_positive"),
    ("0.00", "not_positive"),
    ("zero euros", "not_positive"),
    ("-50", "not_positive"),
    ("−50", "not_positive"),
    ("send Anna -€50", "not_positive"),
    ("€-50", "not_positive"),
    ("minus fifty", "not_positive"),
    ("0.125", "too_precise"),
    ("1.5 cents", "too_precise"),
    ("1.2500", "too_precise"),
    ("1,250.001", "too_precise"),
    ("99999999999.99", "too_large"),
    ("10000000000.00", "too_large"),
    ("1" * 500, "too_large"),
]
NOTHING = [
    "",
    "transfer money",
    "pay that one",
    "1e3",
    "0x32",
    "at 5pm",
    "the 5th",
    "12:30",
    "XN12",
    "a",
]


@pytest.mark.parametrize(("text", "value", "currency"), EXACT)
def test_an_exact_amount_is_read(text: str, value: str, currency: str | None) -> None:
    assert find_amount(text).amount == Amount(value, currency)


@pytest.mark.parametrize(("text", "why"), DOUBTS)
def test_what_is_not_one_exact_amount_is_asked_back(text: str, why: str) -> None:
    found = find_amount(text).amount
    assert isinstance(found, Doubt)
    assert found.why == why


@pytest.mark.parametrize("text", NOTHING)
def test_other_figures_are_no_amount(text: str) -> None:
    assert find_amount(text).amount is None


@pytest.mark.parametrize(
    ("text", "readings", "currency"),
    [
        ("1.250", ("1250.00", "1.25"), None),
        ("€1,250", ("1250.00", "1.25"), "EUR"),
        ("1.234", ("1234.00",), None),
        ("1 250,00 €", ("1250.00",), "EUR"),
    ],
)
def test_one_mark_before_three_digits_is_asked_with_its_readings(
    text: str, readings: tuple[str, ...], currency: str | None
) -> None:
    assert find_amount(text).amount == Doubt("ambiguous", readings, currency)


def test_the_rest_of_the_sentence_has_a_gap_where_the_amount_stood() -> None:
    assert find_amount("send €50 to Anna").rest == "send | to Anna"


CENTS = st.integers(min_value=1, max_value=10**12 - 1)


@given(cents=CENTS, mark=st.sampled_from(".,"), currency=st.sampled_from(["", " EUR", "€"]))
def test_every_amount_with_two_decimals_is_read_exactly(
    cents: int, mark: str, currency: str
) -> None:
    text = f"{cents // 100}{mark}{cents % 100:02}{currency}"
    found = find_amount(text).amount
    assert isinstance(found, Amount)
    assert Decimal(found.value) * 100 == cents


@given(cents=CENTS)
def test_what_we_write_with_groups_is_read_back(cents: int) -> None:
    written = f"{Decimal(cents) / 100:,.2f}"
    for text in (written, written.translate(str.maketrans(",.", ".,"))):
        found = find_amount(f"send {text} to Anna").amount
        assert isinstance(found, Amount)
        assert Decimal(found.value) * 100 == cents


@given(st.text(max_size=200))
def test_any_text_gives_a_sound_amount_or_none(text: str) -> None:
    found = find_amount(text).amount
    if isinstance(found, Amount):
        value = Decimal(found.value)
        assert value > 0
        assert value == round(value, 2)
        assert len(found.value) - 1 <= 12
        assert found.value == f"{value:.2f}"


_ONES = tuple(numbers._UNITS.split())
_TENS = ("", "", *numbers._TENS_NAMES.split())


def spelled(number: int) -> str:
    """Return `number` (1 to 999,999) in words."""
    if number >= 1000:
        rest = f" {spelled(number % 1000)}" if number % 1000 else ""
        return f"{spelled(number // 1000)} thousand{rest}"
    if number >= 100:
        rest = f" and {spelled(number % 100)}" if number % 100 else ""
        return f"{_ONES[number // 100]} hundred{rest}"
    if number >= 20:
        return _TENS[number // 10] + (f"-{_ONES[number % 10]}" if number % 10 else "")
    return _ONES[number]


@given(st.integers(min_value=2, max_value=999_999))
def test_every_number_in_words_is_read(number: int) -> None:
    assert find_amount(f"{spelled(number)} euros").amount == Amount(f"{number}.00", "EUR")


def test_numbers_in_words_are_not_joined_without_grammar() -> None:
    assert in_words(["five", "fifty"]) == (5, 1)
    assert in_words(["friend"]) is None
    assert in_words(["a", "friend"]) is None
