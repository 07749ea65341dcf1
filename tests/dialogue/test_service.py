"""The dialogue process over its socket, as the gateway meets it."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from .fakes import BALANCE, FakeActions, says
from .service import CALLER, TO_ACTIONS, Caller, Service

CARD = BALANCE["custom"]["card"]
OFFERED = {"intent": "check_balance", "entities": {"account": "main"}, "title": "My balance"}


def test_words_are_answered(caller: Caller, conversation: str) -> None:
    said = caller.say(conversation, "hello there", offered=["banking.list_accounts"])
    assert len(said) == 1
    assert said[0]["text"]
    intents = [choice["intent"] for choice in said[0]["choices"]]
    assert intents == ["check_balance"]


def test_a_question_goes_through_an_action(
    caller: Caller, actions: FakeActions, conversation: str
) -> None:
    (said,) = caller.say(conversation, "what's my balance?")
    assert said["card"] == CARD
    assert "12.00 EUR" in said["text"]
    assert set(said) == {"text", "card"}
    assert [call["next_action"] for call in actions.calls] == ["action_check_balance"]


def test_a_choice_is_stated_and_not_parsed(
    caller: Caller, actions: FakeActions, conversation: str
) -> None:
    status, body = caller.turn(conversation, OFFERED)
    assert (status, body["messages"][0]["card"]) == (200, CARD)
    message = actions.calls[0]["tracker"]["latest_message"]
    assert message["intent"] == {"name": "check_balance", "confidence": 1.0}
    assert message["entities"] == [{"entity": "account", "value": "main"}]


def test_a_resumption_runs_the_resuming_action(
    caller: Caller, actions: FakeActions, conversation: str
) -> None:
    status, body = caller.turn(conversation, {"resume": True}, ticket="t-resume")
    assert (status, body["messages"][0]["card"]) == (200, CARD)
    (call,) = actions.calls
    assert call["next_action"] == "action_resume"
    assert call["tracker"]["latest_message"]["metadata"] == {"ticket": "t-resume"}


def test_sign_in_is_a_typed_message(caller: Caller, conversation: str) -> None:
    (said,) = caller.say(conversation, "sign me in")
    assert said["sign_in"] is True


def test_the_action_is_called_with_our_credential_on_a_kept_connection(
    caller: Caller, actions: FakeActions, conversation: str
) -> None:
    caller.say(conversation, "what's my balance?")
    before = actions.connections
    for _ in range(5):
        caller.say(conversation, "what's my balance?")
    assert actions.connections == before
    assert {sent["Authorization"] for sent in actions.headers} == {f"Bearer {TO_ACTIONS}"}


def test_health_needs_no_credential(caller: Caller, service: Service) -> None:
    assert caller.request("GET", "/healthz") == (200, {"ready": True, "actions": True})
    assert stat.S_IMODE(service.socket.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "authorization",
    [None, "", CALLER, f"bearer {CALLER}", f"Bearer {CALLER}x", f"Bearer {TO_ACTIONS}", "Bearer "],
    ids=["none", "empty", "bare", "small", "longer", "another's", "nothing"],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/webhooks/gatehouse/turn"),
        ("POST", "/healthz"),
        ("GET", "/"),
        ("GET", "/status"),
        ("POST", "/webhooks/rest/webhook"),
    ],
)
def test_without_the_credential_nothing_answers(
    caller: Caller, authorization: str | None, method: str, path: str
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    status, body = caller.request(method, path, b"{}" if method == "POST" else None, **headers)
    assert (status, body["code"]) == (401, "unknown_caller")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/status"),
        ("GET", "/version"),
        ("GET", "/webhooks/gatehouse/turn"),
        ("GET", "/conversations/default/tracker"),
        ("POST", "/model/parse"),
        ("POST", "/conversations/default/trigger_intent"),
        ("POST", "/webhooks/rest/webhook"),
        ("GET", "/webhooks/rest"),
    ],
)
def test_no_other_channel_and_no_http_api_exist(caller: Caller, method: str, path: str) -> None:
    body = b"{}" if method == "POST" else None
    status, answer = caller.request(method, path, body, Authorization=f"Bearer {CALLER}")
    assert status in {404, 405}
    assert answer["code"] == "not_found"


@pytest.mark.parametrize("key", [None, "", "k", "k" * 42 + "l", "k" * 44])
def test_a_malformed_key_is_refused(caller: Caller, conversation: str, key: str | None) -> None:
    status, body = caller.turn(conversation, {"text": "hello"}, key=key)
    assert (status, body["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff\xfe", b'{"sender": "me"}', b"[" * 9_999])
def test_a_malformed_body_is_refused(caller: Caller, raw: bytes) -> None:
    status, body = caller.raw_turn(raw)
    assert (status, body["code"]) == (400, "invalid_request")


def test_a_body_beyond_the_limit_is_refused(service: Service, conversation: str) -> None:
    caller = Caller(service.socket)
    try:
        status, body = caller.raw_turn(b" " * (64 * 1024 + 1))
    finally:
        caller.close()
    assert (status, body["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "choice",
    [
        {"intent": "restart"},
        {"intent": "back"},
        {"intent": "session_start"},
        {"intent": "nlu_fallback"},
        {"intent": "resume"},
        {"intent": "transfer_everything"},
        {"intent": "action_resume"},
        {"intent": "check_balance", "entities": {"person_id": "1"}},
    ],
)
def test_a_choice_that_nobody_offered_is_refused(
    caller: Caller, actions: FakeActions, conversation: str, choice: object
) -> None:
    status, body = caller.turn(conversation, choice)
    assert (status, body["code"]) == (400, "invalid_request")
    assert actions.calls == []


@pytest.mark.parametrize(
    "answer",
    [
        (500, {"error": "boom"}),
        (404, {"error": "no such action", "action_name": "action_check_balance"}),
        (449, {"error": "no domain"}),
        (401, {"code": "unknown_caller"}),
        (400, {"error": "rejected", "action_name": "action_check_balance"}),
        (400, b"not json"),
        (200, b"not json"),
        (200, None),
        (200, []),
        (200, {"events": [{"event": "session_ended"}], "responses": []}),
        (200, {"events": [{"event": "no_such_event"}], "responses": []}),
        (200, {"events": "none", "responses": []}),
        (200, {"events": [], "responses": ["words"]}),
    ],
)
def test_a_failing_or_rejecting_action_is_a_denial_and_not_silence(
    caller: Caller, actions: FakeActions, conversation: str, answer: tuple[int, object]
) -> None:
    """ASVS 16.5.3: everything is denied, with a clear message."""
    actions.answer = lambda _: answer
    (said,) = caller.say(conversation, "what's my balance?")
    assert said["refused"] == "security_unavailable"
    assert said["text"]
    assert len(actions.calls) == 1


def test_an_action_without_a_word_is_answered_with_words(
    caller: Caller, actions: FakeActions, conversation: str
) -> None:
    actions.answer = lambda _: says({"response": "utter_nothing_like_this"})
    (said,) = caller.say(conversation, "what's my balance?")
    assert said["text"]
    assert "card" not in said


def test_a_refusal_keeps_its_code(caller: Caller, actions: FakeActions, conversation: str) -> None:
    code = "authentication_required"
    actions.answer = lambda _: says({"response": f"utter_refused_{code}", "refused": code})
    (said,) = caller.say(conversation, "what's my balance?")
    assert said["refused"] == code
    assert "sign in" in said["text"]


def test_a_reminder_is_never_scheduled(
    caller: Caller, actions: FakeActions, conversation: str
) -> None:
    """A reminder would run with the key of whoever last woke the scheduler."""
    reminder = {
        "event": "reminder",
        "intent": "check_balance",
        "entities": [],
        "date_time": "2020-01-01T00:00:00",
        "name": "later",
        "kill_on_user_msg": False,
    }
    actions.answer = lambda _: says(BALANCE, events=[reminder])
    (said,) = caller.say(conversation, "what's my balance?")
    assert said["card"] == CARD
    actions.forget()
    caller.say(conversation, "hello there")
    assert actions.calls == []


def test_two_conversations_at_once_do_not_mix(service: Service, actions: FakeActions) -> None:
    actions.answer = lambda call: says({"text": call["sender_id"]})

    def ask(name: str) -> list[str]:
        caller = Caller(service.socket)
        try:
            return [caller.say(name, "what's my balance?")[0]["text"] for _ in range(5)]
        finally:
            caller.close()

    names = [f"at-once-{number}" for number in range(4)]
    with ThreadPoolExecutor(len(names)) as pool:
        answers = list(pool.map(ask, names))
    assert answers == [[name] * 5 for name in names]


def test_two_turns_of_one_conversation_at_once_are_both_answered(
    service: Service, actions: FakeActions, conversation: str
) -> None:
    """ASVS 15.4.2: one after the other, neither overwritten."""

    def ask(ticket: str) -> int:
        caller = Caller(service.socket)
        try:
            return caller.turn(conversation, OFFERED, ticket=ticket)[0]
        finally:
            caller.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, ["t-1", "t-2", "t-3", "t-4"])) == [200] * 4
    sent = [call["tracker"]["latest_message"]["metadata"]["ticket"] for call in actions.calls]
    assert sorted(sent) == ["t-1", "t-2", "t-3", "t-4"]
