"""The wire format is the only way in; whatever is not in it does not exist."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.turns import MAX_TEXT, Malformed, OfferedChoice, Resume, Turn, Words, read_turn

HEAD = {"conversation_id": "c-1", "ticket": "t-1"}


def body(utterance: Any, **more: Any) -> bytes:
    return json.dumps({**HEAD, "utterance": utterance, **more}).encode()


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ({"text": " hello "}, Words("hello")),
        ({"text": "/restart"}, Words("/restart")),
        ({"resume": True}, Resume()),
        ({"intent": "greet"}, OfferedChoice("greet", {}, "")),
        (
            {"intent": "check_balance", "entities": {"account": "main"}, "title": "My balance"},
            OfferedChoice("check_balance", {"account": "main"}, "My balance"),
        ),
    ],
)
def test_the_three_utterances(utterance: Any, expected: Any) -> None:
    assert read_turn(body(utterance)) == Turn("c-1", "t-1", expected)


def test_what_may_be_offered_comes_with_the_turn() -> None:
    offered = read_turn(body({"text": "hello"}, offered=["banking.list_accounts"])).offered
    assert offered == {"banking.list_accounts"}
    two = read_turn(body({"text": "hello"}, offered=["a.b", "c.d"])).offered
    assert two == {"a.b", "c.d"}
    assert read_turn(body({"text": "hello"}, offered=[])).offered == frozenset()


@pytest.mark.parametrize(
    "offered",
    [
        None,
        "banking.list_accounts",
        ["/greet"],
        [1],
        [None],
        [""],
        ["a.b", ""],
        ["a.b "],
        ["a"],
        ["a.b"] * 201,
        {"a.b": 1},
    ],
)
def test_what_is_no_list_of_operations_is_refused(offered: Any) -> None:
    with pytest.raises(Malformed):
        read_turn(body({"text": "hello"}, offered=offered))


@pytest.mark.parametrize(
    "utterance",
    [
        None,
        "hello",
        [],
        {},
        {"text": ""},
        {"text": 1},
        {"text": None},
        {"text": ["hello"]},
        {"text": "\ud800"},
        {"text": "a", "resume": True},
        {"text": "a", "intent": "greet"},
        {"text": "a", "title": "b"},
        {"text": "a", "metadata": {"ticket": "mine"}},
        {"resume": False},
        {"resume": 1},
        {"resume": "true"},
        {"intent": ""},
        {"intent": "/greet"},
        {"intent": 'greet{"a": 1}'},
        {"intent": "a" * 65},
        {"intent": ["greet"]},
        {"intent": "greet", "entities": []},
        {"intent": "greet", "entities": {"account": 1}},
        {"intent": "greet", "entities": {"account": ""}},
        {"intent": "greet", "entities": {"a b": "x"}},
        {"intent": "greet", "entities": {f"e{n}": "x" for n in range(21)}},
        {"intent": "greet", "title": ""},
        {"intent": "greet", "title": "x" * 201},
        {"title": "greet"},
        {"entities": {}},
    ],
)
def test_a_malformed_utterance_is_refused(utterance: Any) -> None:
    with pytest.raises(Malformed):
        read_turn(body(utterance))


@pytest.mark.parametrize("field", ["sender", "sender_id", "metadata", "input_channel", "key"])
def test_a_client_names_no_sender_channel_or_metadata(field: str) -> None:
    with pytest.raises(Malformed):
        read_turn(body({"text": "hello"}, **{field: "x"}))


@pytest.mark.parametrize("field", ["conversation_id", "ticket"])
@pytest.mark.parametrize("value", [None, "", 1, {}, "a b", "a\n", "ü", "x" * 129])
def test_a_malformed_reference_is_refused(field: str, value: Any) -> None:
    with pytest.raises(Malformed, match=field):
        read_turn(body({"text": "hello"}, **{field: value}))


@pytest.mark.parametrize("field", ["conversation_id", "ticket", "utterance"])
def test_a_missing_field_is_refused(field: str) -> None:
    fields = {**HEAD, "utterance": {"text": "hello"}}
    del fields[field]
    with pytest.raises(Malformed, match=field):
        read_turn(json.dumps(fields).encode())


@pytest.mark.parametrize("raw", [b"", b"hello", b"\xff", b"[" * 60_000, b"null", b"[]", b"1"])
def test_a_body_that_is_no_object_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_turn(raw)


def test_the_longest_text() -> None:
    assert read_turn(body({"text": "x" * MAX_TEXT})).utterance == Words("x" * MAX_TEXT)
    with pytest.raises(Malformed):
        read_turn(body({"text": "x" * (MAX_TEXT + 1)}))


@given(st.binary())
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_turn(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_no_utterance_raises_anything_else(utterance: Any) -> None:
    with contextlib.suppress(Malformed):
        read_turn(body(utterance))
