"""An arrow between two hosts, both of them this one: its authority, its two relays, its callee."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvloop

from cli import authority
from cli.certificates import write
from relay.carrying import Carrier
from relay.contexts import AUTHORITIES, IDENTITY, Contexts
from relay.ends import End

NOW = dt.datetime.now(dt.UTC)


@dataclass
class Callee:
    """A process on a Unix socket: it notes what reaches it, and answers each line."""

    socket: Path
    heard: bytearray = field(default_factory=bytearray)
    connections: int = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError):
            while line := await reader.readline():
                self.heard += line
                writer.write(b"answer to " + line)
                await writer.drain()
        writer.close()


@dataclass
class Hosts:
    """Both ends of the arrow from the gateway to security."""

    folder: Path
    callee: Callee
    port: int = 0

    @property
    def socket(self) -> Path:
        """Where the caller's relay listens."""
        return self.folder / "caller" / "sock"

    def place(self, process: str) -> Path:
        return self.folder / process

    def issue(
        self,
        process: str,
        *,
        ca: str = "ca",
        to: str | None = None,
        hosts: tuple[str, ...] = ("localhost", "127.0.0.1"),
        now: dt.datetime = NOW,
        trust: str | None = None,
    ) -> Path:
        """Issue a certificate of `process` by the authority `ca` into the folder `to`."""
        issued = authority.issue(self.folder / ca, process, hosts, now)
        place = self.place(to or process)
        place.mkdir(exist_ok=True)
        write(place / AUTHORITIES, (trust or issued.authorities).encode())
        write(place / IDENTITY, issued.identity.encode())
        return place

    @asynccontextmanager
    async def server(self) -> AsyncIterator[int]:
        """Run the callee's relay; give its port."""
        end = End("gateway-to-security", "callee", self.callee.socket, "127.0.0.1", 0, "gateway")
        carrier = Carrier(end, Contexts(self.place("security")))
        async with running(carrier):
            self.port = carrier.port
            yield self.port

    @asynccontextmanager
    async def client(
        self, host: str = "localhost", renew: float = 600.0, who: str = "gateway"
    ) -> AsyncIterator[None]:
        """Run the caller's relay."""
        end = End("gateway-to-security", "caller", self.socket, host, self.port, "security")
        async with running(Carrier(end, Contexts(self.place(who)), renew)):
            yield

    async def ask(self, line: bytes = b"what is it?\n") -> bytes:
        """Ask one line as the calling process would; empty where the relay hangs up."""
        try:
            async with asyncio.timeout(10):
                reader, writer = await asyncio.open_unix_connection(str(self.socket))
                writer.write(line)
                answer = await reader.readline()
                writer.close()
                return answer
        except ConnectionError:
            return b""

    async def intrude(self, context: ssl.SSLContext | None, line: bytes = b"let me in\n") -> bytes:
        """Ask the callee's relay directly, as whoever reaches its port; return what comes back."""
        try:
            async with asyncio.timeout(10):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1",
                    self.port,
                    ssl=context,
                    server_hostname="localhost" if context else None,
                )
                writer.write(line)
                answer = await reader.read()
                writer.close()
                return answer
        except (OSError, ssl.SSLError):
            return b""


@asynccontextmanager
async def running(carrier: Carrier) -> AsyncIterator[None]:
    task = asyncio.create_task(carrier.run())
    await asyncio.sleep(0)  # Let it begin: what is cancelled before has nothing to clean up.
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The event loop that the process runs on, and the one that is everybody's."""
    return {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}


@pytest.fixture
async def hosts(tmp_path: Path) -> AsyncIterator[Hosts]:
    """An authority, the certificates of both processes, and a callee that answers."""
    made = Hosts(tmp_path, Callee(tmp_path / "callee.sock"))
    authority.make(tmp_path / "ca", NOW)
    made.issue("gateway")
    made.issue("security")
    server = await asyncio.start_unix_server(made.callee.take, str(made.callee.socket))
    async with server:
        yield made
