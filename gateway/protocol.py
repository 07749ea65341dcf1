"""Limits below HTTP: long heads, slow or endless requests, too many connections.

The parser of uvicorn's httptools protocol has none of these limits. One deadline covers a
request from its first byte to its last, so that a client that drips bytes is dropped, and a
new connection that says nothing as well.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gateway.headers import SECURITY_HEADERS
from gateway.problems import Problem, problem_body
from runtime.listeners import TlsListener

MAX_HEAD_BYTES = 16 * 1024
MAX_REQUEST_BYTES = 8 * 1024 * 1024
MAX_CONNECTIONS = 1_000
REQUEST_SECONDS = 15
UNREAD_SECONDS = 30
_IDLE_SECONDS = 30


class LimitedProtocol(HttpToolsProtocol):
    """One connection, within limits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._request_bytes = 0
        self._in_head = True
        self._refusal = "invalid_request"

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection; begin to wait for its first request."""
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.close()
        self._begin_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadlines."""
        self._end_deadline()
        self._end_unread()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; what goes on for too long is refused or dropped."""
        self._begin_deadline()
        super().data_received(data)
        self._request_bytes += len(data)
        if self.transport.is_closing():
            return
        if self._in_head and self._request_bytes > MAX_HEAD_BYTES:
            self._refusal = "headers_too_large"
            self.send_400_response("")
        elif self._request_bytes > MAX_REQUEST_BYTES:
            self.transport.close()

    def on_message_begin(self) -> None:
        """A new request begins."""
        self._in_head, self._request_bytes = True, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a field of the head. One that follows the body would pass for one of these.

        RFC 9110 section 6.5.1 forbids merging such trailers; no client of ours sends any.
        """
        if not self._in_head:
            raise ValueError("a trailer field")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: its length is judged before the application sees it."""
        self._in_head = False
        if self.parser.should_upgrade():
            # The parser would end the request here and read its body as the next one.
            raise ValueError("another protocol was asked for")
        fields = sum(len(name) + len(value) + 4 for name, value in self.headers)
        if len(self.url) + fields > MAX_HEAD_BYTES:
            self._refusal = "headers_too_large"
            raise ValueError(self._refusal)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole; its answer has limits of its own."""
        self._end_deadline()
        self._request_bytes = 0
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client does not read: nothing more is written, and it is dropped after a while."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads again."""
        self._end_unread()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser could not read, or will not, as a problem like any other."""
        problem = Problem(self._refusal)
        body = problem_body(problem)
        headers = (
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
            *SECURITY_HEADERS,
        )
        lines = [name + b": " + value + b"\r\n" for name, value in headers]
        self.transport.write(b"".join((STATUS_LINE[problem.kind.status], *lines, b"\r\n", body)))
        self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """Another protocol was asked for: the request is answered as HTTP, and not logged."""

    def _begin_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(REQUEST_SECONDS, self.transport.close)

    def _end_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


@dataclass(frozen=True)
class GatewayListener(TlsListener):
    """The public TLS port, with limits, and with no trust in forwarding headers."""

    def configure(self, config: uvicorn.Config) -> None:
        """Replace the protocol, and take off uvicorn's wrapper that believes `X-Forwarded-For`.

        It trusts its own host, which is where every client of a local gateway is.
        """
        super().configure(config)
        config.http_protocol_class = LimitedProtocol
        config.loaded_app = self.app
        config.timeout_keep_alive = _IDLE_SECONDS
