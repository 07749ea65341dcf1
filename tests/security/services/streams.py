"""A stream of events, as the gateway holds one."""

from __future__ import annotations

import json
from typing import Any

from security.model import BotMessage, Event, Reading
from security.positions import BEGINNING
from tests.security.visitor import Visitor


class Stream:
    """A stream as the gateway holds one: an id, and what the last reading gave."""

    def __init__(self, visitor: Visitor, position: str | None = BEGINNING) -> None:
        self.world = visitor.world
        self.cookie = visitor.cookie
        self.known: tuple[str | None, str | None, str | None] = (None, position, None)
        self.last: Reading | None = None

    async def read(self) -> list[Event]:
        """Read once, like the gateway: with the id that opened the stream."""
        reading = await self.world.gateway.read_events(self.cookie, *self.known)
        self.last, self.known = reading, (reading.name, reading.position, reading.mark)
        return reading.events

    async def hear(self, kind: str) -> list[dict[str, Any]]:
        """Read once; return the data of one kind of event."""
        return [json.loads(event.data) for event in await self.read() if event.event == kind]


async def exchange(visitor: Visitor, words: str, answer: str = "Well.", **more: str) -> None:
    """Say something and be answered, a moment later than what came before."""
    visitor.world.clock.advance(seconds=0.001)
    turn = (await visitor.open(text=words, **more)).turn
    assert turn is not None
    await visitor.hear(turn, BotMessage(text=answer))


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [message["text"] for message in messages]
