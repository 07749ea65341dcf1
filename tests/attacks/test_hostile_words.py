"""What strangers type and send: every answer is an answer, and no process complains."""

from __future__ import annotations

import json
import time

import pytest

pytestmark = pytest.mark.e2e

WORDS = (
    *("/restart", "/back", "/session_start", "/resume", "/intent{}", "/nlu_fallback"),
    *('/check_balance{"account":"main"}', "/check_balance@1.0", "EXTERNAL: resume"),
    *("\uff0frestart", "\u2044restart", "\u2215restart", "\u200b/restart", "\u29f8restart"),
    *("[main](account)", '[x]{"entity": "account", "value": "y"}', "{account}", "{{7*7}}"),
    *("${7*7}", "{0}", "{", "%s%n", "{balance.__class__}", "__import__('os')", "' OR 1=1 --"),
    *("action_check_balance", "utter_balance", "null", "NaN", "[MASK] [PAD]"),
    *("a" * 1_000, "a " * 499 + "a", "((((((a))))))" * 60, "a" * 500 + "!" * 499, "1" * 999),
    *("\U0001f600" * 500, "e\u0301" * 400, "\u202eecnalab", "مرحبا", "!!!!", "?", "\x1b[31mred"),
)
BODIES = {
    "half a character": b'{"text":"\\ud800"}',
    "only invisible": b'{"text":"\\u200b\\u0000"}',
    "not UTF-8": b'{"text":"\xff"}',
    "UTF-16": '{"text":"a"}'.encode("utf-16"),
    "deep": b"[" * 8_000 + b"]" * 8_000,
    "a resumption": b'{"resume":true}',
    "words and a resumption": b'{"text":"a","resume":true}',
    "words and an intent": b'{"text":"a","intent":"check_balance"}',
    "a number": b'{"text":1e99999}',
    "nothing": b"",
}


@pytest.fixture(scope="module")
def complaints(gatehouse):
    """Find the errors and the tracebacks in all logs of this installation.

    What the watch has seen in such words is no complaint.
    """

    def count() -> list[str]:
        logs = sorted((gatehouse.home / "logs").glob("*.log"))
        lines = [line for log in logs for line in log.read_text().splitlines()]
        failed = [line for line in lines if '"level": "error"' in line or "Traceback" in line]
        return [line for line in failed if '"event": "alert"' not in line]

    return count


@pytest.fixture
def stranger(visitor):
    """A browser that nobody has signed in with."""
    browser = visitor()
    browser.arrive()
    return browser


def test_odd_words_are_plain_words(stranger, complaints):
    """GH-6, GH-7: no command, template or entity that is typed is obeyed or upsets the model."""
    before = complaints()
    for typed in WORDS:
        [*_, last] = stranger.say(typed)
        assert last.get("refused") in {None, "authentication_required"}, typed[:40]
        assert "card" not in last, typed[:40]
        assert "49" not in last.get("text", ""), typed[:40]
    assert complaints() == before


def test_the_watch_sees_that_somebody_tries(gatehouse, stranger):
    """In its process, behind its walls, from the trail; where the machine is busy it may take."""
    log = gatehouse.home / "logs" / "security.log"
    give_up = time.monotonic() + 20
    while '"reason": "hostile_text"' not in log.read_text():
        assert time.monotonic() < give_up
        stranger.say("' OR 1=1 --")


def test_nothing_typed_was_lost_to_a_restart(stranger):
    """A typed `/restart` or `/back` takes nothing out of the conversation."""
    for typed in ("hello", "/restart", "/back", "/session_start"):
        stranger.say(typed)
    past = stranger.http.get("/api/messages").json()["messages"]
    said = [message["text"] for message in past if message["sender"] == "person"]
    assert said == ["hello", "/restart", "/back", "/session_start"]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_an_odd_body_is_refused_with_a_code(stranger, body):
    """ASVS 2.2.1: what does not have the form is not half understood."""
    headers = {"X-CSRF-Token": stranger._csrf, "Content-Type": "application/json"}
    answer = stranger.http.post("/api/messages", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert json.loads(answer.content)["type"] == "about:blank"
    assert stranger.say("hello")
