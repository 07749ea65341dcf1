"""A browser without a screen: cookies, CSRF token, and the calls of the chat page."""

from __future__ import annotations

import re
import ssl
import time
from pathlib import Path
from typing import Any, Self

import httpx

from tests.e2e.people import Person

CODE_OF_A_TEXT = r"#(\d{6})$"
CODE_OF_A_MAIL = r"^Your code is (\d{6})$"


class Visitor:
    """One person's browser. Every call returns the answer as it is, refusals included."""

    def __init__(self, url: str, authority: Path) -> None:
        trusted = ssl.create_default_context(cafile=str(authority))
        self.http = httpx.Client(base_url=url, verify=trusted, timeout=30, trust_env=False)
        self._csrf = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def post(self, path: str, **body: Any) -> httpx.Response:
        """Send a state-changing call with this session's CSRF token."""
        answer = self.http.post(path, json=body, headers={"X-CSRF-Token": self._csrf})
        if answer.is_success and answer.content:
            self._csrf = answer.json().get("csrf_token", self._csrf)
        return answer

    def arrive(self, tenant: str | None = None) -> httpx.Response:
        """Begin an anonymous session."""
        return self.post("/api/session", **({"tenant": tenant} if tenant else {}))

    def say(self, text: str) -> list[dict[str, Any]]:
        """Send a message; return the bot's."""
        answer = self.post("/api/messages", text=text)
        assert answer.status_code == 200, answer.text
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages

    def password(self, person: Person) -> dict[str, Any]:
        """Give the right password; return the challenge."""
        answer = self.post(
            "/api/session/password",
            tenant=person.tenant,
            username=person.username,
            password=person.password,
        )
        assert answer.status_code == 200, answer.text
        challenge: dict[str, Any] = answer.json()["challenge"]
        return challenge

    def answer(
        self, challenge: dict[str, Any], code: str, panel: dict[str, str] | None = None
    ) -> httpx.Response:
        """Answer a challenge, with what is typed beside the code."""
        body: dict[str, Any] = {"code": code, **({"panel": panel} if panel else {})}
        return self.post(f"/api/challenges/{challenge['id']}/answer", **body)

    def sign_in(self, person: Person) -> list[dict[str, Any]]:
        """Password and code; return the messages that come by themselves."""
        passed = self.answer(self.password(person), person.code())
        assert passed.status_code == 200, passed.text
        messages: list[dict[str, Any]] = passed.json()["messages"]
        return messages

    def text_me(self, challenge: dict[str, Any], phone: str) -> str:
        """Have the code of a challenge sent by SMS; return it as the phone shows it."""
        texts = self.inbox(phone)
        sent = self.post(f"/api/challenges/{challenge['id']}/send", method="sms")
        assert sent.status_code == 200, sent.text
        return texts.next(CODE_OF_A_TEXT)

    def inbox(self, to: str) -> Inbox:
        """Return what arrives at a number or an address from now on."""
        return Inbox(self, to)

    def new_recovery_codes(self, person: Person) -> list[str]:
        """Sign in as a person by text and make recovery codes; return them."""
        self.arrive()
        challenge = self.password(person)
        assert self.answer(challenge, self.text_me(challenge, person.phone)).status_code == 200
        self.post("/api/session/reauthenticate", password=person.password)
        change = self.post("/api/authenticators/recovery").json()
        assert self.answer(change["challenge"], person.code()).status_code == 200
        done = self.post(f"/api/authenticators/changes/{change['ref']}").json()
        made: list[str] = done["codes"]
        return made

    def outbox(self, to: str) -> list[dict[str, Any]]:
        """Return what the demo has sent to a number or an address, newest first."""
        answer = self.http.get("/demo/outbox", params={"to": to})
        assert answer.status_code == 200, answer.text
        sent: list[dict[str, Any]] = answer.json()
        return sent

    def sign_out(self) -> httpx.Response:
        """End the session."""
        return self.delete("/api/session")

    def delete(self, path: str) -> httpx.Response:
        """Send a DELETE with this session's CSRF token."""
        return self.http.delete(path, headers={"X-CSRF-Token": self._csrf})


class Inbox:
    """What arrives at one number or address after this was made."""

    def __init__(self, visitor: Visitor, to: str) -> None:
        self._visitor = visitor
        self._to = to
        self._seen = {message["text"] for message in visitor.outbox(to)}

    def next(self, pattern: str) -> str:
        """Wait for a new message that matches; return the pattern's first group."""
        give_up = time.monotonic() + 20
        while time.monotonic() < give_up:
            for message in self._visitor.outbox(self._to):
                found = re.search(pattern, message["text"], re.MULTILINE)
                if found and message["text"] not in self._seen:
                    self._seen.add(message["text"])
                    return found[1]
            time.sleep(0.05)  # The outbox is a page that is looked at: nothing announces a text.
        raise AssertionError(f"nothing like {pattern!r} arrived at {self._to}")


def cards(messages: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Return the cards of one kind."""
    return [one["card"] for one in messages if one.get("card", {}).get("kind") == kind]
