"""What is read of orders and addresses in people's words, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.address_plans import address_details
from actions.addresses import Address, address_in, country_of, fits
from actions.order_words import about, order_details
from actions.requests import Said
from actions.support_plans import consent_details, customer_details


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("where is order AC-10482", "10482"),
        ("wheres ac10482", "10482"),
        ("track AC 10482 pls", "10482"),
        ("order #10482?", "10482"),
        ("order number 10482", "10482"),
        ("order no. 10482", "10482"),
        ("the one ending in 482", "482"),
        ("10482", "10482"),
        ("order one oh four eight two", "10482"),
        ("is it order 104 82", "10482"),
        ("where is my order", None),
        ("I ordered 2 lamps 3 days ago", None),
        ("it cost 49.90", None),
        ("I have one or two questions", None),
    ],
)
def test_numbers(text: str, digits: str | None) -> None:
    assert order_details(Said(text)).get("order") == digits


@pytest.mark.parametrize(
    ("text", "older"),
    [
        ("show all my orders", True),
        ("what about my other orders", True),
        ("older ones please", True),
        ("show more", True),
        ("more", True),
        ("all of my purchases", True),
        ("where is my other parcel", False),
        ("order 10482 and my other orders", False),
        ("show me more about the lamp", False),
        ("cancel them all", False),
    ],
)
def test_orders_that_were_not_shown(text: str, older: bool) -> None:
    details = order_details(Said(text))
    assert ("older" in details) == older
    assert not older or "thing" not in details


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("where are my headphones", "headphones"),
        ("has the desk lamp that I bought from you arrived yet", "desk lamp"),
        ("I want to return the hiking boots, they don't fit", "hiking boots"),
        ("where is my order", None),
        ("cancel my order please", None),
        ("track my package", None),
    ],
)
def test_things(text: str, thing: str | None) -> None:
    assert order_details(Said(text)).get("thing") == thing


def test_a_thing_is_found_in_the_singular_and_the_plural() -> None:
    names = ["Hiking boots", "Wool socks", "Light bulb"]
    assert about("boot", names) == [0]
    assert about("bulbs", names) == [2]
    assert about("boots and socks", names) == [0, 1]
    assert about("tent", names) == []


@pytest.mark.parametrize(
    ("text", "customer"),
    [
        ("where is Carl's order", "Carl"),
        ("cancel order AC-10497 for Carl Jensen", "Carl Jensen"),
        ("cancel order AC-10497 for carl", "carl"),
        ("track the parcel of customer cora", "cora"),
        ("where's my order", None),
        ("what's the status of my order", None),
        ("look for my order", None),
        ("is there an update of the delivery for today", None),
        ("let's cancel it", None),
    ],
)
def test_for_whom(text: str, customer: str | None) -> None:
    assert order_details(Said(text)).get("customer") == customer


@pytest.mark.parametrize("text", ["yes", "Yes please", "yep, cancel it", "ok", "go ahead", "sure"])
def test_a_yes_counts_where_it_was_asked_for_and_nowhere_else(text: str) -> None:
    assert order_details(Said(text, {}, "sure")) == {"sure": "yes"}
    assert "sure" not in order_details(Said(text))


@pytest.mark.parametrize("text", ["no", "not sure", "maybe", "is it yes or no", ""])
def test_what_is_no_yes_is_none(text: str) -> None:
    assert "sure" not in order_details(Said(text, {}, "sure"))


def test_a_choice_says_what_it_states_and_no_more() -> None:
    chosen = {"order": "AC-10482", "customer": "carl", "amount": "5"}
    assert order_details(Said("", chosen)) == {"order": "AC-10482", "customer": "carl"}


FULL = Address("Elm Street 5", "10115", "Berlin", None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("change my address to Elm Street 5, 10115 Berlin", FULL),
        ("my new address is Elm Street 5, 10115 Berlin", FULL),
        ("I moved to Elm Street 5, 10115 Berlin, Germany", FULL._replace(country="DE")),
        ("please update my delivery address to Elm Street 5, Berlin, 10115", FULL),
        (
            "change my address to 12 Mill Lane, Northbridge LS1 4AP, UK",
            Address("12 Mill Lane", "LS1 4AP", "Northbridge", "GB"),
        ),
        (
            "we live at 3 Oak Avenue, Springfield 62704, United States",
            Address("3 Oak Avenue", "62704", "Springfield", "US"),
        ),
        ("I moved to 7 Canal Row, 1012 AB Amsterdam, the Netherlands",
         Address("7 Canal Row", "1012 AB", "Amsterdam", "NL")),
        ("change my address to Elm Street 5", Address("Elm Street 5", None, None, None)),
        ("change my address", Address()),
        ("I want to change my delivery address please", Address()),
        ("I moved", Address()),
    ],
)  # fmt: skip
def test_addresses(text: str, found: Address) -> None:
    assert address_in(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10115 Berlin", {"postcode": "10115", "city": "Berlin"}),
        ("Berlin", {"city": "Berlin"}),
        ("the postcode is 10115", {"postcode": "10115"}),
        ("Elm Street 5", {"street": "Elm Street 5"}),
        ("Elm Street 5, 10115 Berlin",
         {"street": "Elm Street 5", "postcode": "10115", "city": "Berlin"}),
    ],
)  # fmt: skip
def test_an_answer_may_be_any_part(text: str, found: dict[str, str]) -> None:
    assert address_details(Said(text, {}, "address")) == found


@pytest.mark.parametrize(
    ("postcode", "country", "does"),
    [
        ("10115", "DE", True),
        ("1010", "DE", False),
        ("1010", "AT", True),
        ("LS1 4AP", "GB", True),
        ("10115", "GB", False),
        ("1012 AB", "NL", True),
        ("62704-1234", "US", True),
        ("101155", "DE", False),
    ],
)
def test_postcodes_fit_their_country(postcode: str, country: str, does: bool) -> None:
    assert fits(postcode, country) is does


@pytest.mark.parametrize(
    ("words", "code"),
    [("Germany", "DE"), ("the uk", None), ("UK", "GB"), ("AT", "AT"), ("Österreich", "AT"),
     ("Atlantis", None), ("", None)],
)  # fmt: skip
def test_countries(words: str, code: str | None) -> None:
    assert country_of(words) == code


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("let support help me", None),
        ("let support help me for 30 minutes", "30"),
        ("for 2 hours please", "120"),
        ("half an hour", "30"),
        ("for an hour", "60"),
        ("for ever", "99999"),
        ("for 3 days", "4320"),
    ],
)
def test_how_long_support_may_act(text: str, minutes: str | None) -> None:
    assert consent_details(Said(text)).get("minutes") == minutes


@pytest.mark.parametrize(
    ("text", "asked", "customer"),
    [
        ("help carl", None, "carl"),
        ("show me Carl Jensen's orders", None, "Carl Jensen"),
        ("help a customer", None, None),
        ("Carl Jensen", "customer", "Carl Jensen"),
        ("it's cora", "customer", "cora"),
    ],
)
def test_whom_support_helps(text: str, asked: str | None, customer: str | None) -> None:
    assert customer_details(Said(text, {}, asked)).get("customer") == customer


@given(
    st.text(max_size=120), st.sampled_from([None, "order", "thing", "sure", "address", "minutes"])
)
def test_no_words_break_anything(text: str, asked: str | None) -> None:
    for read in (order_details, address_details, consent_details, customer_details):
        details = read(Said(text, {}, asked))
        assert all(isinstance(value, str) and value for value in details.values())
