"""The worker that sends what is queued, beside the listeners: no turn ever waits for it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import orjson
import structlog
from sqlalchemy.orm import Session

from security.adapters.posts.post import CannotSend, Post
from security.core import Core
from security.services import letterbox, push_devices
from security.services.letterbox import Claimed

AT_ONCE = 4
"""Letters on their way at the same time, of each channel: a slow one never holds up the other."""

LIMIT_SECONDS = 10.0
PAUSES = (2.0, 8.0)
"""Seconds before the second and the third try, where a service may be tried again; it may ask
for more."""

TICK_SECONDS = 10.0
_LAST_SECONDS = 1.0
_GONE = (404, 410)
"""What a push service answers for an address that nobody is behind any more (RFC 8030)."""
_log = structlog.get_logger(__name__)
_ALL = "one queue carries everybody's letters"


class Postman:
    """Sends the letters of the channels in `posts`; in demo mode the outbox keeps the others."""

    def __init__(
        self,
        core: Core,
        posts: Mapping[str, Post],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._core = core
        self._posts = posts
        self._sleep = sleep
        self._busy: dict[asyncio.Task[None], Claimed] = {}
        demo = core.settings.mode == "demo"
        self._outbox = sorted(core.channels - set(posts)) if demo else []

    async def run(self) -> None:
        """Send until cancelled; then those on their way get a second to arrive.

        Whatever goes wrong is logged, and the next round begins at the next tick.
        """
        await self._core.bell.wait(0)  # From here on it is heard.
        try:
            await self._in_peace(self._begin)
            while True:
                await self._in_peace(self._take)
                await self._core.bell.wait(TICK_SECONDS)
        finally:
            await self._end()

    async def round(self) -> None:
        """Take all that is queued, and return when each letter has been seen through."""
        while await self._take() or self._busy:
            if self._busy:
                await asyncio.wait(self._busy)

    async def _in_peace(self, step: Callable[[], Awaitable[object]]) -> None:
        try:
            await step()
        except Exception as error:
            _log.error("postman_failed", kind=type(error).__name__)

    async def _begin(self) -> None:
        await self._core.database.run(
            lambda store: letterbox.leave_outbox(store, list(self._posts)), across=_ALL
        )

    async def _take(self) -> int:
        """Claim what there is room for and start sending it. Returns how many letters moved."""
        now = self._core.clock()
        sending: Counter[str] = Counter(claimed.letter.channel for claimed in self._busy.values())
        room = {channel: AT_ONCE - sending[channel] for channel in self._posts}
        mine = [claimed.id for claimed in self._busy.values()]

        def work(store: Session) -> tuple[int, list[Claimed]]:
            letterbox.sweep(self._core, store, mine, now)
            kept = 0
            if self._outbox:
                kept = letterbox.keep_in_outbox(self._core, store, self._outbox, now)
            return kept, letterbox.claim(self._core, store, room, now)

        kept, taken = await self._core.database.run(work, across=_ALL)
        for claimed in taken:
            task = asyncio.create_task(self._see_through(claimed))
            self._busy[task] = claimed
            task.add_done_callback(self._done)
        return kept + len(taken)

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._busy[task]
        self._core.bell.ring()  # There is room for another one.
        if not task.cancelled() and (error := task.exception()) is not None:
            # The letter stays `sending` and has failed in a minute: it may have left.
            _log.error("postman_failed", kind=type(error).__name__)

    async def _see_through(self, claimed: Claimed) -> None:
        failure, tries, known_as = await self._send(claimed)

        def work(store: Session) -> None:
            letter, sent = claimed.letter, failure is None
            letterbox.settle(
                self._core, store, claimed.id, sent, tries, known_as, letter.by_service
            )
            if failure is not None and failure.status in _GONE and letter.channel == "push":
                device = orjson.loads(letter.to)["device"]
                push_devices.forget_address(self._core, store, device, self._core.clock())

        await self._core.database.run(work, across=_ALL)

    async def _send(self, claimed: Claimed) -> tuple[CannotSend | None, int, str | None]:
        """Return why the letter was not taken, after how many tries, and the service's id of it."""
        tries = 0
        for pause in (*PAUSES, None):
            tries += 1
            failure, known_as = await self._try(claimed)
            if failure is None:
                break
            letter = claimed.letter
            _log.warning(
                "message_not_sent", channel=letter.channel, kind=letter.kind, why=failure.why
            )
            if not failure.retry or pause is None:
                break
            wait = max(pause, failure.after)
            if self._too_late(claimed, wait):
                break
            await self._sleep(wait)
            if not await self._is_wanted(claimed):
                break
        return failure, tries, known_as

    async def _try(self, claimed: Claimed) -> tuple[CannotSend | None, str | None]:
        """Hand the letter over. Returns why it was not taken, or the service's id of it."""
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                known_as = await self._hand_over(claimed)
        except CannotSend as failure:
            return failure, None
        except Exception as error:  # A time-out as well: it may have left, so never again.
            return CannotSend(type(error).__name__, retry=False), None
        return None, known_as

    async def _hand_over(self, claimed: Claimed) -> str | None:
        letter = claimed.letter
        if not letter.by_service:
            post = self._posts[letter.channel]
            return await post.send(claimed.tenant, letter.to, letter.subject, letter.text)
        if self._core.verifier is None:  # It was there when the letter was queued.
            raise CannotSend("no_verifier", retry=False)
        return await self._core.verifier.start(letter.to, letter.subject, claimed.earlier)

    async def _is_wanted(self, claimed: Claimed) -> bool:
        """Tell whether a letter may still leave after a pause."""
        if self._core.clock() >= claimed.not_after:
            return False

        def work(store: Session) -> bool:
            now = self._core.clock()
            return letterbox.is_wanted(self._core, store, claimed.id, claimed.letter, now)

        return await self._core.database.run(work, across=_ALL)

    def _too_late(self, claimed: Claimed, pause: float) -> bool:
        return self._core.clock() + timedelta(seconds=pause) >= claimed.not_after

    async def _end(self) -> None:
        if self._busy:
            await asyncio.wait(self._busy, timeout=_LAST_SECONDS)
        late = list(self._busy)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for post in self._posts.values():
            await post.close()
        if self._core.verifier is not None:
            await self._core.verifier.close()
