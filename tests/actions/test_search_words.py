"""What a search is for: words of shops, amounts, how many, and whether it goes on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from actions.requests import Said
from actions.search_words import asks_for_more, search_details

TOLD = [
    (
        "what did I pay Spotify in March",
        {"text": "spotify", "when": "in|march", "direction": "out"},
    ),
    ("did my salary arrive", {"text": "salary", "direction": "in"}),
    ("has my paycheck landed", {"text": "salary", "direction": "in"}),
    ("payments over 100 last month", {"least": "100.00", "when": "in|last month"}),
    ("transactions between 20 and 50 euros", {"least": "20.00", "most": "50.00"}),
    ("anything under 5.50 since the 3rd", {"most": "5.50", "when": "since|the 3rd"}),
    ("purchases over a hundred euros", {"least": "100.00", "direction": "out"}),
    ("payments of 10.99", {"least": "10.99", "most": "10.99"}),
    ("the 49.90 charge", {"least": "49.90", "most": "49.90", "direction": "out"}),
    ("payments to Tidewater Energy", {"text": "tidewater energy", "direction": "out"}),
    ('find "Blue Door"', {"text": "Blue Door"}),
    ("between 3 and 5 march", {"when": "between|3 march|5 march"}),
    ("was I paid by Brightwater", {"text": "brightwater", "direction": "in"}),
    ("last 5 transactions", {"limit": "5"}),
    ("my last five transactions", {"limit": "5"}),
    ("transactions of the last 30 days", {"when": "in|the last 30 days"}),
    ("recent transactions please", {}),
]


@pytest.mark.parametrize(("text", "details"), TOLD)
def test_a_sentence_tells(text: str, details: dict[str, str]) -> None:
    assert search_details(Said(text)) == details


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("payments over 0", "not_positive"),
        ("payments over -5", "not_positive"),
        ("payments over 10.12345", "too_precise"),
        ("payments over 1e12", "too_large"),
        ("payments over 999999999999999", "too_large"),
        ("payments over 1.000", "ambiguous"),
    ],
)
def test_an_amount_that_cannot_be_is_a_doubt(text: str, doubt: str) -> None:
    assert search_details(Said(text)) == {"doubt": doubt}


def test_an_answer_to_which_amount_may_be_bare() -> None:
    told = search_details(Said("100", asked="least"))
    assert told == {"least": "100.00", "most": "100.00"}
    assert search_details(Said("over 100", asked="least")) == {"least": "100.00"}


_NAMED = re.compile(
    r"salary|paycheck|wages|refund|\brent\b|electrician|plumber|dentist|bookshop|bakery|pharmacy|"
    r"supermarket|gym|spotify|netflix|amazon|uber",
    re.IGNORECASE,
)
_SALARY = {"paycheck": "salary", "wages": "salary"}


def _found_in_what_is_learned() -> dict[str, str | None]:
    """Return each sentence that the model learns for transactions with what it looks for."""
    data = yaml.safe_load((Path(__file__).parents[2] / "data/nlu/banking.yml").read_text("utf-8"))
    [examples] = [one["examples"] for one in data["nlu"] if one["intent"] == "list_transactions"]
    lines = [line[2:] for line in examples.splitlines()]
    return {line: search_details(Said(line)).get("text") for line in lines}


def test_the_sentences_that_name_nothing_find_nothing_to_look_for() -> None:
    """A word that is left over would be looked for, and not be found."""
    plain = {line: text for line, text in _found_in_what_is_learned().items()
             if not _NAMED.search(line)}  # fmt: skip
    assert len(plain) > 60
    assert plain == dict.fromkeys(plain)


def test_the_sentences_that_name_somebody_find_that_name_alone() -> None:
    """A word beside it would be looked for as well: "wat netflix" is nobody's name."""
    named = {line: (text, found[0].lower()) for line, text in _found_in_what_is_learned().items()
             if (found := _NAMED.search(line))}  # fmt: skip
    assert len(named) > 30
    wrong = {line: text for line, (text, name) in named.items() if text != _SALARY.get(name, name)}
    assert wrong == {}


@pytest.mark.parametrize("text", ["show more", "more please", "Next page", "older ones", "go on"])
def test_the_next_page_is_asked_for(text: str) -> None:
    assert asks_for_more(text)


@pytest.mark.parametrize("text", ["how much more do I owe", "transactions in May", "no"])
def test_other_words_ask_for_no_page(text: str) -> None:
    assert not asks_for_more(text)
