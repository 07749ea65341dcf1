"""Serve ASGI applications on Unix sockets, and the gateway's on a TLS port, with uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from runtime.callers import ASGIApp
from runtime.descriptors import tell_ready
from runtime.sockets import bind_tcp, bind_unix, clear_stale

_BACKLOG = 512
_STOP_SECONDS = 3
_KEEP_ALIVE_SECONDS = 75


@dataclass(frozen=True)
class UnixListener:
    """One application on one Unix socket that only its owner may open."""

    app: ASGIApp
    path: Path

    def bind(self) -> socket.socket:
        """Return the socket; its rights are narrowed before anyone can connect."""
        return bind_unix(self.path)

    def configure(self, config: uvicorn.Config) -> None:
        """Keep idle connections for long: their other ends are ours."""
        config.timeout_keep_alive = _KEEP_ALIVE_SECONDS

    def remove(self) -> None:
        """Leave no socket behind."""
        clear_stale(self.path)


@dataclass(frozen=True)
class TlsListener:
    """One application on a TCP port that speaks TLS 1.3 and nothing older (ASVS 12.1.1)."""

    app: ASGIApp
    host: str
    port: int
    certificate: Path
    key: Path

    def bind(self) -> socket.socket:
        """Return the bound socket; raises `OSError` where the port is taken."""
        return bind_tcp(self.host, self.port)

    def configure(self, config: uvicorn.Config) -> None:
        """Give `config` a context that refuses everything older than TLS 1.3."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self.certificate, self.key)
        config.ssl = context

    def remove(self) -> None:
        """A port needs no removal."""


Listener = UnixListener | TlsListener


class _Server(uvicorn.Server):
    """A uvicorn server that says when it listens and leaves the signals to `serve`."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


def _server(listener: Listener) -> _Server:
    config = uvicorn.Config(
        listener.app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # It would believe X-Forwarded-For from anyone on this host.
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    config.load()
    listener.configure(config)
    return _Server(config)


async def serve(listeners: Sequence[Listener], on_stop: Callable[[], None] = lambda: None) -> None:
    """Serve all listeners until SIGTERM or SIGINT; tell readiness once all of them accept.

    `on_stop` is called as soon as they are to stop: what would go on answering ends then.
    Raises `OSError` where an address cannot be bound; leaves no socket file behind.
    """
    bound = [listener.bind() for listener in listeners]
    servers = [_server(listener) for listener in listeners]

    def stop() -> None:
        on_stop()
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    pairs = zip(servers, bound, strict=True)
    running = [asyncio.create_task(server.serve([sock])) for server, sock in pairs]
    try:
        for server in servers:
            await server.listening.wait()
        tell_ready()
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        stop()
        await asyncio.gather(*running)
    finally:
        for listener, sock in zip(listeners, bound, strict=True):
            sock.close()
            listener.remove()
