"""Keeps one end of an arrow: takes connections, makes sure of the far end, joins the two.

Whoever is refused hears nothing but the end of the connection, and the log has why. Towards the
process itself it looks like a caller, or a callee, that hung up.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable

import structlog

from relay.contexts import Contexts
from relay.ends import End
from relay.identity import require_peer
from relay.pump import Side, carry, retire
from runtime.log_gate import coded
from runtime.sockets import bind_tcp, bind_unix, clear_stale

MOST_CONNECTIONS = 512
MOST_UNKNOWN = 128
"""So many may be in the middle of their handshake; the oldest of them gives way to the next one."""
HANDSHAKE_SECONDS = 5.0
RENEW_SECONDS = 600.0
"""How old a connection gets before it gives way to one with the certificates of then."""
LOOK_SECONDS = 5.0
"""How soon it is noticed that somebody is trusted no more, whose connection is open still."""
STOP_SECONDS = 3.0
_BACKLOG = 512
_UNANSWERED_MS = 10_000
"""How long a peer may leave what was sent unacknowledged: a host that is gone says nothing."""
_OTHER_HOST = (62, 64)
"""X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: their words repeat a name."""

Joined = tuple[int, float]
"""Under which trust a peer was taken at its word, and when its certificate ends."""

_log = structlog.get_logger(__name__)


class Carrier:
    """One end. `renew_seconds` is for tests."""

    def __init__(self, end: End, contexts: Contexts, renew_seconds: float = RENEW_SECONDS) -> None:
        self._end = end
        self._contexts = contexts
        self._renew = renew_seconds if end.side == "caller" else None
        self._room = asyncio.Semaphore(MOST_CONNECTIONS)
        self._under_way: set[asyncio.Task[None]] = set()
        self._unknown: dict[asyncio.Task[None], None] = {}
        self._joined: dict[tuple[Side, Side], int] = {}
        if end.side == "callee":
            self._listening = bind_tcp(end.host, end.port)
        else:
            self._listening = bind_unix(end.socket)
        self._listening.setblocking(False)
        self._listening.listen(_BACKLOG)

    @property
    def port(self) -> int:
        """The TCP port that is listened on."""
        return int(self._listening.getsockname()[1])

    async def run(self) -> None:
        """Take connections until cancelled; let those under way come to their end first."""
        watching = asyncio.create_task(self._watch_trust())
        try:
            while True:
                accepted = await self._accept()
                if accepted is None:
                    continue
                self._make_room()
                task = asyncio.create_task(self._carry(accepted))
                self._under_way.add(task)
                self._unknown[task] = None
                task.add_done_callback(self._done)
        finally:
            watching.cancel()
            await self._stop()

    async def _accept(self) -> socket.socket | None:
        try:
            accepted, _ = await asyncio.get_running_loop().sock_accept(self._listening)
        except OSError as error:  # No descriptor is left, or the peer has gone already.
            _log.warning("cannot_accept", arrow=self._end.arrow, error=type(error).__name__)
            await asyncio.sleep(0.1)
            return None
        return accepted

    def _make_room(self) -> None:
        """Let strangers who hold a place, and say nothing, not keep the peer out.

        A handshake takes some milliseconds: whoever is cut off has been at it for long, or there
        were so many others within this time. The caller's own process is nobody's stranger.
        """
        if self._end.side == "callee" and len(self._unknown) >= MOST_UNKNOWN:
            oldest = next(iter(self._unknown))
            del self._unknown[oldest]
            oldest.cancel()

    async def _watch_trust(self) -> None:
        """Cut what was joined under a trust that has changed: its peer may be trusted no more."""
        retiring: set[asyncio.Task[None]] = set()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._contexts.look_again()
            for pair, trust in list(self._joined.items()):
                if trust != self._contexts.trust:
                    del self._joined[pair]
                    task = asyncio.create_task(retire(*pair))
                    retiring.add(task)
                    task.add_done_callback(retiring.discard)

    async def _stop(self) -> None:
        self._listening.close()
        if self._end.side == "caller":
            clear_stale(self._end.socket)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=STOP_SECONDS)
        for task in self._under_way:
            task.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._unknown.pop(task, None)

    async def _carry(self, accepted: socket.socket) -> None:
        """Join one connection with the far end. Whatever does not hold ends it."""
        near, far = Side(), Side()
        join = self._from_peer if self._end.side == "callee" else self._to_peer
        try:
            async with asyncio.timeout(2 * HANDSHAKE_SECONDS):
                trust, ends = await join(accepted, near, far)
                await self._room.acquire()
            self._joined[near, far] = trust
            try:
                await carry(near, far, ends, self._renew)
            finally:
                self._joined.pop((near, far), None)
                self._room.release()
            if isinstance(far.error, ssl.SSLError):  # So it hears of it that it was refused.
                raise far.error
        except (OSError, TimeoutError) as error:  # ssl.SSLError and WrongPeer are OSErrors.
            _log.warning("not_carried", arrow=self._end.arrow, why=_why(error))
        finally:
            near.abort()
            far.abort()
            accepted.close()

    async def _from_peer(self, accepted: socket.socket, near: Side, far: Side) -> Joined:
        """At the callee: nothing reaches the process before the caller is known."""
        _watch(accepted)
        loop = asyncio.get_running_loop()
        context, trust = self._contexts.server(), self._contexts.trust
        ends = await self._secured(
            loop.connect_accepted_socket(
                lambda: near,
                accepted,
                ssl=context,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
            ),
            near,
        )
        await loop.create_unix_connection(lambda: far, str(self._end.socket))
        return trust, ends

    async def _to_peer(self, accepted: socket.socket, near: Side, far: Side) -> Joined:
        """At the caller: nothing leaves before the callee is known."""
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(lambda: near, accepted)
        context, trust = self._contexts.client(), self._contexts.trust
        ends = await self._secured(
            loop.create_connection(
                lambda: far,
                self._end.host,
                self._end.port,
                ssl=context,
                server_hostname=self._end.host,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
            ),
            far,
        )
        return trust, ends

    async def _secured(self, opening: Awaitable[object], side: Side) -> float:
        """Wait for a handshake and make sure of the peer; return when its certificate ends."""
        await opening
        _watch(side.transport.get_extra_info("socket"))
        ends = require_peer(side.transport.get_extra_info("peercert"), self._end.peer)
        if (task := asyncio.current_task()) is not None:
            self._unknown.pop(task, None)
        if len(self._under_way) > 2 * MOST_CONNECTIONS:
            raise ConnectionRefusedError("too many connections")
        return ends


def _watch(connected: socket.socket | None) -> None:
    """Notice a peer that has gone without a word."""
    if connected is None:
        return
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNANSWERED_MS)


def _why(error: Exception) -> str:
    """Return a constant in the shape of a code: never what a peer has said."""
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _OTHER_HOST:
            return "certificate_of_another_host"
        return coded(f"certificate {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        return coded(error.reason or "tls")
    return type(error).__name__
