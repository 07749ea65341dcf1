"""One database as it is at one moment, while others write to it."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest

from cli.backup.snapshot import copy, main


@pytest.fixture
def ledger(tmp_path):
    """Accounts whose sum never changes, with many pages."""
    file = tmp_path / "ledger.sqlite3"
    with closing(sqlite3.connect(file)) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, cents INTEGER, note TEXT)")
        rows = ((number, 1_000, "x" * 2_000) for number in range(20_000))
        made.executemany("INSERT INTO account VALUES (?, ?, ?)", rows)
        made.commit()
    return file


def total(file):
    with closing(sqlite3.connect(file)) as opened:
        return opened.execute("SELECT sum(cents), count(*) FROM account").fetchone()


def test_the_copy_is_consistent_while_others_write(ledger, tmp_path):
    """Money moves all the time between two accounts that lie far from each other."""
    stop, moved = threading.Event(), []

    def move():
        with closing(sqlite3.connect(ledger, timeout=30)) as writing:
            writing.execute("PRAGMA synchronous = OFF")
            number = 0
            while not stop.is_set():
                number = (number + 1) % 9_000
                with writing:
                    writing.execute("UPDATE account SET cents = cents - 1 WHERE id = ?", (number,))
                    writing.execute(
                        "UPDATE account SET cents = cents + 1 WHERE id = ?", (19_999 - number,)
                    )
                moved.append(number)

    thread = threading.Thread(target=move)
    thread.start()
    try:
        while not moved:
            pass
        before = len(moved)
        copy(ledger, tmp_path / "copy")
        during = len(moved) - before
    finally:
        stop.set()
        thread.join()
    assert during > 0, "nobody wrote meanwhile: nothing was shown"
    assert total(tmp_path / "copy") == (20_000_000, 20_000)
    assert not (tmp_path / "copy-wal").exists()


def test_what_is_in_the_log_alone_is_in_the_copy(ledger, tmp_path):
    with closing(sqlite3.connect(ledger)) as writing:
        with writing:
            writing.execute("UPDATE account SET cents = 7 WHERE id = 5")
        copy(ledger, tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy")) as copied:
        assert copied.execute("SELECT cents FROM account WHERE id = 5").fetchone() == (7,)


def test_a_damaged_database_gives_no_copy(ledger, tmp_path, monkeypatch, capsys):
    with ledger.open("r+b") as file:
        file.seek(4_096 * 50)
        file.write(b"\xff" * 4_096 * 20)
    monkeypatch.setattr("sys.argv", ["snapshot", str(ledger), str(tmp_path / "copy")])
    assert main() == 1
    assert "snapshot: " in capsys.readouterr().err


def test_a_missing_database_is_not_made(tmp_path):
    with pytest.raises(sqlite3.OperationalError):
        copy(tmp_path / "none.sqlite3", tmp_path / "copy")
    assert not (tmp_path / "none.sqlite3").exists()
