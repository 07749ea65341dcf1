"""`GET /api/events`: what happens in this session, as server-sent events.

A stream says again what security says at that moment about the id that opened it, and ends when
that id is worth nothing any more. It takes the cookie alone, like every reading call, and extends
nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.calls import Asked, Call, Parts, Reply
from gateway.streams import Place, Streams
from security.errors import Refused
from security.model import Event, Reading

STREAM_SECONDS = 1_800.0
"""How long one stream lasts at most; a browser then asks for the next one."""

KEEP_ALIVE_SECONDS = 15.0
_COMMENT = b":\n\n"
_RETRY = b"retry: 3000\n\n"
_ENDS_OF_LINES = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}
"""To a stream's readers these may end a line; in JSON they stand as they are, or like this."""

_HEADERS = (
    (b"content-type", b"text/event-stream"),
    (b"connection", b"close"),
    (b"x-accel-buffering", b"no"),
)

_log = structlog.get_logger(__name__)


async def follow_events(parts: Parts, asked: Asked) -> Reply:
    """Follow what happens in this session."""
    place = parts.streams.enter(asked.address)
    try:
        first = await parts.streams.read(asked.session_id, position=asked.last_event_id)
        parts.streams.name(place, first.name)
    except BaseException:
        parts.streams.leave(place)
        raise
    return Reply(EventStream(parts.streams, place, asked.session_id, first))


class EventStream(Response):
    """One open stream. Only its position and its mark are kept between two readings."""

    def __init__(self, streams: Streams, place: Place, session_id: str, first: Reading) -> None:
        super().__init__()
        self._streams = streams
        self._place = place
        self._session_id = session_id
        self._first: Reading | None = first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is new until the browser goes, the id is over, or the gateway stops."""
        gone = asyncio.create_task(_disconnected(receive))
        gone.add_done_callback(lambda _: self._place.wake.set())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await _send(send, _RETRY)
            await self._run(send, gone)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            self._streams.leave(self._place)

    async def _run(self, send: Send, gone: asyncio.Task[None]) -> None:
        ends, reading, self._first = monotonic() + STREAM_SECONDS, self._first, None
        while reading is not None:
            await _send(send, written(reading.events) or _COMMENT)
            if reading.over is not None:
                return
            known = (reading.name, reading.position, reading.mark)
            await self._rest(0.0 if reading.more else reading.again_in)
            if gone.done() or self._place.closing or monotonic() >= ends:
                return
            reading = await self._read(*known)

    async def _rest(self, seconds: float) -> None:
        """Wait until there may be something new."""
        try:
            async with asyncio.timeout(min(seconds, KEEP_ALIVE_SECONDS)):
                await self._place.wake.wait()
        except TimeoutError:
            return
        finally:
            self._place.wake.clear()

    async def _read(self, name: str, position: str, mark: str) -> Reading | None:
        """Ask what is new; None where nobody can say, and then nothing more is told."""
        try:
            return await self._streams.read(self._session_id, name, position, mark)
        except Refused as refused:
            _log.warning("stream_ended", code=refused.code)
        except Exception as error:
            _log.error("stream_ended", error=type(error).__name__)
        return None


def written(events: Sequence[Event]) -> bytes:
    """Return events in the form of the HTML standard (section 9.2). JSON has no line of its own."""
    return b"".join(_lines(event) for event in events)


def _lines(event: Event) -> bytes:
    known = f"id: {event.id}\n" if event.id is not None else ""
    told = event.data.translate(_ENDS_OF_LINES)
    data = "".join(f"data: {line}\n" for line in told.splitlines())
    return f"event: {event.event}\n{known}{data}\n".encode()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


def event_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    return (
        Call(
            "GET",
            "/api/events",
            "What happens in this session, as server-sent events",
            follow_events,
            None,
            guard="session",
            streams=True,
            may_refuse=frozenset({"too_many_streams"}),
        ),
    )
