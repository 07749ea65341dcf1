"""`gatehouse users`: found by its own account alone, and plain in what it says."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.admin_client import Refusal, keep_credential
from cli.main import application
from cli.problems import Problem
from cli.run_folder import run_folder
from runtime.sockets import SECURITY_ADMIN
from tests.cli.conftest import CREDENTIAL


def gatehouse(*words: str, given: str = "") -> Any:
    """Run `gatehouse users …`."""
    return CliRunner().invoke(application(), ["users", *words], input=given)


ZOE = ("bank", "zoe", "--name", "Zoe", "--role", "customer")


def test_without_a_running_gatehouse_it_says_so_in_one_line(home):
    problem = gatehouse("list", "bank").exception
    assert isinstance(problem, Problem)
    assert "start Gatehouse first" in str(problem)
    assert "\n" not in str(problem)


def test_a_credential_that_a_crash_left_is_the_same(folder):
    assert "start Gatehouse first" in str(gatehouse("list", "bank").exception)


def test_the_credential_is_its_owners_alone_and_goes_with_the_folder(home):
    """ASVS 13.3.1: 0600, in a folder that nobody else may enter."""
    with run_folder(home) as folder:
        keep_credential(folder, CREDENTIAL)
        path = folder / "admin.credential"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_text() == CREDENTIAL
    assert not path.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("name", ["admin.credential", SECURITY_ADMIN])
def test_another_account_cannot_reach_it(folder, security, name):
    """ASVS 13.2.1: neither the credential nor the socket."""
    script = (
        "import os, socket, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try:\n"
        "    if sys.argv[1].endswith('sock'):\n"
        "        socket.socket(socket.AF_UNIX).connect(sys.argv[1])\n"
        "    else: open(sys.argv[1]).read()\n"
        "except PermissionError: sys.exit(7)\n"
    )
    ended = subprocess.run([sys.executable, "-I", "-c", script, str(folder / name)], check=False)
    assert ended.returncode == 7


def test_it_presents_its_credential_and_asks_what_was_typed(security):
    """ASVS 13.2.1."""
    security.said = {"password": "made-up"}
    result = gatehouse("add", *ZOE, "--role", "teller", "--phone", "+12025550188")
    assert result.exit_code == 0
    [(path, presented, body)] = security.asked
    assert (path, presented) == ("/users/add", f"Bearer {CREDENTIAL}")
    assert body == {
        "tenant": "bank",
        "username": "zoe",
        "name": "Zoe",
        "roles": ["customer", "teller"],
        "phone": "+12025550188",
    }
    assert result.output.count("made-up") == 1


def test_a_password_comes_from_standard_input_and_is_not_shown(security):
    """ASVS 13.3.1: never from an argument, which every process may read."""
    result = gatehouse("add", *ZOE, "--password-stdin", given="Gantry-plover\n")
    assert security.asked[0][2]["password"] == "Gantry-plover"
    assert "Gantry" not in result.output
    assert "password" not in result.output


@pytest.mark.parametrize("sent", [True, False])
def test_somebody_is_invited_without_a_password(security, sent):
    security.said = {"sent": sent}
    result = gatehouse("add", *ZOE, "--email", "zoe@example.org", "--invite", "email")
    assert security.asked[0][2]["send"] == "email"
    assert ("on its way" in result.output) is sent


def test_an_empty_standard_input_is_no_password(security):
    problem = gatehouse("add", *ZOE, "--password-stdin").exception
    assert isinstance(problem, Problem)
    assert security.asked == []


def test_a_list_is_one_line_a_person_when_piped(security):
    alice = {"username": "alice", "name": "Alice", "roles": ["customer", "teller"]}
    security.said = [
        {**alice, "disabled": False, "methods": ["sms", "totp"], "paused": ["totp"]},
        {**alice, "username": "bob", "disabled": True, "methods": [], "paused": []},
    ]
    first, second = gatehouse("list", "bank").output.splitlines()
    assert first == "alice\tAlice\tcustomer, teller\tactive\tsms, totp (paused)"
    assert second.endswith("\tdisabled\tnone yet")


ASKS = {
    "disable": ((), {}),
    "enable": ((), {}),
    "role": (
        ("--add", "teller", "--remove", "customer"),
        {"add": ["teller"], "remove": ["customer"]},
    ),
    "reset": ((), {}),
    "unlock": (("--method", "totp"), {"method": "totp"}),
}


@pytest.mark.parametrize("command", ASKS)
def test_each_command_asks_its_question(security, command):
    words, more = ASKS[command]
    security.said = {"password": "made-up", "roles": ["teller"]}
    result = gatehouse(command, "bank", "zoe", *words)
    assert result.exit_code == 0, result.exception
    [(path, _, body)] = security.asked
    assert (path, body) == (f"/users/{command}", {"tenant": "bank", "username": "zoe", **more})
    assert ("made-up" in result.output) is (command == "reset")


def test_a_role_command_without_a_role_asks_nothing(security):
    assert isinstance(gatehouse("role", "bank", "zoe").exception, Problem)
    assert security.asked == []


REFUSALS = {
    "unknown_person": ({"title": "Nobody."}, "users list"),
    "weak_password": ({"title": "Too easy.", "suggestions": ["Add a word."]}, "Add a word."),
    "invalid_arguments": ({"title": "No.", "field": "role", "known": ["teller"]}, "teller"),
    "something_new": ({}, "--help"),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_is_one_line_that_says_what_to_do(security, code):
    problem, to_do = REFUSALS[code]
    security.status, security.said = 422, {"code": code, **problem}
    refusal = gatehouse("add", *ZOE).exception
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert to_do in str(refusal)
    assert "\n" not in str(refusal)
