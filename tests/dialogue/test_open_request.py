"""A question of the bot over the turns that follow it, through Rasa itself."""

from __future__ import annotations

from typing import Any

import pytest

from .fakes import FakeActions, says
from .service import Caller

REQUEST = {"action": "action_transfer_money", "details": {"payee": "Anna"}, "asked": "amount"}


def slot(value: Any) -> dict[str, Any]:
    return {"event": "slot", "timestamp": None, "name": "open_request", "value": value}


@pytest.fixture
def asked(caller: Caller, actions: FakeActions, conversation: str) -> Caller:
    """A caller whose conversation was just asked how much to send."""
    question = {"response": "utter_ask_amount_missing", "payee": "Anna Berg"}
    actions.answer = lambda _: says(question, events=[slot(REQUEST)])
    (said,) = caller.say(conversation, "send money to Anna")
    assert said["text"] == "How much shall I send to Anna Berg?"
    assert [call["next_action"] for call in actions.calls] == ["action_transfer_money"]
    actions.forget()
    return caller


@pytest.mark.parametrize("text", ["50", "fifty bucks", "Bob", "hm", "yes", "no, 60"])
def test_unclear_words_go_to_the_action_that_asked(
    asked: Caller, actions: FakeActions, conversation: str, text: str
) -> None:
    asked.say(conversation, text)
    (call,) = actions.calls
    assert call["next_action"] == "action_answer"
    assert call["tracker"]["slots"]["open_request"] == REQUEST
    assert call["tracker"]["latest_message"]["text"] == text


def test_another_question_in_between_is_answered_and_the_request_stays(
    asked: Caller, actions: FakeActions, conversation: str
) -> None:
    for _ in range(4):
        asked.say(conversation, "what's my balance?")
        asked.say(conversation, "thanks")
    asked.say(conversation, "50")
    names = [call["next_action"] for call in actions.calls]
    assert names == [*["action_check_balance"] * 4, "action_answer"]
    assert actions.calls[-1]["tracker"]["slots"]["open_request"] == REQUEST


@pytest.mark.parametrize("text", ["cancel", "no", "don't send it"])
def test_a_no_cancels(asked: Caller, actions: FakeActions, conversation: str, text: str) -> None:
    actions.answer = lambda _: says({"response": "utter_payment_cancelled"}, events=[slot(None)])
    asked.say(conversation, text)
    assert [call["next_action"] for call in actions.calls] == ["action_cancel"]
    actions.forget()
    asked.say(conversation, "Bob")
    assert actions.calls == []


def test_what_waits_for_a_sign_in_takes_no_words_for_an_answer(
    caller: Caller, actions: FakeActions, conversation: str
) -> None:
    actions.answer = lambda _: says(events=[slot({**REQUEST, "asked": None})])
    caller.say(conversation, "send money to Anna")
    actions.forget()
    caller.say(conversation, "Bob")
    assert actions.calls == []
    caller.turn(conversation, {"resume": True})
    (call,) = actions.calls
    assert call["next_action"] == "action_resume"
    assert call["tracker"]["slots"]["open_request"]["details"] == {"payee": "Anna"}


def test_choices_of_an_action_reach_the_person_with_their_meaning(
    caller: Caller, actions: FakeActions, conversation: str
) -> None:
    button = {"title": "Anna Berg, •••• 1234", "payload": '/answer{"payee": "p-1"}'}
    question = {"response": "utter_ask_payee", "buttons": [button]}
    actions.answer = lambda _: says(question)
    (said,) = caller.say(conversation, "send 50 euros")
    meant = {"title": button["title"], "intent": "answer", "entities": {"payee": "p-1"}}
    assert said["choices"] == [meant]
    caller.turn(conversation, meant)
    message = actions.calls[-1]["tracker"]["latest_message"]
    assert actions.calls[-1]["next_action"] == "action_answer"
    assert message["entities"] == [{"entity": "payee", "value": "p-1"}]


@pytest.mark.parametrize(
    "text", ["hello there", "thanks", "yes", "help", "what's the weather like"]
)
def test_small_talk_calls_no_action(
    caller: Caller, actions: FakeActions, conversation: str, text: str
) -> None:
    caller.say(conversation, text)
    assert actions.calls == []
