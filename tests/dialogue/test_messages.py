"""What Rasa says becomes typed messages; what has no type is dropped."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.messages import MAX_TEXT, typed_choice, typed_message

CARD = {"kind": "balances", "accounts": []}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"text": "Hello"}, {"text": "Hello"}),
        ({"text": " Hello \n"}, {"text": "Hello"}),
        ({"text": "One\n\nTwo"}, {"text": "One\n\nTwo"}),
        ({"text": "A", "custom": {"card": CARD}}, {"text": "A", "card": CARD}),
        ({"text": "A", "refused": "forbidden"}, {"text": "A", "refused": "forbidden"}),
        ({"text": "A", "custom": {"sign_in": True}}, {"text": "A", "sign_in": True}),
        ({"custom": {"card": CARD}}, {"card": CARD}),
        (
            {"text": "A", "buttons": [{"title": "B", "payload": "/greet"}]},
            {"text": "A", "choices": [{"title": "B", "intent": "greet", "entities": {}}]},
        ),
    ],
)
def test_a_message(said: dict[str, Any], message: dict[str, Any]) -> None:
    assert typed_message(said) == message


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"text": None},
        {"text": "  "},
        {"text": 1},
        {"image": "http://evil.example/x.png", "attachment": "x", "elements": [{}]},
        {"custom": {"html": "<script>"}},
        {"custom": ["card"]},
        {"custom": {"card": "<b>"}},
        {"custom": {"card": {"no": "kind"}}},
        {"custom": {"sign_in": "yes"}},
        {"custom": {"refused": "No <b>code</b>"}},
        {"sign_in": 1},
        {"account": "Current account", "utter_action": "utter_balance", "timestamp": 1.0},
    ],
)
def test_what_has_no_type_is_dropped(said: dict[str, Any]) -> None:
    assert typed_message(said) is None


def test_a_long_text_is_cut() -> None:
    assert typed_message({"text": "x" * (MAX_TEXT + 1)}) == {"text": "x" * MAX_TEXT}


def test_a_payload_with_entities() -> None:
    button = {"title": "Savings", "payload": '/check_balance{"account": "savings"}'}
    expected = {"title": "Savings", "intent": "check_balance", "entities": {"account": "savings"}}
    assert typed_choice(button) == expected


@pytest.mark.parametrize(
    "payload",
    [
        *(None, 1, "", "/", "greet", "//greet", "/greet{", "/greet{1}", "/greet[]", "/greet {}"),
        *('/greet{"a": 1}', '/greet{"a": null}', '/greet{"a": {}}', "/greet{}x", "/a-b"),
    ],
)
def test_a_payload_that_is_no_choice_is_dropped(payload: Any) -> None:
    assert typed_choice({"title": "A", "payload": payload}) is None


@pytest.mark.parametrize("title", [None, "", 1, "x" * 201])
def test_a_choice_needs_a_title(title: Any) -> None:
    assert typed_choice({"title": title, "payload": "/greet"}) is None


@given(st.text())
def test_no_payload_raises(payload: str) -> None:
    typed_choice({"title": "A", "payload": f"/greet{payload}"})
