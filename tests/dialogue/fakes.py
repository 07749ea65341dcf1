"""Actions that do what a test tells them, on a Unix socket."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

Answer = tuple[int, Any]

BALANCE = {
    "response": "utter_balance",
    "account": "Current account",
    "balance": "12.00",
    "currency": "EUR",
    "custom": {"card": {"kind": "balances", "accounts": []}},
}


def says(*responses: dict[str, Any], events: list[Any] | None = None) -> Answer:
    """Return the answer of an action that says `responses`."""
    return 200, {"events": events or [], "responses": list(responses)}


class FakeActions:
    """`answer` decides what an action does; `calls` and `headers` keep what it was sent."""

    def __init__(self, path: Path) -> None:
        self.calls: list[dict[str, Any]] = []
        self.sizes: list[int] = []
        self.headers: list[dict[str, str]] = []
        self.connections = 0
        self.answer: Callable[[dict[str, Any]], Answer] = lambda _: says(BALANCE)
        path.parent.mkdir(exist_ok=True)
        self._server = _Server(str(path), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def start(self) -> None:
        """Accept calls."""
        self._thread.start()

    def stop(self) -> None:
        """Accept no more calls."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def forget(self) -> None:
        """Begin a test: nothing was called, and every action tells a balance."""
        self.answer = lambda _: says(BALANCE)
        for kept in (self.calls, self.sizes, self.headers):
            kept.clear()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


def _handler(fake: FakeActions) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = False

        def setup(self) -> None:
            fake.connections += 1
            super().setup()

        def do_GET(self) -> None:
            self._reply(200, {"status": "ok"})

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            fake.sizes.append(len(raw))
            fake.headers.append(dict(self.headers.items()))
            fake.calls.append(json.loads(raw))
            self._reply(*fake.answer(fake.calls[-1]))

        def _reply(self, status: int, body: Any) -> None:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
