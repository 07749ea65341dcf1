"""A bot without processes, for tests of one's own actions.

A persona of the demo signs in, an action asks, and the real guard decides with the real manifests
and policies; only the API is what the test says it is. What it answers is held against its own
document and trimmed to the manifest, as in the running system.

    async def test_a_customer_hears_their_balance(bot: Bot) -> None:
        bot.api_says("banking.list_accounts", {"accounts": []})
        alice = await bot.signed_in("alice")
        assert (await alice.runs("action_check_balance")).texts == ["You have no account here."]
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
import yaml

from actions.app import Webhook
from actions.registry import build_executor, protected_actions
from cli.people import PERSONAS
from security.errors import Refused
from security.operations.answers import trim
from security.operations.manifest import Operation
from tests.actions.calls import call_of
from tests.security.fakes import FakeApi
from tests.security.visitor import Visitor
from tests.security.world import PROJECT, World

EVERYBODY = sorted(person["username"] for person in yaml.safe_load(PERSONAS.read_text())["people"])
"""Every persona of the demo."""


@dataclass(frozen=True)
class Said:
    """What the bot said in one turn: sentences as the person reads them, cards, and why not."""

    texts: list[str]
    cards: list[Mapping[str, Any]]
    refused: str | None = None
    choices: list[str] = field(default_factory=list)
    slots: Mapping[str, Any] = field(default_factory=dict)
    payloads: Mapping[str, str] = field(default_factory=dict)
    """What each choice states, by its words."""


class _Answers(FakeApi):
    """An API that says what the test says, and nothing that its document does not allow."""

    def __init__(self) -> None:
        super().__init__()
        self.by_operation: dict[str, Any] = {}
        self.mistake: str | None = None
        """What the test itself has done wrong: an exception here would become a refusal."""

    async def call(
        self, operation: Operation, arguments: Mapping[str, Any], *given: Any, **more: Any
    ) -> Any:
        await super().call(operation, arguments, *given, **more)
        said = self.by_operation[operation.name]
        if isinstance(said, Exception):
            raise said
        if not operation.endpoint.answers_with(said):
            self.mistake = f"the document of {operation.api} does not allow this: {said}"
        return trim(said, operation.fields)


@cache
def _responses() -> Any:
    """The responses of the domain."""
    return yaml.safe_load((PROJECT / "domain.yml").read_text("utf-8"))["responses"]


class Bot:
    """The actions and the guard in this process."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._api = _Answers()
        world.api = self._api
        world.wire(world.core)
        self.responses = _responses()
        self.http = self._served()

    def behind(self, api: Any) -> None:
        """Ask this API from now on: a real one, in place of what a test lets it say."""
        self.world.api = api
        self.world.wire(self.world.core)
        self.http = self._served()

    def with_own(self) -> None:
        """Let security answer its own operations, as the process does, in place of the test."""
        self.world.owns = True
        self.behind(self.world.api)

    def _served(self) -> httpx.AsyncClient:
        asked = self.world.actions
        app = Webhook(build_executor(asked, protected_actions(asked)))
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://actions")

    def api_says(self, operation: str, answer: Any) -> None:
        """Let the API answer so from now on; an exception is raised instead."""
        self._api.by_operation[operation] = answer

    @property
    def mistake(self) -> str | None:
        """What the test has let the API say that its document does not allow."""
        return self._api.mistake

    @property
    def calls(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Which operations reached an API, with their arguments, oldest first."""
        return [(call.operation, call.arguments) for call in self._api.calls]

    async def visitor(self, tenant: str | None = None) -> Talk:
        """Return the conversation of somebody who has not signed in."""
        visitor = Visitor(self.world)
        await visitor.arrive(tenant)
        return Talk(self, visitor)

    async def signed_in(self, username: str) -> Talk:
        """Return the conversation of a persona with password and code: aal2, just now."""
        talk = await self.visitor()
        await talk.visitor.sign_in(username)
        return talk

    def pass_time(self, **amount: float) -> None:
        """Let time go by, as `timedelta` takes it: `minutes=15`."""
        self.world.clock.advance(**amount)


class Talk:
    """One conversation of one person, whose slots are kept from turn to turn."""

    def __init__(self, bot: Bot, visitor: Visitor) -> None:
        self.bot = bot
        self.visitor = visitor
        self.slots: dict[str, Any] = {}

    async def runs(self, action: str, text: str = "hello", **entities: str) -> Said:
        """Let the bot run an action in a turn of its own, as a rule would for these words."""
        turn = await self.visitor.say(text)
        try:
            return await self._run(action, turn.ticket, text, entities)
        finally:
            await self.visitor.hear(turn)

    async def presses(self, said: Said, words: str) -> Said:
        """Press the first choice whose words these are a part of."""
        title = next(title for title in said.payloads if words in title)
        intent, _, entities = said.payloads[title].removeprefix("/").partition("{")
        action = "action_cancel" if intent == "deny" else f"action_{intent}"
        return await self.runs(action, title, **json.loads(f"{{{entities}" if entities else "{}"))

    async def confirms(self, username: str, panel: Mapping[str, str] | None = None) -> Said:
        """Answer what waits for a proof with the next code, and hear what comes of it.

        `panel` is what is typed beside the code.
        """
        await self.visitor.prove(username, panel)
        turn = await self.visitor.come_back()
        try:
            return await self._run("action_resume", turn.ticket, "", {})
        finally:
            await self.visitor.hear(turn)

    async def _run(self, action: str, ticket: str, text: str, entities: Mapping[str, str]) -> Said:
        call = call_of(action, ticket)
        message = call["tracker"]["latest_message"]
        message["text"] = text
        message["entities"] = [{"entity": k, "value": v} for k, v in entities.items()]
        call["tracker"]["slots"] = self.slots
        reply = await self.bot.http.post("/webhook", json=call)
        if reply.status_code != 200:
            raise AssertionError(f"{action} failed: {reply.json()}")
        if self.bot.mistake is not None:
            raise AssertionError(self.bot.mistake)
        answer = reply.json()
        changed = {e["name"]: e["value"] for e in answer["events"] if e["event"] == "slot"}
        self.slots |= changed
        return self._said(answer["responses"])

    def _said(self, messages: list[dict[str, Any]]) -> Said:
        cards = [m["custom"]["card"] for m in messages if "card" in (m.get("custom") or {})]
        refused = next((m["refused"] for m in messages if m.get("refused")), None)
        buttons = [button for m in messages for button in m.get("buttons") or []]
        payloads = {button["title"]: button["payload"] for button in buttons}
        words, choices = [self._words(m) for m in messages], [b["title"] for b in buttons]
        return Said(words, cards, refused, choices, dict(self.slots), payloads)

    def _words(self, message: Mapping[str, Any]) -> str:
        """Return the first variation of a response of the domain, its names filled in."""
        variations = self.bot.responses.get(message.get("response"))
        if variations is None:
            raise AssertionError(f"the domain has no words for {message.get('response')}")
        return str(variations[0]["text"]).format(**message).strip()


def refused_by_api(code: str) -> Refused:
    """Return what an API's own refusal becomes, for `Bot.api_says`."""
    return Refused(code)
