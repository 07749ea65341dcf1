"""What a conversation leaves behind: sealed, bounded, and unreadable with another key."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from dialogue.sealing import unseal

from .fakes import BALANCE, FakeActions, says
from .service import KEY, OTHER_KEY, Caller, Service

QUESTION = "what's my balance?"


def database(service: Service) -> Any:
    file = service.home / "db" / "rasa" / "tracker.sqlite3"
    return closing(sqlite3.connect(file, isolation_level=None))


def rows(service: Service, conversation: str) -> list[dict[str, Any]]:
    select = "SELECT sequence, box FROM events WHERE conversation = ? ORDER BY sequence"
    with database(service) as connection:
        found = connection.execute(select, (conversation,)).fetchall()
    return [json.loads(unseal(b"k" * 32, conversation, number, box)) for number, box in found]


def test_a_wrong_key_fails_the_turn_and_destroys_nothing(
    caller: Caller, actions: FakeActions, service: Service, conversation: str
) -> None:
    """ASVS 16.5.3: Rasa's own store would begin a new conversation over the old one."""
    caller.say(conversation, "hello there")
    before = rows(service, conversation)
    status, body = caller.turn(conversation, {"text": QUESTION}, key=OTHER_KEY)
    assert (status, body["code"]) == (500, "turn_failed")
    assert actions.calls == []
    assert rows(service, conversation) == before
    caller.say(conversation, QUESTION)


def test_a_keyless_request_after_a_keyed_one_on_a_kept_connection_is_refused(
    caller: Caller, actions: FakeActions, conversation: str
) -> None:
    caller.say(conversation, "hello there")
    status, _ = caller.turn(conversation, {"text": QUESTION}, key=None)
    assert status == 400
    assert actions.calls == []


def test_swapped_rows_are_refused(
    caller: Caller, actions: FakeActions, service: Service, conversation: str
) -> None:
    """ASVS 11.3.3: both conversations have the same key, so that only the place differs."""
    other = f"{conversation}-other"
    caller.say(conversation, "hello there")
    caller.say(other, "hello there")
    swap = (
        "UPDATE events SET box = (SELECT box FROM events WHERE conversation = ?)"
        " WHERE conversation = ?"
    )
    with database(service) as connection:
        connection.execute(swap, (other, conversation))
    status, body = caller.turn(conversation, {"text": QUESTION})
    assert (status, body["code"]) == (500, "turn_failed")
    assert actions.calls == []
    caller.say(other, QUESTION)


def test_a_store_that_is_down_fails_the_turn(
    caller: Caller, actions: FakeActions, service: Service, conversation: str
) -> None:
    """ASVS 16.5.3: there is no second store in memory."""
    with database(service) as connection:
        connection.execute("ALTER TABLE events RENAME TO gone")
        try:
            status, body = caller.turn(conversation, {"text": QUESTION})
        finally:
            connection.execute("ALTER TABLE gone RENAME TO events")
    assert (status, body["code"]) == (500, "turn_failed")
    assert actions.calls == []
    caller.say(conversation, QUESTION)


def test_the_tracker_file_contains_no_plain_sentence(
    caller: Caller, actions: FakeActions, service: Service, conversation: str
) -> None:
    caller.say(conversation, "the pangolin sleeps in my garden", ticket="t-pangolin")
    actions.answer = lambda _: says({"text": "the pangolin has 12.00"})
    caller.say(conversation, QUESTION)
    files = list((service.home / "db" / "rasa").iterdir())
    assert files
    assert not any(b"pangolin" in file.read_bytes() for file in files)


def test_neither_tickets_nor_cards_nor_figures_are_remembered(
    caller: Caller, actions: FakeActions, service: Service, conversation: str
) -> None:
    figures = {**BALANCE, "balance": "987.65", "text": None}
    actions.answer = lambda _: says({**figures, "custom": {"card": {"kind": "secret-card"}}})
    caller.say(conversation, QUESTION, ticket="t-remembered")
    kept = json.dumps(rows(service, conversation))
    assert QUESTION in kept
    assert "t-remembered" not in kept
    assert "secret-card" not in kept


def test_an_action_gets_this_turns_ticket_and_no_other(
    caller: Caller, actions: FakeActions, conversation: str
) -> None:
    for number in range(3):
        caller.say(conversation, QUESTION, ticket=f"t-turn-{number}")
    assert "t-turn-2" in json.dumps(actions.calls[2])
    assert "t-turn-1" not in json.dumps(actions.calls[2])
    assert actions.calls[2]["tracker"]["latest_message"]["metadata"] == {"ticket": "t-turn-2"}
    assert "t-turn" not in json.dumps(actions.calls[2]["tracker"]["slots"])


def test_turn_400_loads_and_sends_no_more_than_turn_10(
    caller: Caller, actions: FakeActions, service: Service, conversation: str
) -> None:
    """Flatness as a count: what is sent, what is kept, and so what the next turn loads."""
    kept = {}
    for number in range(1, 401):
        caller.turn(conversation, {"intent": "check_balance"})
        if number in (10, 400):
            found = rows(service, conversation)
            kept[number] = [(len(row["before"]), len(row["events"])) for row in found]
    assert len(actions.calls) == 400
    assert max(len(call["tracker"]["events"]) for call in actions.calls) <= 10
    assert max(actions.sizes) <= 1.05 * actions.sizes[9]
    assert kept[10] == kept[400]
    assert sum(before + events for before, events in kept[400]) <= 20


def test_a_slot_outlives_the_window(
    caller: Caller, actions: FakeActions, service: Service, conversation: str
) -> None:
    """What an action paused or set before the window still holds after it."""
    actions.answer = lambda _: says(BALANCE, events=[{"event": "pause"}])
    caller.say(conversation, QUESTION)
    actions.forget()
    for _ in range(5):
        caller.say(conversation, QUESTION)
    assert actions.calls == []


@pytest.mark.parametrize(
    "conversation_id", ["../../etc/passwd", "c'; DROP TABLE events; --", "a/b"]
)
def test_a_conversation_id_is_no_path_and_no_statement(
    caller: Caller, conversation_id: str
) -> None:
    assert caller.turn(conversation_id, {"text": "hello"}, key=KEY)[0] == 400
