"""What the gateway may ask for a device of a person's, which has no session."""

from __future__ import annotations

from pydantic import TypeAdapter

from security.calling import Caller
from security.push_json import AnswerPush, AskWaiting, PushSettled, WaitingPush

_WAITING = TypeAdapter(list[WaitingPush])
_SETTLED = TypeAdapter(PushSettled)


class PushClient(Caller):
    """The part of `security.client.GatewayClient` behind the page `/push`."""

    async def waiting_pushes(self, asked: AskWaiting) -> list[WaitingPush]:
        """List what waits for a device. Refuses `device_refused`."""
        return await self.ask("/pushes/waiting", _WAITING, asked.model_dump())

    async def answer_push(self, asked: AnswerPush) -> PushSettled:
        """Answer. Refuses `device_refused`, `unknown_push`, `wrong_number`, `expired`."""
        return await self.ask("/pushes/answer", _SETTLED, asked.model_dump(exclude_none=True))
