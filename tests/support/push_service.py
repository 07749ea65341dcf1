"""A push service on this machine: it takes what is pushed and tells it to nobody but the test."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Pushed:
    """One request as it arrived; the names of `headers` are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


class PushService:
    """What arrived, and what is answered (`status`)."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.arrived: queue.Queue[Pushed] = queue.Queue()
        self.status = 201

    def next(self, seconds: float = 20.0) -> Pushed:
        """Wait for the next push."""
        return self.arrived.get(timeout=seconds)


@contextmanager
def push_service() -> Iterator[PushService]:
    """Run one until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told = {name.lower(): value for name, value in self.headers.items()}
            service.arrived.put(Pushed(self.path, told, body))
            self.send_response(service.status)
            self.send_header("Location", f"{service.address}/message/1")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service = PushService(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
