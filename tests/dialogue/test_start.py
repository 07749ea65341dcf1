"""Starting and stopping: what is missing is said in one line, and nothing is left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dialogue.event_table import EventTable, today
from runtime.signed_model import TRUSTED, Trust, read_trust, signature_of

from .service import PYTHON, ROOT, Caller, Service, environ, pipe_with, trust_in

LAUNCHER = """
import os, sys, tests.dialogue.service as s
from pathlib import Path
started = s.Service(Path(sys.argv[1]), Path(sys.argv[2]), GATEHOUSE_MODEL=sys.argv[3])
started.wait_ready()
print(started.process.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("content", [b"no archive at all", None])
def test_a_corrupt_or_missing_model_is_one_line_and_exit_code_3(
    short_folder: Path, content: bytes | None
) -> None:
    models = short_folder / "models"
    models.mkdir()
    if content is not None:
        (models / "gatehouse.tar.gz").write_bytes(content)
    started = Service(short_folder, short_folder)
    assert started.wait_stopped() == 3
    (line,) = started.log.read_text().splitlines()
    assert json.loads(line)["event"] == "cannot_start"
    assert str(models) in json.loads(line)["said"]
    assert not started.socket.exists()


@pytest.mark.parametrize("attack", ["tampered", "unsigned", "other key", "rolled back", "no trust"])
def test_attack_a_model_that_was_not_signed_so_is_never_loaded(
    model: Path, short_folder: Path, attack: str
) -> None:
    """CWE-494, CWE-502: refused by the process itself, before anything of it is unpickled."""
    name, trust = model.name, read_trust(trust_in(model))
    own, trusted = short_folder / "models" / name, short_folder / TRUSTED
    for folder in (own.parent, trusted.parent):
        folder.mkdir()
    shutil.copy(model, own)
    shutil.copy(signature_of(model), signature_of(own))
    trusted.write_bytes(trust.written())
    match attack:
        case "tampered":
            own.write_bytes(own.read_bytes()[:-1] + b"x")
        case "unsigned":
            signature_of(own).unlink()
        case "other key":
            key = Ed25519PrivateKey.generate().public_key()
            trusted.write_bytes(Trust(key, 0).written())
        case "rolled back":
            trusted.write_bytes(Trust(trust.key, trust.serial + 1).written())
        case "no trust":
            trusted.unlink()
    started = Service(short_folder, short_folder)
    assert started.wait_stopped() == 3
    (line,) = started.log.read_text().splitlines()
    said = json.loads(line)["said"]
    assert said.startswith(f"the model {own} is refused: ")
    assert said.endswith("; run `make train`")


@pytest.mark.parametrize(
    ("secrets", "complaint"),
    [
        (None, "gatehouse run"),
        ({}, "gateway-to-rasa"),
        ({"gateway-to-rasa": "short", "rasa-to-actions": "a" * 43}, "gateway-to-rasa"),
        ({"gateway-to-rasa": "a" * 43}, "rasa-to-actions"),
    ],
)
def test_a_start_without_the_launcher_is_one_line_and_exit_code_2(
    short_folder: Path, secrets: dict[str, str] | None, complaint: str
) -> None:
    given = environ(short_folder, short_folder)
    descriptors = []
    if secrets is not None:
        descriptors.append(pipe_with(json.dumps(secrets).encode()))
        given["GATEHOUSE_SECRETS_FD"] = str(descriptors[0])
    done = subprocess.run(
        [PYTHON, "-m", "dialogue.serve"],
        cwd=ROOT,
        env=given,
        pass_fds=descriptors,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    for number in descriptors:
        os.close(number)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert complaint in line


def test_a_process_whose_launcher_has_died_stops_itself(model: Path, short_folder: Path) -> None:
    arguments = [str(short_folder), str(short_folder), str(model)]
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with launcher:
        assert launcher.stdout is not None
        assert int(launcher.stdout.readline())
        caller = Caller(short_folder / "rasa" / "sock")
        # Without actions it is alive, and says so.
        assert caller.request("GET", "/healthz") == (200, {"ready": True, "actions": False})
        caller.close()
        launcher.send_signal(signal.SIGKILL)
    wait_until_gone(short_folder / "rasa" / "sock")


def wait_until_gone(path: Path, seconds: float = 10) -> None:
    """Wait for the socket to go: it is removed last. No event tells of a stranger's end."""
    until = time.monotonic() + seconds
    while path.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not path.exists()


async def test_what_fell_silent_is_forgotten_by_the_first_turn_after_a_start(
    model: Path, short_folder: Path
) -> None:
    """GDPR 5(1)(e): nobody has to ask for it, and the process has no key to it."""
    file = short_folder / "db" / "rasa" / "tracker.sqlite3"
    table = EventTable(file, keep=2, day=lambda: today() - 92)
    table.open()
    await table.append(bytes(32), "long-ago", 1, b"words")
    table.close()
    started = Service(short_folder, short_folder, GATEHOUSE_MODEL=str(model))
    try:
        started.wait_ready()
        caller = Caller(started.socket)
        caller.say("today", "hello there")
        caller.close()
    finally:
        assert started.stop() == 0
    with closing(sqlite3.connect(file)) as opened:
        assert opened.execute("SELECT conversation FROM events").fetchall() == [("today",)]
    assert "conversations_forgotten" in started.log.read_text()
