"""A backup is made while people talk, and a new home brought back from it takes over."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.backup.content import RING
from cli.settings import ROOT
from tests.e2e.installation import Installation
from tests.e2e.people import Person
from tests.e2e.visitor import Visitor, cards

pytestmark = pytest.mark.e2e
PLANTED = "what's my balance, dear crimson wombat?"


def gatehouse(
    installation: Installation, *words: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in a home, as an operator does."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("GATEHOUSE_")}
    environ |= {"GATEHOUSE_HOME": str(installation.home), **settings}
    command = [Path(sys.executable).parent / "gatehouse", *words]
    return subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )


def done(installation: Installation, *words: str) -> str:
    ended = gatehouse(installation, *words)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def balance_of(visitor: Visitor, person: Person) -> tuple[str, str]:
    """Sign in and ask; return what the card says, and the session's cookie."""
    visitor.arrive()
    visitor.say(PLANTED)
    [card] = cards(visitor.sign_in(person), "balance")
    return str(card), visitor.http.cookies["__Host-gatehouse"]


def keep_keys(old: Path, new: Path) -> None:
    """Bring the keys over that an operator keeps apart from the backups."""
    for name in ("keys/master.key", "keys/backup.key", "api-keys"):
        (new / name).parent.mkdir(mode=0o700, exist_ok=True)
        if (old / name).is_dir():
            shutil.copytree(old / name, new / name)
        else:
            shutil.copy2(old / name, new / name)


def test_a_new_home_takes_over(
    new_installation: Callable[..., Installation], persons: dict[str, Person], tmp_path: Path
):
    """Made under load; restored, it starts, alice signs in, her balance and the trail are whole."""
    old = new_installation()
    old.start()
    file, ring, safe = tmp_path / "file", tmp_path / "ring", tmp_path / "safe"
    with Visitor(old.url, old.authority) as visitor, Visitor(old.url, old.authority) as talker:
        shown, cookie = balance_of(visitor, persons["alice"])
        stop, failed = threading.Event(), []
        talker.arrive()

        def talk() -> None:
            while not stop.is_set():
                if talker.post("/api/messages", text="hello").status_code not in (200, 429):
                    failed.append(1)

        thread = threading.Thread(target=talk)
        thread.start()
        try:
            said = done(old, "backup", str(file))
            has_ring = (old.home / RING).exists()
            if has_ring:
                done(old, "backup", "--ring", "--keys-to", str(safe), str(ring))
        finally:
            stop.set()
            thread.join()
        assert failed == []
        assert "keys are in no backup" in said
    refused = gatehouse(old, "restore", str(file))
    assert "already running" in refused.stderr
    old.stop()
    content = file.read_bytes()
    for secret in (b"SQLite format", b"crimson wombat", b"alice", b"northwind", cookie.encode()):
        assert secret not in content, secret
    assert "is not empty" in gatehouse(old, "restore", str(file)).stderr

    new = new_installation()
    keep_keys(old.home, new.home)
    more = ("--ring", str(ring), "--ring-keys", str(safe)) if has_ring else ()
    assert "start with `gatehouse run`" in done(new, "restore", str(file), *more)
    assert "each follows its predecessor" in done(new, "audit", "verify")
    new.start()
    with Visitor(new.url, new.authority) as visitor:
        visitor.http.cookies.set("__Host-gatehouse", cookie, domain="localhost.local", path="/")
        assert not visitor.http.get("/api/session").json().get("authenticated")
        visitor.http.cookies.clear()
        again, _ = balance_of(visitor, persons["alice"])
        assert again == shown
    assert "each follows its predecessor" in done(new, "audit", "verify")
    tail = done(new, "audit", "tail", "--count", "1000")
    assert '"security:backup:restore"' in tail
