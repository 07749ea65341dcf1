"""What a conversation makes of words, through Rasa itself: whom it offers what, what it asks back,
how it comes back to a question, and when it offers a person."""

from __future__ import annotations

from typing import Any

import pytest

from .fakes import FakeActions, says
from .service import Caller

BANK = ["banking.list_accounts", "banking.list_bills", "banking.pay_bill", "banking.make_transfer"]
CLINIC = ["healthcare.list_appointments", "healthcare.book_appointment"]
REQUEST = {"action": "action_transfer_money", "details": {}, "asked": "payee", "tries": 0}
PAYEES = [
    {"title": "Anna Berg, XN1", "payload": '/answer{"payee": "p-1"}'},
    {"title": "Bob Stone, XN2", "payload": '/answer{"payee": "p-2"}'},
]
UNKNOWN = "flurb the wug in the brillig"
FOREIGN = "what's the weather like in Oslo"


def slot(value: Any) -> dict[str, Any]:
    return {"event": "slot", "timestamp": None, "name": "open_request", "value": value}


def titles(messages: list[dict[str, Any]]) -> list[str]:
    return [choice["title"] for message in messages for choice in message.get("choices", [])]


@pytest.mark.parametrize("words", ["hello", FOREIGN, UNKNOWN, "what can you do?", "yes"])
@pytest.mark.parametrize(
    ("offered", "theirs", "others"),
    [(BANK, "My balance", "My appointments"), (CLINIC, "My appointments", "My balance")],
)
def test_a_person_is_offered_what_is_theirs(
    caller: Caller, conversation: str, words: str, offered: list[str], theirs: str, others: str
) -> None:
    said = caller.say(conversation, words, offered=offered)
    assert theirs in titles(said)
    assert others not in titles(said)


def test_a_greeting_says_what_there_is(caller: Caller, conversation: str) -> None:
    (said,) = caller.say(conversation, "hello", offered=CLINIC)
    assert "show your appointments and book a new one" in said["text"]
    assert "{" not in said["text"]


def test_what_is_offered_is_not_kept(caller: Caller, conversation: str) -> None:
    """Attack: somebody else signs in, in the same browser."""
    caller.say(conversation, "hello", offered=BANK)
    (said,) = caller.say(conversation, "hello")
    assert titles([said]) == ["Talk to a person"]


def test_two_failures_in_a_row_offer_a_person(caller: Caller, conversation: str) -> None:
    assert "Talk to a person" not in titles(caller.say(conversation, UNKNOWN, offered=BANK))
    again = caller.say(conversation, FOREIGN, offered=BANK)
    assert titles(again)[0] == "Talk to a person"
    caller.say(conversation, "hello", offered=BANK)
    once_more = caller.say(conversation, UNKNOWN, offered=BANK)
    assert "Talk to a person" not in titles(once_more)


@pytest.mark.parametrize("words", ["the first one", "1", "My balance"])
def test_a_place_in_the_list_is_that_choice(
    caller: Caller, actions: FakeActions, conversation: str, words: str
) -> None:
    caller.say(conversation, FOREIGN, offered=BANK)
    caller.say(conversation, words, offered=BANK)
    assert [call["next_action"] for call in actions.calls] == ["action_check_balance"]


def test_a_place_in_an_older_list_is_none(
    caller: Caller, actions: FakeActions, conversation: str
) -> None:
    caller.say(conversation, FOREIGN, offered=BANK)
    caller.say(conversation, "thanks", offered=BANK)
    caller.say(conversation, "the first one", offered=BANK)
    assert actions.calls == []


@pytest.fixture
def asked(caller: Caller, actions: FakeActions, conversation: str) -> Caller:
    """A caller whose conversation was just asked whom to pay."""
    question = {"response": "utter_ask_payee", "buttons": PAYEES}
    actions.answer = lambda _: says(question, events=[slot(REQUEST)])
    caller.say(conversation, "send money")
    actions.forget()
    return caller


def test_after_a_digression_the_question_comes_again(
    asked: Caller, actions: FakeActions, conversation: str
) -> None:
    for words in ("what's my balance?", "thanks", "who are you?"):
        *_, again = asked.say(conversation, words)
        assert again["text"].lower().count("back to where we were.") == 1
        assert again["text"].endswith("These are your saved payees.")
        assert titles([again]) == [button["title"] for button in PAYEES]
    actions.forget()
    asked.say(conversation, "the second one")
    (call,) = actions.calls
    assert call["next_action"] == "action_answer"
    (entity,) = call["tracker"]["latest_message"]["entities"]
    assert entity["value"] == "p-2"


def test_an_answer_or_a_cancel_is_no_digression(
    asked: Caller, actions: FakeActions, conversation: str
) -> None:
    actions.answer = lambda _: says({"response": "utter_payment_cancelled"})
    (said,) = asked.say(conversation, "cancel")
    assert "back to" not in said["text"]


def test_a_refusal_is_not_followed_by_another_question(
    asked: Caller, actions: FakeActions, conversation: str
) -> None:
    refused = {"response": "utter_refused_step_up_required", "refused": "step_up_required"}
    actions.answer = lambda _: says(refused)
    said = asked.say(conversation, "what's my balance?")
    assert len(said) == 1


def test_actions_are_not_sent_what_was_offered(
    asked: Caller, actions: FakeActions, conversation: str
) -> None:
    asked.say(conversation, "what's my balance?")
    sent = [event for event in actions.calls[-1]["tracker"]["events"] if event["event"] == "bot"]
    assert sent
    assert all(event["data"] == {} for event in sent)
