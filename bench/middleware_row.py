"""The whole middleware: guard, policy, token, proof, call, checks of the answer, trail.

Everything is real but the API, which answers with bytes that it has ready: what is measured is
Gatehouse's own time, with one request over a Unix socket.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast, override

import orjson

from bench import guard_row
from bench.customers import Customer
from bench.work import Work
from security.adapters.api_client import ApiClient
from security.api_addresses import own_address
from security.core import Core

_SOCKET = "middleware.sock"
_ACCOUNT = {
    "name": "Current account",
    "number": "•••• 4021",
    "currency": "EUR",
    "balance": "2480.15",
    "available": "2480.15",
}
_ACCOUNTS = [{**_ACCOUNT, "id": "acc_" + letter * 22} for letter in "ABC"]


def _answer() -> bytes:
    body = orjson.dumps({"accounts": _ACCOUNTS})
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Ready(asyncio.Protocol):
    """Answers every request, at once and alike."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._transport: asyncio.WriteTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        if data.endswith(b"\r\n\r\n") and self._transport is not None:
            self._transport.write(self._answer)


async def measure(work: Work, seed: Path, customer: Customer, calls: int) -> list[float]:
    """Return the milliseconds of `calls` allowed reads, each in a turn of its own."""
    path, answer = work.sockets / _SOCKET, _answer()
    loop = asyncio.get_running_loop()
    server = await loop.create_unix_server(lambda: _Ready(answer), str(path))

    def client(core: Core) -> ApiClient:
        seconds = core.settings.api_timeout_seconds
        return ApiClient([own_address("banking", path)], seconds, core.proof_key, core.clock)

    try:
        return await guard_row.measure(work, seed, customer, calls, client, "middleware")
    finally:
        server.close()
