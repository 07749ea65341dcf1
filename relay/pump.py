"""Two connections joined: what arrives at one leaves by the other, in order, with back pressure."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import cast

QUIET_SECONDS = 1.0
"""How long nothing has to pass before a connection that is old may be closed."""
_LAST_SECONDS = 30.0
"""How long one side may take for what the other had sent before it ended."""


class Side(asyncio.Protocol):
    """One of the two connections; what arrives before the other is there waits."""

    def __init__(self) -> None:
        self.last = time.monotonic()
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.error: Exception | None = None
        self._early: list[bytes] = []
        self._other: Side | None = None
        self._transport: asyncio.Transport | None = None

    @property
    def transport(self) -> asyncio.Transport:
        """The connection itself. Raises `ConnectionError` where it is not there any more."""
        if self._transport is None or self.gone.done():
            raise ConnectionResetError("the connection has gone")
        return self._transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take nothing in until the other side is there."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.pause_reading()

    def join(self, other: Side) -> None:
        """Let what arrives here leave by `other`."""
        self._other = other
        for data in self._early:
            other.transport.write(data)
        self._early.clear()
        self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        self.last = time.monotonic()
        if self._other is None:
            self._early.append(data)
        elif not self._other.gone.done():
            self._other.transport.write(data)

    def pause_writing(self) -> None:
        """The far end is slow: take nothing more in at the near one."""
        self._of_other(reading=False)

    def resume_writing(self) -> None:
        """It has caught up."""
        self._of_other(reading=True)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the other side as well, when it has sent what it was given."""
        self.error = exc
        if not self.gone.done():
            self.gone.set_result(None)
        if self._other is not None:
            self._other.close()

    def close(self) -> None:
        """Send what was given, and end."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End at once."""
        if self._transport is not None:
            self._transport.abort()

    def _of_other(self, *, reading: bool) -> None:
        if self._other is None:
            return
        with contextlib.suppress(ConnectionError, RuntimeError):
            transport = self._other.transport
            (transport.resume_reading if reading else transport.pause_reading)()


async def carry(near: Side, far: Side, ends: float, renew_after: float | None) -> None:
    """Join both until one of them ends; at `ends` (seconds since 1970) they are cut.

    With `renew_after` they are closed once they are so many seconds old and have been quiet for a
    second: whoever calls opens a new connection then, with what certificates are there by then.
    """
    near.join(far)
    far.join(near)
    loop = asyncio.get_running_loop()
    cut = loop.call_later(max(0.0, ends - time.time()), _cut, near, far)
    old = None if renew_after is None else loop.time() + renew_after
    both = (near.gone, far.gone)
    try:
        while not (near.gone.done() and far.gone.done()):
            left = None if old is None else max(QUIET_SECONDS, old - loop.time())
            done, _ = await asyncio.wait(both, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if done:
                await asyncio.wait(both, timeout=_LAST_SECONDS)
                return
            if time.monotonic() - max(near.last, far.last) >= QUIET_SECONDS:
                near.close()
    finally:
        cut.cancel()
        _cut(near, far)


async def retire(near: Side, far: Side) -> None:
    """Cut both once they have been quiet for a second, after half a minute in any case."""
    until = time.monotonic() + _LAST_SECONDS
    while (now := time.monotonic()) < until:
        busy = max(near.last, far.last) + QUIET_SECONDS - now
        if busy <= 0:
            break
        await asyncio.sleep(min(busy, until - now))
    _cut(near, far)


def _cut(near: Side, far: Side) -> None:
    near.abort()
    far.abort()
