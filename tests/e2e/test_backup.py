"""A backup is made while people talk, and a new home brought back from it takes over."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

import pytest

from apis.common.database import database_path
from cli.backup.content import RING
from cli.settings import ROOT
from tests.e2e.installation import Installation
from tests.e2e.people import Person
from tests.e2e.visitor import Visitor, cards

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
PATIENCE = 60.0
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


def ring_copy(old: Installation, folder: Path) -> tuple[str, ...]:
    """Copy the rings; return what `restore` is given of them."""
    folder.mkdir(exist_ok=True)
    ring, safe = str(folder / "ring"), str(folder / "safe")
    done(old, "backup", "--ring", "--keys-to", safe, ring)
    return ("--ring", ring, "--ring-keys", safe)


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
                more = ring_copy(old, folder)
        finally:
            stop.set()
            thread.join()
    assert failed == []
    return (str(folder / "file"), *more)


def only_payee(installation: Installation) -> str:
    """Return what the bank calls the one person who has a single payee: bob."""
    query = "SELECT subject FROM payees GROUP BY subject HAVING count(*) = 1"
    with closing(sqlite3.connect(database_path(installation.home, "banking"))) as bank:
        [(subject,)] = bank.execute(query)
    return str(subject)


def payees_of(installation: Installation, subject: str) -> int:
    query = "SELECT count(*) FROM payees WHERE subject = ?"
    with closing(sqlite3.connect(database_path(installation.home, "banking"))) as bank:
        return int(bank.execute(query, (subject,)).fetchone()[0])


def wait_until(happened: Callable[[], bool], what: str) -> None:
    until = monotonic() + PATIENCE
    while not happened():
        assert monotonic() < until, what
        sleep(0.2)


def erase_while_the_bank_is_away(old: Installation, subject: str) -> None:
    """Bob goes; security dies before the bank is there, and goes on at its next start."""
    bank = old.processes()["apis.banking.serve"]
    bank.suspend()
    try:
        assert "reports of fraud and of lost cards" in done(old, "erase", "bob", "--again", "bob")

        def is_done() -> bool:
            return '"data:person:forget"' in done(old, "audit", "tail", "--count", "1000")

        wait_until(is_done, "bob is not erased")
        assert payees_of(old, subject) == 1
        seen = len(old.output.lines)
        old.processes()["security.serve"].kill()
        old.output.wait_for(r"  security: ready in .*", seen)
    finally:
        bank.resume()
    wait_until(lambda: payees_of(old, subject) == 0, "the bank has not erased bob")
    assert '"data:api:forget"' in done(old, "audit", "tail", "--count", "1000")


def test_a_new_home_takes_over(
    old: Installation,
    new_installation: Callable[..., Installation],
    persons: dict[str, Person],
    tmp_path: Path,
):
    """Restored, it starts, alice signs in anew, her balance and the trail are whole.

    GDPR 17: bob was erased meanwhile, and stays erased, at the bank as well.
    """
    with Visitor(old.url, old.authority) as visitor:
        shown, cookie = balance_of(visitor, persons["alice"])
        given = back_up_under_load(old, tmp_path)
    bob = only_payee(old)
    erase_while_the_bank_is_away(old, bob)
    given = (given[0], *ring_copy(old, tmp_path / "after"))
    assert "already running" in gatehouse(old, "restore", *given).stderr
    old.stop()
    content = Path(given[0]).read_bytes()
    for secret in (b"SQLite format", b"crimson wombat", b"alice", b"northwind", cookie.encode()):
        assert secret not in content, secret
    assert "is not empty" in gatehouse(old, "restore", *given).stderr

    new = new_installation(fresh=True)
    keep_keys(old.home, new.home)
    assert "start with `gatehouse run`" in done(new, "restore", *given)
    assert payees_of(new, bob) == 1, "the backup is of before"
    assert "records, whole" in done(new, "audit", "verify")
    new.start()
    with Visitor(new.url, new.authority) as visitor:
        visitor.http.cookies.set("__Host-gatehouse", cookie, domain="localhost.local", path="/")
        assert not visitor.http.get("/api/session").json().get("authenticated")
        visitor.http.cookies.clear()
        assert balance_of(visitor, persons["alice"])[0] == shown
    wait_until(lambda: payees_of(new, bob) == 0, "what was erased came back")
    assert "records, whole" in done(new, "audit", "verify")
    assert '"security:backup:restore"' in done(new, "audit", "tail", "--count", "1000")
