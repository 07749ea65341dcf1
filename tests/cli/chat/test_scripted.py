"""The conversation of a program: a line in, a line out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.chat.scripted import Script
from tests.cli.chat.fakes import CHALLENGE, SESSION, FakeClient, refusal


def run(client: FakeClient, *lines: Any) -> tuple[list[dict[str, Any]], bool]:
    """Run lines; return what was told, and whether all went well."""
    told: list[str] = []
    given = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    well = Script(client, "bank").run(given, told.append)  # type: ignore[arg-type]
    return [json.loads(line) for line in told], well


def test_a_line_is_words_or_an_object() -> None:
    client = FakeClient()
    told, well = run(client, "what's my balance?", "", {"text": "12"}, "12", {"choice": "a"})
    assert told == [{"messages": [{"text": "Hello."}]}] * 4
    assert well
    assert client.calls == [
        ("say", "what's my balance?"),
        ("say", "12"),
        ("say", "12"),
        ("choose", "a"),
    ]


def test_signing_in_and_a_payment() -> None:
    client = FakeClient()
    client.says = [[{"text": "Please check.", "challenge": CHALLENGE}]]
    told, well = run(
        client,
        {"sign_in": {"username": "alice", "password": "a password"}},
        {"code": "111111"},
        "pay anna",
        {"method": "sms"},
        {"code": "222222"},
    )
    assert well
    assert told[0] == {"challenge": CHALLENGE}
    assert told[4] == {"messages": [{"text": "Paid."}], "session": SESSION}
    assert client.calls == [
        ("password", "bank", "alice", "a password"),
        ("answer", "challenge-1", "111111"),
        ("say", "pay anna"),
        ("send", "challenge-1", "sms"),
        ("answer", "challenge-1", "222222"),
    ]


def test_a_refusal_is_told_and_remembered() -> None:
    client = FakeClient()
    client.says = [refusal("rate_limited")]
    told, well = run(client, "hello", "hello")
    assert told[0]["problem"]["code"] == "rate_limited"
    assert told[1] == {"messages": [{"text": "Hello."}]}
    assert not well


def test_what_goes_with_a_code_goes_with_it_alone() -> None:
    client = FakeClient()
    client.says = [[{"challenge": CHALLENGE}]]
    told, _ = run(
        client, "pin", {"code": "1", "panel": ["new_pin"]}, {"panel": {"new_pin": "4815"}}
    )
    assert [one["problem"]["code"] for one in told[1:]] == ["invalid_request"] * 2
    run(client)
    client.says = [[{"challenge": CHALLENGE}]]
    run(client, "pin", {"code": "1", "panel": {"new_pin": "4815"}})
    assert client.calls[-1] == ("answer", "challenge-1", "1", {"new_pin": "4815"})


@pytest.mark.parametrize("line", [{"code": "1"}, {"method": "sms"}, {"cancel": True}])
def test_without_a_challenge_there_is_nothing_to_answer(line: dict[str, Any]) -> None:
    told, well = run(FakeClient(), line)
    assert told[0]["problem"]["code"] == "unknown_challenge"
    assert not well


@pytest.mark.parametrize("line", [{}, {"eat": 1}, {"text": "a", "code": "b"}, {"sign_in": 1}])
def test_what_is_not_known_is_refused(line: dict[str, Any]) -> None:
    told, _ = run(FakeClient(), line)
    assert told[0]["problem"]["code"] == "invalid_request"


def test_cancelling_and_signing_out() -> None:
    client = FakeClient()
    client.says = [[{"challenge": CHALLENGE}]]
    told, well = run(client, "pay", {"cancel": True}, {"sign_out": True})
    assert told[1:] == [{"messages": []}, {"session": {"authenticated": False}}]
    assert well
