"""While a question of the bot is open, unclear words are its answer; sure ones are not."""

from __future__ import annotations

from typing import Any

import pytest

from dialogue.answers import SURE, heard

OPEN = {"open_request": {"action": "action_x", "details": {}, "asked": "amount", "tries": 0}}


def intent_of(text: str, name: str, confidence: float, slots: dict[str, Any]) -> str:
    understood = {"text": text, "intent": {"name": name, "confidence": confidence}, "entities": []}
    return str(heard(understood, slots)["intent"]["name"])


@pytest.mark.parametrize(
    "slots",
    [{}, {"open_request": None}, {"open_request": {"asked": None}}, {"open_request": "amount"}],
)
@pytest.mark.parametrize("name", ["nlu_fallback", "out_of_scope", "transfer_money", "deny"])
def test_without_an_open_question_nothing_changes(slots: dict[str, Any], name: str) -> None:
    assert intent_of("50", name, 0.3, slots) == name


@pytest.mark.parametrize(
    ("text", "name", "confidence"),
    [
        ("Bob", "nlu_fallback", 1.0),
        ("her name is Carla", "out_of_scope", 0.99),
        ("yes", "affirm", 0.99),
        ("half of it", "cancel", 0.54),
        ("Noor", "deny", 0.74),
        ("no, 60", "deny", 0.9),
        ("no, to Bob", "deny", 0.99),
        ("No sorry, to Bob Lindqvist", "deny", 0.8),
        ("no, the blue one", "cancel", 0.9),
        ("50 euros", "transfer_money", SURE - 0.01),
    ],
)
def test_unclear_words_answer_the_open_question(text: str, name: str, confidence: float) -> None:
    assert intent_of(text, name, confidence, OPEN) == "answer"


@pytest.mark.parametrize(
    ("text", "name", "confidence"),
    [
        ("what's my balance?", "check_balance", 0.99),
        ("send bob 20", "transfer_money", SURE),
        ("cancel", "cancel", 0.9),
        ("no", "deny", 0.9),
        ("do not pay it", "deny", 0.46),
        ("help", "help", 0.79),
    ],
)
def test_what_is_surely_something_else_stays_that(text: str, name: str, confidence: float) -> None:
    assert intent_of(text, name, confidence, OPEN) == name


def test_naming_an_account_is_not_asking_for_its_balance() -> None:
    asked = {"open_request": {**OPEN["open_request"], "asked": "account"}}
    assert intent_of("the current account please", "check_balance", 0.8, asked) == "answer"
    assert intent_of("what's my balance?", "check_balance", 0.9, asked) == "check_balance"


def test_words_keep_their_text_and_entities() -> None:
    understood = {"text": "Bob", "intent": {"name": "greet", "confidence": 0.2}, "entities": []}
    answer = heard(understood, OPEN)
    assert (answer["text"], answer["entities"]) == ("Bob", [])
    assert answer["intent"] == {"name": "answer", "confidence": 0.2}
    assert understood["intent"]["name"] == "greet"


def test_an_account_number_answers_though_it_sounds_like_a_new_payee() -> None:
    slots = {"open_request": {"action": "action_direct_deposit", "asked": "number"}}
    intent = {"name": "add_payee", "confidence": 0.99}
    said = {"text": "XN40GLBX000400559921", "intent": intent}
    assert heard(said, slots)["intent"]["name"] == "answer"
    assert heard({**said, "text": "add a payee"}, slots)["intent"]["name"] == "add_payee"


@pytest.mark.parametrize(
    "text", ["show more", "more please", "next page", "yes", "go on", "older ones"]
)
def test_words_that_ask_for_the_next_page_are_an_answer_to_a_list(text: str) -> None:
    understood = {"text": text, "intent": {"name": "list_transactions", "confidence": 0.99}}
    slots = {"open_request": {"action": "action_list_transactions", "asked": "more"}}
    assert heard(understood, slots)["intent"]["name"] == "answer"


@pytest.mark.parametrize(
    "text", ["my balance", "what is the weather", "how much more do I owe", "no"]
)
@pytest.mark.parametrize("intent", ["nlu_fallback", "out_of_scope", "affirm", "deny"])
def test_a_list_that_goes_on_takes_nothing_else_for_an_answer(text: str, intent: str) -> None:
    understood = {"text": text, "intent": {"name": intent, "confidence": 0.1}}
    slots = {"open_request": {"action": "action_list_transactions", "asked": "more"}}
    assert heard(understood, slots) == understood
