"""What security says to webhooks, in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from security.model import BotMessage, OpenTurn, Texted, Utterance

TEXT_TURN = OpenTurn(
    turn_id="turn-1",
    conversation_id="conversation-1",
    ticket="ticket-1",
    conversation_key="k" * 43,
    utterance=Utterance(text="hello"),
)


class FakeTexts:
    """Keeps what it was handed; a turn begins with each text unless it is told otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[tuple[bytes, str]] = []
        self.statuses: list[tuple[bytes, str]] = []
        self.answered_texts: list[bool] = []
        self.received = Texted(turn=TEXT_TURN)
        self.refuses_texts: Exception | None = None
        self.writing: asyncio.Event | None = None
        self.refuses_answers: list[Exception] = []
        self.said: list[str | None] = []

    async def receive_text(self, body: bytes, signature: str) -> Texted:
        self._refuse_text()
        self.texts.append((body, signature))
        return self.received

    async def answer_text(
        self, turn_id: str, messages: Sequence[BotMessage], *, late: bool = False
    ) -> Texted:
        self.answered_texts.append(late)
        self.said.append(messages[0].refused)
        if self.writing is not None:
            await self.writing.wait()
        if self.refuses_answers:
            raise self.refuses_answers.pop(0)
        return Texted(text=None if late else messages[0].text)

    async def note_text_status(self, body: bytes, signature: str) -> None:
        self._refuse_text()
        self.statuses.append((body, signature))

    def _refuse_text(self) -> None:
        if self.refuses_texts is not None:
            raise self.refuses_texts
