"""One turn: open it in security, ask rasa, close it, so that its ticket dies in every case.

A turn runs in a task of its own. A browser that goes away, or a request that is cancelled,
leaves it running to its end; a gateway that stops closes what is still open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import structlog

from gateway.ports import Rasa, RasaFailed, Security
from security.errors import KINDS, Refused
from security.model import BotMessage, Message, OpenTurn, SessionGrant, Texted

_STOP_SECONDS = 2
# Another turn of the same browser may change the session's id meanwhile, and the old one is
# good for 10 s more: asking with it later would look like a theft. The next turn will ask.
ROTATE_WITHIN_SECONDS = 8
# The conversation goes on when a service behind it fails: the person is told in the chat,
# with the code of a service that gave no answer, or no usable one. No check has failed, so
# it is not `security_unavailable`.
_NO_ANSWER = "api_unavailable"
_WRONG_ANSWER = "api_invalid"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Holder:
    """What the person's browser presents."""

    session_id: str
    csrf_token: str


@dataclass(frozen=True)
class Utterance:
    """What a turn brings: exactly one of `text`, `choice` and `resume`."""

    text: str | None = None
    choice: str | None = None
    resume: bool | None = None
    client_id: str | None = None


@dataclass(frozen=True)
class TurnResult:
    """What a turn gave. `grant` holds even where the turn has `failed`: the id has changed.

    `due` says that the session's id is to be changed now, also where the turn has failed.
    `name` is what the page may know the turn by.
    """

    messages: list[Message] = field(default_factory=list)
    grant: SessionGrant | None = None
    failed: Refused | None = None
    due: bool = False
    name: str | None = None


@dataclass
class Spoken:
    """A turn by SMS: whether its webhook has gone by without it, and whether it is being closed."""

    turn: OpenTurn
    late: bool = False
    closing: bool = False


class Turns:
    """Runs turns, and knows those that are still running. `clock` counts seconds."""

    def __init__(
        self, security: Security, rasa: Rasa, clock: Callable[[], float] = monotonic
    ) -> None:
        self._security = security
        self._rasa = rasa
        self._clock = clock
        self._running: set[asyncio.Task[Any]] = set()

    async def run(self, holder: Holder, said: Utterance) -> TurnResult:
        """Run one turn to its end, whatever becomes of the caller. Raises `Refused` unopened."""
        return await asyncio.shield(self._begun(self._run(holder, said)))

    def speak(self, spoken: Spoken) -> asyncio.Task[Texted]:
        """Run a turn by SMS to its end, whatever becomes of the caller."""
        return self._begun(self._speak(spoken))

    async def stop(self) -> None:
        """Interrupt the turns that are running; each still closes in security."""
        running = list(self._running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=_STOP_SECONDS)

    def _begun[A](self, turn: Coroutine[Any, Any, A]) -> asyncio.Task[A]:
        task = asyncio.create_task(turn)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _run(self, holder: Holder, said: Utterance) -> TurnResult:
        began = self._clock()
        opened = await self._security.open_turn(
            holder.session_id,
            holder.csrf_token,
            text=said.text,
            choice=said.choice,
            resume=said.resume,
            client_id=said.client_id,
        )
        messages, failed = opened.answered or [], None
        if opened.turn is not None:
            try:
                messages = await self._finish(opened.turn)
            except Refused as refused:
                failed = refused
        elif opened.answered is None:
            failed = Refused("security_unavailable")
        due = opened.rotate is True and self._clock() - began < ROTATE_WITHIN_SECONDS
        return TurnResult(messages, opened.grant, failed, due, opened.name)

    async def _finish(self, turn: OpenTurn) -> list[Message]:
        def close(said: list[BotMessage]) -> Awaitable[list[Message]]:
            return self._security.close_turn(turn.turn_id, said)

        return await self._ended(turn, close)

    async def _speak(self, spoken: Spoken) -> Texted:
        def close(said: list[BotMessage]) -> Awaitable[Texted]:
            spoken.closing = True
            task = asyncio.current_task()
            # Interrupted, its webhook gets no answer any more: it is sent by itself as well.
            late = spoken.late or (task is not None and task.cancelling() > 0)
            return self._security.answer_text(spoken.turn.turn_id, said, late=late)

        return await self._ended(spoken.turn, close)

    async def _ended[A](
        self, turn: OpenTurn, close: Callable[[list[BotMessage]], Awaitable[A]]
    ) -> A:
        """Let rasa answer, and close the turn with that, or with an apology where it cannot be."""
        try:
            said = await self._said(turn)
        except asyncio.CancelledError:
            await close([_apology(_NO_ANSWER)])
            raise
        try:
            return await close(said)
        except Refused as refused:
            if refused.code in ("security_unavailable", "turn_over"):
                raise
            _log.error("turn_not_kept", code=refused.code)
            return await close([_apology(_WRONG_ANSWER)])

    async def _said(self, turn: OpenTurn) -> list[BotMessage]:
        try:
            return await self._rasa.turn(turn)
        except RasaFailed as failure:
            return [_apology(_WRONG_ANSWER if failure.invalid else _NO_ANSWER)]
        except Exception as error:
            _log.error("turn_failed", error=type(error).__name__)
            return [_apology(_NO_ANSWER)]


def _apology(code: str) -> BotMessage:
    return BotMessage(text=KINDS[code].sentence, refused=code)
