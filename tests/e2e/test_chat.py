"""`gatehouse chat` against a running system: by program, and a session that is taken up again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

_GATEHOUSE = Path(sys.executable).parent / "gatehouse"


def chat(gatehouse: Any, given: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `gatehouse chat` with these lines."""
    environment = {
        **os.environ,
        "GATEHOUSE_HOME": str(gatehouse.home),
        "GATEHOUSE_PORT": str(gatehouse.port),
    }
    return subprocess.run(
        [_GATEHOUSE, "chat", *options],
        input=given,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_program_signs_in_and_asks(gatehouse, persons) -> None:
    """Password and code by lines of JSON; the balance comes by itself after the proof."""
    bob = persons["bob"]
    name = {"tenant": bob.tenant, "username": bob.username, "password": bob.password}
    lines = ["what's my balance?", {"sign_in": name}, {"code": bob.code()}, {"sign_out": True}]
    given = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    done = chat(gatehouse, given, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    asked, challenge, passed, out = map(json.loads, done.stdout.splitlines())
    assert asked["messages"][-1]["sign_in"] is True
    assert challenge["challenge"]["purpose"] == "sign_in"
    assert [one["card"]["kind"] for one in passed["messages"] if "card" in one] == ["balances"]
    assert out["session"]["authenticated"] is False


def test_a_wrong_password_is_a_problem_and_an_exit_code(gatehouse) -> None:
    wrong = {"tenant": "northwind-bank", "username": "nobody", "password": "wrong"}
    done = chat(gatehouse, json.dumps({"sign_in": wrong}), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["problem"]["code"] == "invalid_credentials"


def test_a_conversation_is_taken_up_again(gatehouse) -> None:
    """The same session at the next start; its history is drawn first."""
    first = chat(gatehouse, "hello there\n/quit\n", "--new")
    assert first.returncode == 0, first.stderr
    again = chat(gatehouse, "/quit\n")
    assert "You: hello there" in again.stdout
    assert (gatehouse.home / "chat" / "session.json").stat().st_mode & 0o777 == 0o600


def test_a_server_that_is_not_there_is_one_clear_line(gatehouse) -> None:
    done = chat(gatehouse, "", "--url", "https://localhost:9", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "does not answer" in done.stderr
    assert "Traceback" not in done.stderr
