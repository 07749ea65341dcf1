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

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
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
    [card] = cards(visitor.sign_in(person), "balances")
    return str(card), visitor.http.cookies["__Host-gatehouse"]


def keep_keys(old: Path, new: Path) -> None:
    """Bring the keys over that an operator keeps apart from the backups."""
    for name in ("keys/master.key", "keys/backup.key", "api-keys"):
        (new / name).parent.mkdir(mode=0o700, exist_ok=True)
        if (old / name).is_dir():
            shutil.copytree(old / name, new / name)
        else:
            shutil.copy2(old / name, new / name)


@pytest.fixture
def old(new_installation: Callable[..., Installation]) -> Installation:
    """A running Gatehouse that somebody talks to."""
    installation = new_installation()
    installation.start()
    return installation


def back_up_under_load(old: Installation, folder: Path) -> tuple[str, ...]:
    """Back up while somebody talks; return what `restore` is given."""
    stop, failed = threading.Event(), []
    with Visitor(old.url, old.authority) as talker:
        talker.arrive()

        def talk() -> None:
            while not stop.is_set():
                if talker.post("/api/messages", text="hello").status_code not in (200, 429):
                    failed.append(1)

        thread = threading.Thread(target=talk)
        thread.start()
        try:
            assert "keys are in no backup" in done(old, "backup", str(folder / "file"))
            more: tuple[str, ...] = ()
            if (old.home / RING).exists():
                ring, safe = str(folder / "ring"), str(folder / "safe")
                done(old, "backup", "--ring", "--keys-to", safe, ring)
                more = ("--ring", ring, "--ring-keys", safe)
        finally:
            stop.set()
            thread.join()
    assert failed == []
    return (str(folder / "file"), *more)


def test_a_new_home_takes_over(
    old: Installation,
    new_installation: Callable[..., Installation],
    persons: dict[str, Person],
    tmp_path: Path,
):
    """Restored, it starts, alice signs in anew, her balance and the trail are whole."""
    with Visitor(old.url, old.authority) as visitor:
        shown, cookie = balance_of(visitor, persons["alice"])
        given = back_up_under_load(old, tmp_path)
    assert "already running" in gatehouse(old, "restore", *given).stderr
    old.stop()
    content = Path(given[0]).read_bytes()
    for secret in (b"SQLite format", b"crimson wombat", b"alice", b"northwind", cookie.encode()):
        assert secret not in content, secret
    assert "is not empty" in gatehouse(old, "restore", *given).stderr

    new = new_installation(fresh=True)
    keep_keys(old.home, new.home)
    assert "start with `gatehouse run`" in done(new, "restore", *given)
    assert "records, whole" in done(new, "audit", "verify")
    new.start()
    with Visitor(new.url, new.authority) as visitor:
        visitor.http.cookies.set("__Host-gatehouse", cookie, domain="localhost.local", path="/")
        assert not visitor.http.get("/api/session").json().get("authenticated")
        visitor.http.cookies.clear()
        assert balance_of(visitor, persons["alice"])[0] == shown
    assert "records, whole" in done(new, "audit", "verify")
    assert '"security:backup:restore"' in done(new, "audit", "tail", "--count", "1000")
