"""Plays a written conversation over the public API, and tells all of it where it goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.expectations import Messages, Mismatch, check, fits
from tests.e2e.people import Person
from tests.e2e.script import CHECKS, Step
from tests.e2e.variants import Variants, read_variants
from tests.e2e.visitor import Visitor

_SHOWN = 600
"""How much of a card a failing conversation prints, in characters."""


@dataclass
class Stage:
    """One installation, its people, and the sessions that conversations share.

    A sign-in costs a code, and a code counts once; so who `persona` names stays signed in, and
    leaves whatever the conversation before has left open.
    """

    url: str
    authority: Path
    persons: Mapping[str, Person]
    variants: Variants = field(default_factory=read_variants)
    _shared: dict[str, Visitor] = field(default_factory=dict)

    def open_page(self, tenant: str | None = None) -> Visitor:
        """Return somebody who has just opened the page."""
        visitor = Visitor(self.url, self.authority)
        arrived = visitor.arrive(tenant)
        assert arrived.status_code == 201, arrived.text
        return visitor

    def persona(self, username: str) -> Visitor:
        """Return the persona's session, with nothing left open in it."""
        shared = self._shared.get(username)
        if shared is not None and _is_in(shared):
            shared.say("cancel")
            return shared
        if shared is not None:
            shared.http.close()
        visitor = self.open_page()
        self.sign_in(visitor, username)
        self._shared[username] = visitor
        return visitor

    def sign_in(self, visitor: Visitor, username: str) -> Messages:
        """Give password and code; return what is said then."""
        person = self.persons[username]
        challenge = visitor.password(person)
        return self.confirm(visitor, person, challenge)

    @staticmethod
    def confirm(
        visitor: Visitor,
        person: Person,
        challenge: Mapping[str, Any],
        panel: Mapping[str, str] | None = None,
    ) -> Messages:
        """Answer a challenge: by the authenticator, or by SMS where that would mean waiting.

        `panel` is what is typed beside the code.
        """
        if person.waits() and "sms" in challenge["methods"]:
            code = visitor.text_me(dict(challenge), person.phone)
        else:
            code = person.code()
        passed = visitor.answer(dict(challenge), code, dict(panel or {}))
        assert passed.status_code == 200, passed.text
        messages: Messages = passed.json()["messages"]
        return messages

    def close(self) -> None:
        """Close every browser."""
        for visitor in self._shared.values():
            visitor.http.close()


