"""What the gateway needs of security for a device of a person's."""

from __future__ import annotations

from typing import Protocol

from security.model import AnswerPush, AskWaiting, PushSettled, WaitingPush


class PushSecurity(Protocol):
    """The calls of `security.push_client.PushClient`; each may raise `Refused`."""

    async def waiting_pushes(self, asked: AskWaiting) -> list[WaitingPush]:
        """List what waits for a device."""
        ...

    async def answer_push(self, asked: AnswerPush) -> PushSettled:
        """Take a device's answer."""
        ...
