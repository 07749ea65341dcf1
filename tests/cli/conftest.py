"""A security process that answers the command line as it is told to."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from cli.admin_client import keep_credential
from cli.run_folder import run_folder
from runtime.sockets import SECURITY_ADMIN

CREDENTIAL = "c" * 43


class Security(socketserver.ThreadingUnixStreamServer):
    """Answers as it is told to, and keeps what it was asked."""

    daemon_threads = True
    status, said = 200, {}
    asked: list[tuple[str, str, Any]]


class _Handler(BaseHTTPRequestHandler):
    server: Security

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Authorization"], body))
        raw = json.dumps(self.server.said).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def home(monkeypatch, tmp_path) -> Path:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("GATEHOUSE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def folder(home: Path) -> Iterator[Path]:
    """The run folder of a Gatehouse that runs, with its credential."""
    with run_folder(home) as made:
        keep_credential(made, CREDENTIAL)
        yield made


@pytest.fixture
def security(folder: Path) -> Iterator[Security]:
    (folder / SECURITY_ADMIN).parent.mkdir()
    server = Security(str(folder / SECURITY_ADMIN), _Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
