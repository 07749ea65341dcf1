"""The stream of a session's events, as the gateway sends it; a test tells it things."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

TURN = "0123456789abcdef" * 2
_LOOK_SECONDS = 0.02


class FakeFeed:
    """Everything that was told so far; a message's id is its place in it."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.opened: list[str | None] = []
        """The `Last-Event-ID` of each stream so far."""
        self.open = 0
        self.refusals: deque[Exception] = deque()
        """What the next streams are refused with."""
        self.cut = 0
        """How many times streams were cut so far."""

    def tell(self, kind: str, **data: Any) -> dict[str, Any]:
        """Tell every stream, also those that come later."""
        if kind == "message":
            data["id"] = f"{len(self.told) + 1}.{data['turn']}.0"
        self.told.append((kind, data))
        return data

    def hang_up(self) -> None:
        """Cut every stream that is open."""
        self.cut += 1

    async def stream(self, after: str | None) -> AsyncIterator[bytes]:
        """Send what comes after a position: "0" is the beginning, None is the end."""
        at = len(self.told) if after is None else int(after.split(".")[0])
        cut, before = self.cut, len(self.told)
        self.open += 1
        try:
            yield b"retry: 3000\n\n"
            while cut == self.cut:
                while at < len(self.told):
                    kind, data = self.told[at]
                    at += 1
                    if kind == "reset" and at <= before:
                        continue  # It was for those that looked on at that time.
                    known = f"id: {data['id']}\n" if "id" in data else ""
                    yield f"event: {kind}\n{known}data: {json.dumps(data)}\n\n".encode()
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            self.open -= 1
