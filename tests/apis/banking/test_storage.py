"""A store that fails denies, with a problem that shows nothing of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from apis.banking.ledger import Ledger
from apis.banking.writer import Writer
from apis.common.database import database_path, read_only_engine, write_engine
from apis.common.sealing.files import prepare_sealing
from tests.support.opened import sealing_at

from .books import Books, new_key
from .conftest import NOW, RELATIONS

pytestmark = pytest.mark.sqlite_alone("is about a file")


async def test_a_missing_database_is_an_error_and_is_not_created(tmp_path: Path) -> None:
    ledger = Ledger(
        read_only_engine(tmp_path / "none.sqlite3", prepare_sealing(tmp_path / "keys", "banking")),
        RELATIONS,
    )
    with pytest.raises(OperationalError):
        await ledger.ready()
    ledger.close()
    assert list(tmp_path.glob("*.sqlite3")) == []


async def test_a_database_without_tables_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty.sqlite3").touch()
    ledger = Ledger(
        read_only_engine(tmp_path / "empty.sqlite3", prepare_sealing(tmp_path / "keys", "banking")),
        RELATIONS,
    )
    with pytest.raises(OperationalError):
        await ledger.ready()
    ledger.close()


def test_what_reads_cannot_write(home: Path) -> None:
    engine = read_only_engine(
        database_path(home, "banking"), sealing_at(database_path(home, "banking"))
    )
    with engine.connect() as connection, pytest.raises(OperationalError):
        connection.execute(text("DELETE FROM transactions"))
    engine.dispose()


async def test_a_broken_store_is_503_and_shows_nothing(bank: Any) -> None:
    """ASVS 16.5.3: a failing store denies."""
    broken = Ledger(
        read_only_engine(
            bank.home / "gone.sqlite3", sealing_at(database_path(bank.home, "banking"))
        ),
        RELATIONS,
    )
    bank.app.state.ledger = broken
    reply = await bank.get("/accounts", bank.token("banking:accounts:read"))
    broken.close()
    assert (reply.status_code, reply.json()["code"]) == (503, "storage_unavailable")
    assert "sqlite" not in reply.text


async def test_a_missing_database_is_not_created_by_the_writer(tmp_path: Path) -> None:
    writer = Writer(
        write_engine(tmp_path / "none.sqlite3", prepare_sealing(tmp_path / "keys", "banking")),
        lambda: NOW,
        RELATIONS,
    )
    with pytest.raises(OperationalError):
        await writer.ready()
    writer.close()
    assert list(tmp_path.glob("*.sqlite3")) == []


async def test_a_database_of_another_version_is_an_error_at_start(tmp_path: Path) -> None:
    (tmp_path / "empty.sqlite3").touch()
    writer = Writer(
        write_engine(tmp_path / "empty.sqlite3", prepare_sealing(tmp_path / "keys", "banking")),
        lambda: NOW,
        RELATIONS,
    )
    with pytest.raises(OperationalError):
        await writer.ready()
    writer.close()


async def test_a_write_that_cannot_be_stored_is_503_and_shows_nothing(bank: Any) -> None:
    """ASVS 16.5.3: a failing store denies."""
    body = Books(database_path(bank.home, "banking")).transfer("Anna Berg", "1.00")
    broken = Writer(
        write_engine(bank.home / "gone.sqlite3", sealing_at(database_path(bank.home, "banking"))),
        lambda: NOW,
        RELATIONS,
    )
    bank.app.state.writer = broken
    reply = await bank.post("/transfers", body, new_key())
    broken.close()
    assert (reply.status_code, reply.json()["code"]) == (503, "storage_unavailable")
    assert "sqlite" not in reply.text


def test_a_commit_is_on_the_disk_when_it_returns(home: Path) -> None:
    """With a write-ahead log, SQLite syncs each commit only where synchronous is FULL."""
    engine = write_engine(
        database_path(home, "banking"), sealing_at(database_path(home, "banking"))
    )
    with engine.begin() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


async def test_reading_goes_on_while_a_write_is_under_way(bank: Any) -> None:
    engine = write_engine(
        database_path(bank.home, "banking"), sealing_at(database_path(bank.home, "banking"))
    )
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE accounts SET sealed = ''")
        [first, _] = (await bank.options())["accounts"]
        connection.rollback()
    engine.dispose()
    assert first["available"] == "1400.05"


async def test_an_unforeseen_error_is_500_and_shows_nothing(bank: Any) -> None:
    """ASVS 16.5.1: no detail of an error reaches the caller."""
    bank.app.state.ledger = object()
    reply = await bank.get("/accounts", bank.token("banking:accounts:read"))
    assert (reply.status_code, reply.json()["code"]) == (500, "internal_error")
    assert "object" not in reply.text


async def test_a_full_disk_is_503_and_moves_no_money(bank: Any) -> None:
    """ASVS 16.5.3: all of a transfer or nothing of it; with room again, the same key works."""
    file, key = database_path(bank.home, "banking"), new_key()
    body, held = Books(file).transfer("Anna Berg", "1.00"), Books(file).count("transactions")
    engine, room = write_engine(file, sealing_at(file)), bank.app.state.writer

    def fill(raw: Any, _record: object) -> None:
        [pages] = raw.execute("PRAGMA page_count").fetchone()
        raw.execute(f"PRAGMA max_page_count={pages}")

    event.listen(engine, "connect", fill)
    bank.app.state.writer = Writer(engine, lambda: NOW, RELATIONS)
    replies = [await bank.post("/transfers", body, new_key()) for _ in range(60)]
    full = [reply for reply in replies if reply.status_code >= 400]
    bank.app.state.writer.close()
    bank.app.state.writer = room
    assert full
    assert {(reply.status_code, reply.json()["code"]) for reply in full} == {
        (503, "storage_unavailable")
    }
    done = len(replies) - len(full)
    assert (await bank.post("/transfers", body, key)).is_success
    assert Books(file).count("transactions") == held + 2 * (done + 1)