class Play:
    """One conversation: who speaks, what was heard last, and all that was said."""

    def __init__(self, stage: Stage) -> None:
        self.told: list[str] = []
        self._stage = stage
        self._at: dict[str, Visitor] = {}
        self._own: list[Visitor] = []
        self._who = ""
        self._heard: Messages = []
        self._challenges: dict[str, Mapping[str, Any]] = {}
        self._acts: Mapping[str, Callable[[Any], Messages | None]] = {
            "visitor": self._opens,
            "persona": self._comes,
            "says": self._says,
            "chooses": self._chooses,
            "signs_in": self._signs_in,
            "signs_out": self._signs_out,
            "confirms": self._confirms,
            "tries": self._tries,
            "refuses": self._refuses,
            "types_code": self._types_code,
        }

    def run(self, steps: list[Step]) -> None:
        """Do and check every step. Raises `Mismatch` with the whole conversation."""
        for number, step in enumerate(steps, start=1):
            try:
                if step.verb in CHECKS:
                    check(step.verb, step.given, self._heard)
                    if step.verb == "hears":
                        self._stage.variants.check(step.given, self._heard)
                else:
                    self._told(step)
                    self._hear(self._acts[step.verb](step.given) or [])
            except AssertionError as error:
                wrong = f"  ✗ step {number}: {step}\n      {error}"
                raise Mismatch("\n".join([*self.told, wrong])) from None

    def take(self, who: str, visitor: Visitor) -> None:
        """Let somebody speak, from this browser."""
        self._who, self._at[who] = who, visitor

    def close(self) -> None:
        """Close the browsers that belong to this conversation alone."""
        for visitor in self._own:
            visitor.http.close()

    @property
    def _visitor(self) -> Visitor:
        return self._at[self._who]

    def _told(self, step: Step) -> None:
        if step.verb == "says":
            self.told.append(f"  {self._who}: {step.given}")
        elif step.verb != "persona":
            self.told.append(f"  ({self._who or 'somebody'} · {step})")

    def _hear(self, messages: Messages) -> None:
        self._heard = messages
        for message in messages:
            self.told += _written(message)
            if "challenge" in message:
                self._challenges[self._who] = message["challenge"]

    # What people do: each returns the bot's messages.

    def _opens(self, tenant: str | None) -> None:
        self.take("visitor", self._stage.open_page(tenant))
        self._own.append(self._visitor)

    def _comes(self, username: str) -> None:
        self.take(username, self._at.get(username) or self._stage.persona(username))

    def _says(self, words: Any) -> Messages:
        return self._visitor.say(str(words))

    def _chooses(self, title: str) -> Messages:
        offered = [choice for one in self._heard for choice in one.get("choices", [])]
        found = [choice for choice in offered if fits(title, choice["title"])]
        titles = [choice["title"] for choice in offered]
        assert len(found) == 1, f"one choice is meant, of {titles}"
        answer = self._visitor.post("/api/messages", choice=found[0]["id"])
        assert answer.status_code == 200, answer.text
        messages: Messages = answer.json()["messages"]
        return messages

    def _signs_in(self, username: str) -> Messages:
        self.take(username, self._at.pop(self._who))
        return self._stage.sign_in(self._visitor, username)

    def _signs_out(self, _given: None) -> None:
        assert self._visitor.sign_out().status_code == 204

    def _confirms(self, panel: Mapping[str, str] | None) -> Messages:
        person = self._stage.persons[self._who]
        return self._stage.confirm(self._visitor, person, self._challenge(), panel)

    def _tries(self, panel: Mapping[str, str]) -> Messages:
        assert self._who in self._challenges, "nothing asks for a code"
        challenge, person = self._challenges[self._who], self._stage.persons[self._who]
        # What is refused is refused before the code is looked at: a right one would be kept.
        refused = self._visitor.answer(dict(challenge), person.wrong_code(), dict(panel))
        assert refused.status_code == 422, refused.text
        problem = refused.json()
        return [{"text": problem["title"], "refused": problem["code"]}]

    def _refuses(self, _given: None) -> None:
        path = f"/api/challenges/{self._challenge()['id']}"
        assert self._visitor.delete(path).status_code == 204

    def _types_code(self, which: str) -> Messages:
        person = self._stage.persons[self._who]
        assert which == "wrong", "type a wrong one: a right one would be used up"
        return self._visitor.say(person.wrong_code())

    def _challenge(self) -> Mapping[str, Any]:
        assert self._who in self._challenges, "nothing asks for a code"
        return self._challenges.pop(self._who)


def _is_in(visitor: Visitor) -> bool:
    looked = visitor.http.get("/api/session")
    return looked.status_code == 200 and bool(looked.json()["authenticated"])


def _written(message: Mapping[str, Any]) -> list[str]:
    lines = [f"    bot: {message['text']}"] if "text" in message else []
    lines += [f"         [{choice['title']}]" for choice in message.get("choices", [])]
    if "card" in message:
        lines.append(f"         card: {json.dumps(message['card'], ensure_ascii=False)[:_SHOWN]}")
    if "challenge" in message:
        lines.append(f"         a code is asked for: {message['challenge'].get('binding')}")
    if "refused" in message:
        lines.append(f"         refused: {message['refused']}")
    if message.get("sign_in"):
        lines.append("         please sign in")
    return lines
