"""A store that fails denies, with a problem that shows nothing of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from apis.banking.database import database_path
from apis.banking.ledger import Ledger, read_only_engine


async def test_a_missing_database_is_an_error_and_is_not_created(tmp_path: Path) -> None:
    ledger = Ledger(read_only_engine(tmp_path / "none.sqlite3"))
    with pytest.raises(OperationalError):
        await ledger.ready()
    ledger.close()
    assert list(tmp_path.iterdir()) == []


async def test_a_database_without_tables_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty.sqlite3").touch()
    ledger = Ledger(read_only_engine(tmp_path / "empty.sqlite3"))
    with pytest.raises(OperationalError):
        await ledger.ready()
    ledger.close()


def test_the_serving_process_cannot_write(home: Path) -> None:
    engine = read_only_engine(database_path(home))
    with engine.connect() as connection, pytest.raises(OperationalError):
        connection.execute(text("DELETE FROM transactions"))
    engine.dispose()


async def test_a_broken_store_is_503_and_shows_nothing(bank: Any) -> None:
    """ASVS 16.5.3: a failing store denies."""
    broken = Ledger(read_only_engine(bank.home / "gone.sqlite3"))
    bank.app.state.ledger = broken
    reply = await bank.get("/accounts", bank.token("banking:accounts:read"))
    broken.close()
    assert (reply.status_code, reply.json()["code"]) == (503, "storage_unavailable")
    assert "sqlite" not in reply.text


async def test_an_unforeseen_error_is_500_and_shows_nothing(bank: Any) -> None:
    """ASVS 16.5.1: no detail of an error reaches the caller."""
    bank.app.state.ledger = object()
    reply = await bank.get("/accounts", bank.token("banking:accounts:read"))
    assert (reply.status_code, reply.json()["code"]) == (500, "internal_error")
    assert "object" not in reply.text
