"""Reading what rasa says."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ports import RasaFailed
from gateway.replies import read_reply
from security.errors import KINDS


def reply_of(*messages: object) -> bytes:
    return orjson.dumps({"messages": list(messages)})


def test_honest_messages_pass() -> None:
    card = {"kind": "balances", "accounts": []}
    said = [
        {"text": "Hello."},
        {"card": card},
        {"choices": [{"title": "Balance", "intent": "check_balance", "entities": {}}]},
        {"text": "Please sign in first.", "refused": "authentication_required", "sign_in": True},
    ]
    reply = read_reply(reply_of(*said))
    assert [message.model_dump(exclude_none=True) for message in reply.messages] == said
    assert reply.dropped == 0


def test_no_message_is_an_answer_too() -> None:
    assert read_reply(reply_of()).messages == []


@pytest.mark.parametrize(
    "lie",
    [
        {"text": "ok", "challenge": {"id": "forged"}},
        {"text": "ok", "session_id": "s"},
        {"text": "ok", "sign_in": False},
        {"text": "ok", "refused": "no_such_code"},
        {"text": 5},
        {"text": "x" * 8_001},
        {"card": "<script>"},
        {"choices": [{"title": "Yes", "intent": "affirm", "payload": "/affirm"}]},
        {"choices": [{"title": "", "intent": "affirm"}]},
        {"choices": [{"title": "a", "intent": "affirm"}] * 21},
        {"choices": [{"title": "Yes", "intent": "affirm", "entities": {"a": {"b": 1}}}]},
        {},
        None,
        "text",
        [],
    ],
    ids=repr,
)
def test_a_message_that_rasa_may_not_send_is_dropped_and_counted(lie: object) -> None:
    """Rasa is not trusted: a forged challenge, an unknown code or a wrong shape goes."""
    reply = read_reply(reply_of({"text": "honest"}, lie))
    assert [message.text for message in reply.messages] == ["honest"]
    assert reply.dropped == 1
    with pytest.raises(RasaFailed):
        read_reply(reply_of(lie))


def test_a_flood_of_messages_is_cut() -> None:
    reply = read_reply(reply_of(*[{"text": "again"}] * 1_000))
    assert (len(reply.messages), reply.dropped) == (20, 980)


@pytest.mark.parametrize(
    "raw",
    [b"", b"null", b"[]", b"{}", b'{"messages": {}}', b'{"messages": null}', b"\xff", b"[" * 9_999],
)
def test_an_answer_of_another_shape_is_a_failure(raw: bytes) -> None:
    with pytest.raises(RasaFailed) as failed:
        read_reply(raw)
    assert failed.value.invalid


@given(st.binary(max_size=200))
def test_any_bytes_from_rasa_are_read_or_refused(raw: bytes) -> None:
    try:
        usable = bool(read_reply(raw).messages or b"messages" in raw)
    except RasaFailed as failed:
        usable = not failed.invalid
    assert usable == (b"messages" in raw)


@given(st.sampled_from(sorted(KINDS)))
def test_every_refusal_of_the_guard_can_be_shown(code: str) -> None:
    assert read_reply(reply_of({"text": "no", "refused": code})).dropped == 0
