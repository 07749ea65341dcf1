"""The ways to talk to the bot, all alike: the page in a browser, texts, and the terminal.

Each of them returns what is heard: words and what stands on cards, as that channel shows them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Browser, Response

from tests.e2e.installation import Installation
from tests.e2e.people import Person
from tests.e2e.telephone import Telephone

WAIT_MS = 20_000
GATEHOUSE = Path(sys.executable).parent / "gatehouse"
_AFTER_THE_PERSON = "#messages > li.person:not(:has(~ li.person)) ~ li"
ONWARD = "please open https://"
"""How a text says that something goes on at the page."""


class Channel(Protocol):
    """One person on one channel."""

    proves_all: bool
    """Whether everything can be proved here; where not, some things go on at the page."""

    def says(self, words: str) -> str:
        """Say something; return what is heard."""
        ...

    def chooses(self, title: str) -> str:
        """Take one of the choices that were offered."""
        ...

    def gives_code(self) -> str:
        """Give the code that is asked for; where none is, nothing is heard anew."""
        ...

    def close(self) -> None:
        """Leave."""
        ...


class OnPage:
    """A person in a browser, signed in by password and code."""

    proves_all = True

    def __init__(self, browser: Browser, gatehouse: Installation, person: Person) -> None:
        self._person = person
        self._context = browser.new_context()
        self._context.set_default_timeout(WAIT_MS)
        self._page = self._context.new_page()
        self._page.goto(f"{gatehouse.url}/?tenant={person.tenant}")
        self._page.get_by_role("heading", name="How can we help?").wait_for()
        self._page.get_by_role("button", name="Sign in", exact=True).click()
        panel = self._page.get_by_role("dialog")
        panel.get_by_label("User name").fill(person.username)
        panel.get_by_label("Password", exact=True).fill(person.password)
        panel.get_by_role("button", name="Continue").click()
        self._give(person.code())
        self._page.get_by_role("button", name="Sign out").wait_for()

    def says(self, words: str) -> str:
        """Type it and send it."""
        field = self._page.get_by_label("Your message")
        field.fill(words)
        with self._page.expect_response(_is_turn):
            field.press("Enter")
        return self._heard()

    def chooses(self, title: str) -> str:
        """Press it."""
        with self._page.expect_response(_is_turn):
            self._page.get_by_role("log").get_by_role("button", name=title).last.click()
        return self._heard()

    def gives_code(self) -> str:
        """Type it into the panel, where that is open."""
        if self._code().is_visible():
            self._give(self._person.code())
        return self._heard()

    def close(self) -> None:
        """Close the browser's window."""
        self._context.close()

    def _code(self) -> Any:
        return self._page.get_by_role("dialog").locator("input[autocomplete=one-time-code]")

    def _give(self, code: str) -> None:
        self._code().fill(code)
        with self._page.expect_response(lambda answer: answer.url.endswith("/answer")):
            self._page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
        self._page.get_by_role("dialog").wait_for(state="hidden")

    def _heard(self) -> str:
        """Return what came after the person's own words."""
        self._page.locator("#typing").wait_for(state="hidden")
        return "\n".join(self._page.locator(_AFTER_THE_PERSON).all_inner_texts())


class ByText:
    """A person with a telephone; an answer that goes on is read to its end."""

    proves_all = False

    def __init__(self, gatehouse: Installation, person: Person, called: str) -> None:
        self._person = person
        self._telephone = Telephone(gatehouse, person.phone, called)
        self._last = ""

    def says(self, words: str) -> str:
        """Text it."""
        self._last = self._telephone.text(words)
        while self._last.endswith("reply MORE"):
            self._last += "\n" + self._telephone.text("MORE")
        return self._last

    def chooses(self, title: str) -> str:
        """Text its number."""
        numbered = (line.partition(") ") for line in self._last.splitlines())
        [number] = [at for at, _, words in numbered if at.isdigit() and title in words]
        return self.says(number)

    def gives_code(self) -> str:
        """Text it, where one is asked for."""
        if "code" not in self._last:
            return self._last
        return self.says(self._person.code())

    def close(self) -> None:
        """Hang up."""
        self._telephone.http.close()


class InTerminal:
    """A program that talks through `gatehouse chat --json`."""

    proves_all = True

    def __init__(self, gatehouse: Installation, person: Person) -> None:
        home = {"GATEHOUSE_HOME": str(gatehouse.home), "GATEHOUSE_PORT": str(gatehouse.port)}
        self._person = person
        self._chat = subprocess.Popen(
            [GATEHOUSE, "chat", "--json", "--tenant", person.tenant],
            env={**os.environ, **home},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._messages: list[Mapping[str, Any]] = []
        name = {"username": person.username, "password": person.password}
        try:
            assert "challenge" in self._tell({"sign_in": name})
            assert "session" in self._tell({"code": person.code()})
        except AssertionError:
            self.close()
            raise

    def says(self, words: str) -> str:
        """Write it."""
        return self._heard(self._tell({"text": words}))

    def chooses(self, title: str) -> str:
        """Name its id."""
        offered = [one for message in self._messages for one in message.get("choices", [])]
        [chosen] = [one["id"] for one in offered if title in one["title"]]
        return self._heard(self._tell({"choice": chosen}))

    def gives_code(self) -> str:
        """Write it, where one is asked for."""
        if not any("challenge" in message for message in self._messages):
            return _words(self._messages)
        return self._heard(self._tell({"code": self._person.code()}))

    def close(self) -> None:
        """End the program."""
        assert self._chat.stdin is not None
        assert self._chat.stdout is not None
        self._chat.stdin.close()
        self._chat.wait(20)
        self._chat.stdout.close()

    def _tell(self, line: Mapping[str, Any]) -> dict[str, Any]:
        assert self._chat.stdin is not None
        assert self._chat.stdout is not None
        self._chat.stdin.write(f"{json.dumps(line)}\n")
        self._chat.stdin.flush()
        told: dict[str, Any] = json.loads(self._chat.stdout.readline())
        assert "problem" not in told, told
        return told

    def _heard(self, told: Mapping[str, Any]) -> str:
        self._messages = told["messages"]
        return _words(self._messages)


def _words(messages: list[Mapping[str, Any]]) -> str:
    return "\n".join(json.dumps(message, ensure_ascii=False) for message in messages)


def _is_turn(answer: Response) -> bool:
    return answer.request.method == "POST" and answer.url.endswith("/api/messages")
