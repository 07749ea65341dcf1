"""Somebody who has taken over one process of a running Gatehouse, and what the others have."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from cli.apis import served_here
from cli.process_users import FIRST_UID
from cli.profiles import profiles
from cli.settings import ROOT, Settings
from cli.walls import missing_walls
from runtime.sockets import SECURITY_ACTIONS, SECURITY_GATEWAY, api_socket
from sandbox.told import PROFILE, written

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(missing_walls()), reason="this machine does not have every wall"),
]
# A socket of security that the process is no end of.
CLOSED = {
    "actions": SECURITY_GATEWAY,
    "rasa": SECURITY_ACTIONS,
    "gateway": SECURITY_ACTIONS,
    "banking": SECURITY_ACTIONS,
}


@pytest.fixture
def neighbour(tmp_path) -> Iterator[dict[str, object]]:
    """Somebody with an abstract socket, one like a database's and a queue, all there to be had."""
    abstract, database = f"gatehouse-e2e-{os.getpid()}", tmp_path / ".s.PGSQL.5432"
    libc = ctypes.CDLL(None)
    queue = libc.msgget(0, 0o1666)
    with ExitStack() as held:
        for address in ("\0" + abstract, str(database)):
            listening = held.enter_context(socket.socket(socket.AF_UNIX))
            listening.bind(address)
            listening.listen()
        database.chmod(0o777)
        held.callback(libc.msgctl, queue, 0, None)
        yield {"abstract": abstract, "database": str(database), "queue": queue}


@pytest.mark.parametrize("name", CLOSED)
def test_attack_whoever_has_taken_over_a_process_gets_nothing_of_the_others(
    gatehouse, neighbour, tmp_path, name
):
    """ASVS 13.2.4: no key, no database, no memory, no other caller's listener, nothing outside.

    Nor an API: whose sockets are security's alone to call.
    """
    security = gatehouse.processes()["security.serve"]
    settings = Settings(home=gatehouse.home, port=gatehouse.port)
    own, code = tmp_path / "own", tmp_path / "code"
    own.mkdir()
    shutil.copytree(ROOT / "sandbox", code / "sandbox")
    shutil.copytree(ROOT / "tests" / "sandbox" / "hostile", code / "hostile")
    first = gatehouse.processes()["gateway.serve"].uids().real or FIRST_UID
    table = profiles(settings, gatehouse.sockets, served_here(), first)
    walled = replace(table[name], code=(*table[name].code, code), writes=(*table[name].writes, own))
    if os.geteuid() == 0:
        os.chown(own, walled.uid, walled.uid)
    apis = [api_socket(each) for each in served_here() if each != name]
    facts = {
        "pid": security.pid,
        "file": str(gatehouse.home / "keys" / "master.key"),
        "sockets": [str(gatehouse.sockets / each) for each in (CLOSED[name], *apis)],
        "log": str(gatehouse.home / "logs" / "security.log"),
        "port": gatehouse.port,
        **neighbour,
        "called": str((*walled.calls, tmp_path / "none")[0] / "sock"),
        "own": str(own),
        "code": str(code),
    }
    before = Path(facts["file"]).read_bytes()
    python = settings.rasa_executable if name == "rasa" else sys.executable
    ended = subprocess.run(
        [python, "-m", "hostile", json.dumps(facts)],
        env={PROFILE: written(walled), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=code,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert ended.returncode == 0, ended.stderr
    missing, came = map(json.loads, ended.stdout.splitlines())
    assert missing == []
    assert {came.pop("a_thread"), came.pop("its_own_folder")} == {"runs", "kept"}
    assert came.pop("what_it_may_call", "answers") == "answers"
    assert {what: got for what, got in came.items() if not got.startswith("STOPPED ")} == {}
    assert all(Path(each).is_socket() for each in (*facts["sockets"], facts["database"]))
    assert (security.is_running(), Path(facts["file"]).read_bytes()) == (True, before)


def test_each_process_has_a_user_of_its_own_where_root_starts_them(gatehouse):
    """ASVS 13.2.4: and none of them is root, has a capability, or can be looked into."""
    if os.geteuid() != 0:
        pytest.skip("only root can give each process a user of its own")
    users = [process.uids().effective for process in gatehouse.processes().values()]
    assert len(set(users)) == len(users)
    assert 0 not in users
    for process in gatehouse.processes().values():
        told = dict(
            line.split(":\t", 1)
            for line in Path(f"/proc/{process.pid}/status").read_text().splitlines()
        )
        assert int(told["CapEff"], 16) == int(told["CapBnd"], 16) == 0
        assert (told["NoNewPrivs"], told["Seccomp"]) == ("1", "2")
        assert Path(f"/proc/{process.pid}/environ").stat().st_uid == 0  # Not dumpable.


def test_rasa_and_actions_see_no_network_at_all(gatehouse):
    """ASVS 13.2.4: a network of their own, with nothing in it."""
    ours = os.readlink("/proc/self/ns/net")
    for name, process in gatehouse.processes().items():
        own = os.readlink(f"/proc/{process.pid}/ns/net")
        assert (own == ours) is (name in ("gateway.serve", "security.serve")), name
