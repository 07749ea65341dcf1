"""Which sessions something has happened to: names for the gateway to ask after, never what.

A gateway that holds streams of browsers waits here. It is told names that mean nothing to anybody
else, and reads each of those sessions anew, with its id: rights are checked then, so a lost or
doubled name does no harm. Sessions that nobody watches cost nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

WATCHED_SECONDS = 90.0
"""How long a session counts as watched after it was read."""

MOST_WATCHED = 20_000
_REMEMBERED = 4_096
_TOGETHER_SECONDS = 0.02
"""What happens within this time is told at once: a turn is several transactions."""


@dataclass(frozen=True)
class Touched:
    """What has happened since `at` of before; `names` None means that anything may have."""

    at: str
    names: frozenset[str] | None


class Feed:
    """Of one process; any thread may tell it something, one event loop waits."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._born = secrets.token_urlsafe(6)
        self._numbers = itertools.count(1)
        self._last = 0
        self._watched: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._recent: deque[tuple[int, str]] = deque(maxlen=_REMEMBERED)
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._closed = False

    def watch(self, session: str, name: str) -> None:
        """Tell of this session, under this name, for a while."""
        with self._lock:
            now = self._clock()
            self._watched[session] = (name, now)
            self._watched.move_to_end(session)
            while self._watched:
                _, seen = next(iter(self._watched.values()))
                if now - seen < WATCHED_SECONDS and len(self._watched) <= MOST_WATCHED:
                    return
                self._watched.popitem(last=False)

    def session_called(self, name: str) -> str | None:
        """Return the session that is watched under this name, if one is."""
        with self._lock:
            return next((each for each, (known, _) in self._watched.items() if known == name), None)

    def touched(self, sessions: Iterable[str]) -> None:
        """Tell that something was committed about these sessions; from any thread."""
        with self._lock:
            names = [self._watched[each][0] for each in sessions if each in self._watched]
            if not names:
                return
            for name in names:
                self._last = next(self._numbers)
                self._recent.append((self._last, name))
            self._wake()

    async def wait(self, after: str, seconds: float) -> Touched:
        """Return what was touched after `after`; an empty answer once `seconds` have gone by."""
        event = asyncio.Event()
        with self._lock:
            self._waiting[event] = asyncio.get_running_loop()
        try:
            answer = self._since(after)
            if answer.names or answer.names is None or self._closed:
                return answer
            async with asyncio.timeout(seconds):
                await event.wait()
                if not self._closed:
                    await asyncio.sleep(_TOGETHER_SECONDS)
        except TimeoutError:
            pass
        finally:
            with self._lock:
                del self._waiting[event]
        return self._since(after)

    def close(self) -> None:
        """Let nobody wait any longer: the process stops."""
        with self._lock:
            self._closed = True
            self._wake()

    def _wake(self) -> None:
        for event, loop in self._waiting.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    def _since(self, after: str) -> Touched:
        with self._lock:
            at = f"{self._born}.{self._last}"
            born, _, number = after.partition(".")
            if born != self._born or not number.isdecimal():
                return Touched(at, None)
            known = int(number)
            # What was dropped from memory is not known any more.
            if self._recent and self._recent[0][0] > known + 1:
                return Touched(at, None)
            return Touched(at, frozenset(name for n, name in self._recent if n > known))
