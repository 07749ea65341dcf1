"""A conversation at a terminal: words in, answers out, passwords and codes without an echo.

What is typed at a hidden prompt never becomes a message: it goes to the calls of the secure panel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from cli.chat.client import ChatClient, Held, Refusal
from cli.chat.drawing import challenge_of, draw, harmless

HELP = """\
Type a message, or the number of a choice.
  /sign-in   say who you are        /sign-out  end the session for good
  /help      these lines            /quit      leave; the session waits for your next start"""

_SENT = ("sms", "email")
# Passkeys are not among them: a terminal cannot show one.
_WAYS = {
    "totp": "authenticator app",
    "sms": "text message",
    "email": "email",
    "recovery": "recovery code",
}
_OVER = frozenset({"expired", "locked", "unknown_challenge"})


@dataclass
class Terminal:
    """How a person is asked: `ask` shows what is typed, `hidden` does not."""

    console: Console
    ask: Callable[[str], str]
    hidden: Callable[[str], str]


@dataclass
class Talk:
    """One conversation; `keep` is called with the session after each step."""

    client: ChatClient
    terminal: Terminal
    keep: Callable[[Held], None]
    tenant: str | None = None
    offered: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Talk until the person leaves."""
        self._say("Type a message, or /help.", "dim")
        while True:
            try:
                line = self.terminal.ask("You: ").strip()
            except EOFError:
                return
            if line == "/quit":
                return
            if line:
                self._safely(line)
                self.keep(self.client.held)

    def _safely(self, line: str) -> None:
        try:
            self._step(line)
        except Refusal as refused:
            self._say(refused.sentence, "yellow")
            if refused.code == "session_expired":
                self.client.begin(self.tenant)
                self._say("A new session has begun. You are not signed in.", "dim")

    def _step(self, line: str) -> None:
        if line == "/help":
            self._say(HELP)
        elif line == "/sign-in":
            self.sign_in()
        elif line == "/sign-out":
            self.client.sign_out()
            self.client.begin(self.tenant)
            self.offered = []
            self._say("You are signed out.")
        elif line.isdigit() and 0 < int(line) <= len(self.offered):
            self.hear(self.client.choose(self.offered[int(line) - 1]))
        else:
            self.hear(self.client.say(line))

    def hear(self, messages: list[dict[str, Any]]) -> None:
        """Draw what the bot says, then ask for what it needs."""
        self.offered = draw(self.terminal.console, messages)
        for message in messages:
            if message.get("card", {}).get("kind") == "document":
                self._save(message["card"])
        for message in messages:
            if message.get("challenge"):
                return self.prove(message["challenge"])
            if message.get("sign_in"):
                return self.sign_in()
        return None

    def sign_in(self) -> None:
        """Ask for organisation, name and password, then for a code."""
        tenant = self.tenant or self._organisation()
        username = self.terminal.ask("User name (empty: not now): ").strip()
        if not username:
            return
        password = self.terminal.hidden("Password: ")
        answer = self.client.password(tenant, username, password)
        if "challenge" in answer:
            self.prove(answer["challenge"])
        else:
            self._say(
                f"You are signed in. Please set up a second factor: {self.client.url}/security"
            )

    def prove(self, challenge: Mapping[str, Any]) -> None:
        """Ask for a code until it is right, or the person has had enough."""
        self.terminal.console.print(challenge_of(challenge))
        known = [way for way in challenge["methods"] if way in _WAYS]
        if not known:
            where = f"please open {self.client.url} in a browser"
            return self._say(f"This needs your passkey: {where}.", "yellow")
        if challenge["method"] not in _WAYS:
            challenge = self.client.send(challenge["id"], known[0])
        while True:
            method = challenge["method"]
            ways = [way for way in known if way != method]
            self._say(self._where(challenge), "dim")
            more = f", {' or '.join(ways)} for another way" if ways else ""
            again = ", again for a new one" if method in _SENT else ""
            code = self.terminal.hidden(f"Code (empty: not now{again}{more}): ").strip()
            if not code:
                self.client.cancel(challenge["id"])
                return self._say("All right. Nothing has been done.")
            asked = {"again": method, **{way: way for way in ways}}.get(code.lower())
            try:
                if asked is not None:
                    challenge = self.client.send(challenge["id"], asked)
                    continue
                panel = self._filled_in(challenge.get("panel", []))
                passed = self.client.answer(challenge["id"], code, panel)
            except Refusal as refused:
                if refused.code in _OVER:
                    raise
                self._say(refused.sentence, "yellow")
                continue
            user = passed["session"].get("user", {})
            self._say(f"You are signed in as {user.get('name', '')}.", "dim")
            return self.hear(passed["messages"])

    def _filled_in(self, fields: list[Mapping[str, Any]]) -> dict[str, str]:
        """Ask for what goes with the code, twice each, and never show it."""
        filled: dict[str, str] = {}
        for one in fields:
            label = harmless(one["label"])
            while True:
                typed = self.terminal.hidden(f"{label}: ").strip()
                if typed == self.terminal.hidden(f"{label}, once more: ").strip():
                    break
                self._say("These two are not the same. Please type both again.", "yellow")
            filled[one["name"]] = typed
        return filled

    def _organisation(self) -> str:
        listed = self.client.tenants()
        for number, tenant in enumerate(listed, 1):
            self._say(f"  {number}) {tenant['name']}", "cyan")
        while True:
            typed = self.terminal.ask("Organisation: ").strip()
            for number, tenant in enumerate(listed, 1):
                if typed in (str(number), tenant["id"], tenant["name"]):
                    return tenant["id"]
            self._say("Please type one of the numbers.", "yellow")

    @staticmethod
    def _where(challenge: Mapping[str, Any]) -> str:
        method = challenge["method"]
        hint = challenge.get("destination_hint")
        place = f"{_WAYS.get(method, method)} {hint}" if hint else _WAYS.get(method, method)
        return f"A code of your {place}; {challenge['attempts_left']} tries left."

    def _save(self, card: Mapping[str, Any]) -> None:
        name = self.terminal.ask("Save the document as (empty: not): ").strip()
        if not name:
            return
        _, content = self.client.document(str(card.get("href", "")))
        try:
            with Path(name).open("xb") as file:
                file.write(content)
        except OSError as error:
            self._say(f"{name} could not be written ({error.strerror}).", "yellow")
        else:
            self._say(f"Saved as {name}.")

    def _say(self, words: str, style: str = "") -> None:
        self.terminal.console.print(Text(words, style))
