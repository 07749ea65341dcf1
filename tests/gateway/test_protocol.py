"""Limits below HTTP, on a connection without a socket."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from gateway import protocol
from gateway.protocol import MAX_HEAD_BYTES, MAX_REQUEST_BYTES, LimitedProtocol


class Wire(asyncio.Transport):
    """A connection that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = asyncio.Event()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name in ("peername", "sockname") else default

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closed.is_set()

    def close(self) -> None:
        self.closed.set()

    def abort(self) -> None:
        self.closed.set()

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def state() -> ServerState:
    return ServerState()


@pytest.fixture
async def wire(state: ServerState) -> Wire:
    return Wire()


def connect(wire: Wire, state: ServerState, served: ASGIApp = app) -> LimitedProtocol:
    config = uvicorn.Config(
        served, http=LimitedProtocol, ws="none", lifespan="off", log_config=None
    )
    connection = LimitedProtocol(config=config, server_state=state, app_state={})
    connection.connection_made(wire)
    return connection


def problem_on(wire: Wire) -> tuple[int, str]:
    head, _, body = wire.written.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert b"content-security-policy" in head
    return int(head.split(b" ")[1]), json.loads(body)["code"]


def head_of(length: int) -> bytes:
    """Return a request whose target and fields make `length` bytes."""
    fixed = len("/") + len("host") + len("localhost") + 4 + len("x") + 4
    return b"GET / HTTP/1.1\r\nhost: localhost\r\nx: " + b"a" * (length - fixed) + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("length", "fits"),
    [(MAX_HEAD_BYTES - 1, True), (MAX_HEAD_BYTES, True), (MAX_HEAD_BYTES + 1, False)],
)
async def test_a_head_over_16_kib_is_refused(
    wire: Wire, state: ServerState, length: int, fits: bool
) -> None:
    """Abuse: the head's length is limited, at the boundary."""
    connect(wire, state).data_received(head_of(length))
    await asyncio.gather(*state.tasks)
    if fits:
        assert wire.written.startswith(b"HTTP/1.1 204")
    else:
        assert problem_on(wire) == (431, "headers_too_large")
        assert wire.is_closing()


async def test_a_header_that_never_ends_is_refused(wire: Wire, state: ServerState) -> None:
    """Abuse: the parser would collect it for ever."""
    connection = connect(wire, state)
    connection.data_received(b"GET / HTTP/1.1\r\nx: ")
    for _ in range(20):
        if not wire.is_closing():
            connection.data_received(b"a" * 1_000)
    assert problem_on(wire) == (431, "headers_too_large")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x00\xa5",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET /\xff HTTP/9.9\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ],
    ids=repr,
)
async def test_what_is_not_http_is_a_problem_and_the_end(
    wire: Wire, state: ServerState, garbage: bytes
) -> None:
    """Abuse: smuggling and garbage get a 4xx and lose the connection."""
    connect(wire, state).data_received(garbage)
    assert problem_on(wire) == (422, "invalid_request")
    assert wire.is_closing()


async def test_an_upload_without_end_is_dropped(wire: Wire, state: ServerState) -> None:
    """Abuse: the answer has been given; what still streams in costs nothing for long."""
    connection = connect(wire, state)
    connection.data_received(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"a" * 65_536 + b"\r\n"
    sent = 0
    while not wire.is_closing():
        connection.data_received(chunk)
        sent += len(chunk)
        assert sent <= MAX_REQUEST_BYTES + 2 * len(chunk)
    assert sent > MAX_REQUEST_BYTES - len(chunk)
    await asyncio.gather(*state.tasks)


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HT", b"\r\n", b"POST / HTTP/1.1\r\nContent-Length: 9"]
)
async def test_a_client_that_drips_bytes_is_dropped(
    wire: Wire, state: ServerState, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    """Abuse (slow head): one deadline for a whole request, and for saying nothing."""
    monkeypatch.setattr(protocol, "REQUEST_SECONDS", 0.01)
    connection = connect(wire, state)
    if sent:
        connection.data_received(sent)
    await asyncio.wait_for(wire.closed.wait(), 2)


async def test_a_slow_answer_is_not_the_clients_fault(
    wire: Wire, state: ServerState, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(wire, state)
    connection.data_received(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
    assert connection._deadline is None
    await asyncio.gather(*state.tasks)


async def test_too_many_connections_are_closed_at_once(
    wire: Wire, state: ServerState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Abuse: connections are limited before they cost anything."""
    monkeypatch.setattr(protocol, "MAX_CONNECTIONS", 2)
    wires = [Wire() for _ in range(3)]
    for each in wires:
        connect(each, state)
    assert [each.is_closing() for each in wires] == [False, False, True]
    for connection in list(state.connections):
        connection.connection_lost(None)  # type: ignore[call-arg]


@pytest.mark.parametrize("field", [b"Host: localhost", b"Cookie: a=b", b"X-CSRF-Token: t", b"a:b"])
async def test_a_trailer_does_not_pass_for_a_header(
    wire: Wire, state: ServerState, field: bytes
) -> None:
    """Abuse, RFC 9110 6.5.1: a filter in front never sees what follows the body."""
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    connect(wire, state).data_received(head + b"2\r\n{}\r\n0\r\n" + field + b"\r\n\r\n")
    for task in list(state.tasks):
        task.cancel()
    assert b"HTTP/1.1 422" in wire.written
    assert wire.is_closing()


@pytest.mark.parametrize("protocol", [b"foo", b"h2c", b"websocket"])
async def test_a_body_behind_an_upgrade_is_not_read_as_the_next_request(
    wire: Wire, state: ServerState, protocol: bytes
) -> None:
    """Abuse: request smuggling; one request, one answer, and the end."""
    smuggled = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"
    head = b"POST / HTTP/1.1\r\nhost: localhost\r\nConnection: upgrade\r\nUpgrade: " + protocol
    length = b"\r\nContent-Length: " + str(len(smuggled)).encode() + b"\r\n\r\n"
    connect(wire, state).data_received(head + length)
    assert wire.is_closing()  # So what follows is read by nobody.
    await asyncio.gather(*state.tasks)
    assert wire.written.count(b"HTTP/1.1 ") == 1
    assert problem_on(wire) == (422, "invalid_request")


@pytest.mark.parametrize("reads_again", [False, True])
async def test_attack_a_client_that_does_not_read_is_dropped(
    wire: Wire, state: ServerState, monkeypatch: pytest.MonkeyPatch, reads_again: bool
) -> None:
    """ASVS 13.1.3: whoever asks for a stream and never reads it keeps no place for ever."""
    monkeypatch.setattr(protocol, "UNREAD_SECONDS", 0)
    connection = connect(wire, state)
    connection.pause_writing()
    if reads_again:
        connection.resume_writing()
    await asyncio.sleep(0.02)
    assert wire.closed.is_set() is not reads_again
    connection.connection_lost(None)
