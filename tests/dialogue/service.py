"""The dialogue process as the launcher starts it, and a client that speaks as the gateway."""

from __future__ import annotations

import base64
import http.client
import json
import os
import secrets
import socket
import subprocess
from pathlib import Path
from typing import Any

from runtime.signed_model import TRUSTED

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
START_SECONDS = 90
CALLER, TO_ACTIONS = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
OTHER_KEY = base64.urlsafe_b64encode(b"x" * 32).decode()


def trust_in(model: Path) -> Path:
    """Return the file that says whose models to trust, of the home that a model lies in."""
    return model.parent.parent / TRUSTED


def pipe_with(content: bytes) -> int:
    """Return the reading end of a pipe that holds `content` and is closed."""
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    return reading


def environ(home: Path, run_dir: Path, **more: str) -> dict[str, str]:
    """Return the scrubbed environment of the process."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(home),
        "TMPDIR": str(run_dir),
        "GATEHOUSE_HOME": str(home),
        "GATEHOUSE_RUN_DIR": str(run_dir),
        **more,
    }


class Service:
    """`python -m dialogue.serve`, with its two descriptors."""

    def __init__(self, home: Path, run_dir: Path, **settings: str) -> None:
        self.home, self.run_dir = home, run_dir
        self.log = home / "rasa.log"
        if model := settings.get("GATEHOUSE_MODEL"):
            settings.setdefault("GATEHOUSE_MODEL_TRUST", str(trust_in(Path(model))))
        credentials = {"gateway-to-rasa": CALLER, "rasa-to-actions": TO_ACTIONS}
        given = pipe_with(json.dumps(credentials).encode())
        self._ready, telling = os.pipe()
        numbers = {"GATEHOUSE_SECRETS_FD": str(given), "GATEHOUSE_READY_FD": str(telling)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [PYTHON, "-m", "dialogue.serve"],
                cwd=ROOT,
                env=environ(home, run_dir, **numbers, **settings),
                pass_fds=(given, telling),
                stdin=subprocess.DEVNULL,
                stderr=log,
                stdout=log,
            )
        os.close(given)
        os.close(telling)

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.run_dir / "rasa" / "sock"

    def wait_ready(self) -> None:
        """Wait until it says that it accepts connections, or fail with its log."""
        with os.fdopen(self._ready, "rb") as pipe:
            said = pipe.read()  # It ends with the line, or with the process.
        assert said == b"ready\n", self.log.read_text()

    def wait_stopped(self) -> int:
        """Wait for its end; return the exit code."""
        return self.process.wait(START_SECONDS)

    def stop(self) -> int:
        """Ask it to stop; return the exit code."""
        self.process.terminate()
        return self.process.wait(5)


class UnixConnection(http.client.HTTPConnection):
    """A kept HTTP connection over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("rasa", timeout=30)
        self._path = str(path)

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)


class Caller:
    """What the gateway sends, on one kept connection."""

    def __init__(self, path: Path) -> None:
        self._connection = UnixConnection(path)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def request(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, Any]:
        """Send one request; return status and JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, path, body, named)
        with self._connection.getresponse() as reply:
            return reply.status, json.loads(reply.read())

    def raw_turn(self, body: bytes, *, key: str | None = KEY) -> tuple[int, Any]:
        """Send the body of a turn as it is."""
        headers = {"Authorization": f"Bearer {CALLER}"}
        if key is not None:
            headers["X_Conversation_Key"] = key
        return self.request("POST", "/webhooks/gatehouse/turn", body, **headers)

    def turn(
        self,
        conversation: str,
        utterance: Any,
        *,
        key: str | None = KEY,
        ticket: str = "t-1",
        offered: list[str] | None = None,
    ) -> tuple[int, Any]:
        """Take a turn; return status and JSON."""
        body = {"conversation_id": conversation, "ticket": ticket, "utterance": utterance}
        if offered is not None:
            body["offered"] = offered
        return self.raw_turn(json.dumps(body).encode(), key=key)

    def say(self, conversation: str, text: str, **more: Any) -> list[dict[str, Any]]:
        """Say words and return the bot's messages."""
        status, body = self.turn(conversation, {"text": text}, **more)
        assert status == 200, body
        messages: list[dict[str, Any]] = body["messages"]
        return messages
