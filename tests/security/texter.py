"""A telephone, and the carrier between it and us: webhooks signed as Twilio describes it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import urlencode

from security.adapters.posts.forms import TwilioForm
from security.adapters.posts.twilio_webhooks import TwilioWebhooks
from security.model import BotMessage, OpenTurn, Texted
from tests.security.letters import PHONE
from tests.security.world import World

ACCOUNT, TOKEN = "AC" + "1b" * 16, "a-token-of-these-tests"
CALLED = {
    "northwind-bank": "+12025550191",
    "harbor-clinic": "+12025550192",
    "globex": "+12025550193",
    "acme-shop": "+12025550194",
}


def carry(world: World) -> None:
    """Give a world a carrier."""
    form = TwilioForm(ACCOUNT, TOKEN, CALLED, None, None)
    world.provider = TwilioWebhooks(form, world.core.settings.public_url)
    world.wire(world.core)


def signature(url: str, sent: dict[str, str], token: str = TOKEN) -> str:
    """Sign a form: the address, then each name and value in order, HMAC-SHA1 (Twilio's text)."""
    text = url + "".join(name + sent[name] for name in sorted(sent))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()


class Texter:
    """One telephone that texts one tenant."""

    def __init__(self, world: World, number: str = PHONE, tenant: str = "northwind-bank") -> None:
        self.world = world
        self.number = number
        self.called = CALLED[tenant]
        self.count = 0

    def form(self, text: str, **changed: str) -> dict[str, str]:
        """Return what Twilio sends for a message, each with an id of its own."""
        self.count += 1
        line = hashlib.sha256(f"{self.number} {self.called}".encode()).hexdigest()
        return {
            "MessageSid": f"SM{line[:24]}{self.count:08x}",
            "AccountSid": ACCOUNT,
            "From": self.number,
            "To": self.called,
            "Body": text,
            "NumMedia": "0",
            **changed,
        }

    async def post(self, sent: dict[str, str], signed: str | None = None) -> Texted:
        """Hand a webhook in."""
        url = f"{self.world.core.settings.public_url}/sms/inbound"
        proof = signature(url, sent) if signed is None else signed
        return await self.world.gateway.receive_text(urlencode(sent).encode(), proof)

    async def text(self, text: str, **changed: str) -> Texted:
        """Send a text."""
        return await self.post(self.form(text, **changed))

    async def turn(self, text: str) -> OpenTurn:
        """Send a text that rasa is to answer."""
        received = await self.text(text)
        assert received.turn is not None, received
        return received.turn

    async def says(self, text: str) -> str | None:
        """Send a text that is answered without rasa, or not at all."""
        received = await self.text(text)
        assert received.turn is None
        return received.text

    async def hear(self, turn: OpenTurn, *said: BotMessage, late: bool = False) -> str | None:
        """Close a turn with what the bot says; return the text."""
        answer = await self.world.gateway.answer_text(turn.turn_id, said, late=late)
        return answer.text

    async def invokes(self, turn: OpenTurn, operation: str, **arguments: Any) -> Any:
        """Let an action ask for an operation with this turn's ticket."""
        return await self.world.actions.invoke(turn.ticket, operation, arguments, "action_x")
