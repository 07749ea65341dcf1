"""A person at a terminal: what is asked, where it goes, and what is never shown or said."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from cli.chat.talking import Talk, Terminal
from tests.cli.chat.fakes import CHALLENGE, FakeClient, refusal

PAY = [{"text": "Please check.", "challenge": CHALLENGE}]


class Person:
    """Types lines, and at hidden prompts what nobody may see."""

    def __init__(self, *lines: str, hidden: tuple[str, ...] = ()) -> None:
        self.lines = list(lines)
        self.secrets = list(hidden)
        self.prompts: list[str] = []

    def ask(self, prompt: str) -> str:
        self.prompts.append(prompt)
        if not self.lines:
            raise EOFError
        return self.lines.pop(0)

    def type_hidden(self, prompt: str) -> str:
        self.prompts.append(prompt)
        return self.secrets.pop(0)


def talk(client: FakeClient, person: Person, tenant: str | None = "bank") -> str:
    """Let a person talk until there is nothing more to type; return the screen."""
    screen = io.StringIO()
    terminal = Terminal(Console(file=screen, width=100), person.ask, person.type_hidden)
    Talk(client, terminal, lambda _held: None, tenant).run()  # type: ignore[arg-type]
    return screen.getvalue()


def test_words_go_to_the_bot_and_its_answer_is_shown() -> None:
    client = FakeClient()
    assert "Assistant: Hello." in talk(client, Person("what's my balance?", "", "/quit", "never"))
    assert client.calls == [("say", "what's my balance?")]


def test_the_number_of_a_choice_chooses_it() -> None:
    client = FakeClient()
    offered = [{"id": "a", "title": "Yes"}, {"id": "b", "title": "No"}]
    client.says = [[{"text": "Sure?", "choices": offered}], [{"text": "Done."}]]
    screen = talk(client, Person("do it", "2", "2", "0"))
    assert "1) Yes" in screen
    assert client.calls == [("say", "do it"), ("choose", "b"), ("say", "2"), ("say", "0")]


def test_a_payment_is_approved_at_a_hidden_prompt() -> None:
    """The code goes to the challenge, never into a message, and is not shown."""
    client = FakeClient()
    client.says = [PAY]
    screen = talk(client, Person("pay anna", hidden=("287082",)))
    assert client.calls == [("say", "pay anna"), ("answer", "challenge-1", "287082")]
    assert "Pay 50.00 EUR to Anna Berg" in screen
    assert "Amount" in screen
    assert "Paid." in screen
    assert "287082" not in screen


def test_a_wrong_code_is_asked_for_again() -> None:
    client = FakeClient()
    client.says, client.answers = [PAY], [refusal("wrong_code", "That code is not right."), None]
    screen = talk(client, Person("pay anna", hidden=("000000", "287082")))
    assert "That code is not right." in screen
    assert [call[0] for call in client.calls] == ["say", "answer", "answer"]


def test_a_new_pin_is_typed_twice_and_never_shown() -> None:
    client = FakeClient()
    field = {"name": "new_pin", "label": "New PIN", "form": "pin"}
    client.says = [[{"text": "Please check.", "challenge": {**CHALLENGE, "panel": [field]}}]]
    typed = ("287082", "4815", "4816", "4815", "4815")
    screen = talk(client, Person("change my pin", hidden=typed))
    assert client.calls[-1] == ("answer", "challenge-1", "287082", {"new_pin": "4815"})
    assert "not the same" in screen
    assert "4815" not in screen


@pytest.mark.parametrize("code", ["locked", "expired"])
def test_a_challenge_that_is_over_is_asked_for_no_more(code: str) -> None:
    client = FakeClient()
    client.says, client.answers = [PAY], [refusal(code, "Too late.")]
    assert "Too late." in talk(client, Person("pay anna", hidden=("000000",)))


def test_nothing_typed_is_not_now() -> None:
    client = FakeClient()
    client.says = [PAY]
    assert "Nothing has been done." in talk(client, Person("pay anna", hidden=("",)))
    assert client.calls[-1] == ("cancel", "challenge-1")


def test_another_way_and_a_new_code() -> None:
    client = FakeClient()
    client.says = [PAY]
    screen = talk(client, Person("pay anna", hidden=("sms", "again", "287082")))
    assert client.calls[1:] == [
        ("send", "challenge-1", "sms"),
        ("send", "challenge-1", "sms"),
        ("answer", "challenge-1", "287082"),
    ]
    assert "text message •••• 01" in screen


def test_where_a_passkey_is_asked_for_another_way_is_taken() -> None:
    client = FakeClient()
    methods = {"method": "passkey", "methods": ["passkey", "totp", "sms"]}
    client.says = [[{"text": "Please check.", "challenge": {**CHALLENGE, **methods}}]]
    person = Person("pay anna", hidden=("287082",))
    talk(client, person)
    assert client.calls[1:] == [
        ("send", "challenge-1", "totp"),
        ("answer", "challenge-1", "287082"),
    ]
    assert not any("passkey" in prompt for prompt in person.prompts)


def test_who_has_nothing_but_a_passkey_is_sent_to_a_browser() -> None:
    client = FakeClient()
    alone = {"method": "passkey", "methods": ["passkey"]}
    client.says = [[{"text": "Please check.", "challenge": {**CHALLENGE, **alone}}]]
    assert "https://localhost:8443" in talk(client, Person("pay anna"))
    assert len(client.calls) == 1


def test_who_is_asked_to_sign_in_chooses_the_organisation() -> None:
    client = FakeClient()
    client.says = [[{"text": "Please sign in first.", "sign_in": True}]]
    person = Person("balance", "7", "2", "alice", hidden=("a password", "287082"))
    screen = talk(client, person, tenant=None)
    assert ("password", "bank", "alice", "a password") in client.calls
    assert "a password" not in screen
    assert "You are signed in as Alice Moreau." in screen


def test_signing_out_ends_the_session_for_good() -> None:
    client = FakeClient()
    assert "You are signed out." in talk(client, Person("/sign-out"))
    assert client.calls == [("sign_out",), ("begin", "bank")]


def test_a_session_that_is_over_begins_anew() -> None:
    client = FakeClient()
    client.says = [refusal("session_expired", "Your session has ended.")]
    screen = talk(client, Person("hello"))
    assert "Your session has ended." in screen
    assert client.calls[-1] == ("begin", "bank")


def test_a_document_is_saved_and_never_over_a_file(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    client = FakeClient()
    paper = [{"card": {"kind": "document", "title": "Payslip", "href": "/api/documents/x"}}]
    client.says = [paper, paper, paper]
    screen = talk(client, Person("payslip", "mine.pdf", "payslip", "mine.pdf", "payslip", ""))
    assert (tmp_path / "mine.pdf").read_bytes() == b"%PDF"
    assert "could not be written" in screen
    assert client.calls.count(("document", "/api/documents/x")) == 2
