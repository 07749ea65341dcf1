"""Appending to the trail: the head that a transaction knows is the head that there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from security.adapters import audit_log, trail_rows
from security.adapters.database import Database, open_engine
from security.adapters.schema import upgrade
from security.audit.chain import Whole, verify_chain
from security.audit.record import AuditEvent, Tag
from security.errors import Refused
from tests.security.fakes import NOW

EVENT = AuditEvent(tag=Tag.STARTED)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(f"sqlite:///{tmp_path / 'trail.sqlite3'}")


@pytest.fixture
def database(engine: Engine) -> Iterator[Database]:
    upgrade(engine)
    database = Database(engine)
    yield database
    database.close()


def add(connection: Connection, count: int = 1) -> None:
    for _ in range(count):
        audit_log.append(connection, EVENT, NOW)


async def whole(database: Database) -> int:
    found = verify_chain(await database.run_core(lambda c: list(audit_log.read_all(c))))
    assert isinstance(found, Whole), found
    return found.count


async def test_many_records_of_one_transaction_read_the_head_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads: list[trail_rows.Head | None] = []
    read = trail_rows.read_head

    def counted(connection: Connection, writer: str) -> trail_rows.Head | None:
        heads.append(read(connection, writer))
        return heads[-1]

    monkeypatch.setattr(trail_rows, "read_head", counted)
    await database.run_core(lambda c: add(c, 4))
    assert len(heads) == 1
    assert await whole(database) == 4


async def test_the_next_transaction_reads_what_others_have_added(
    database: Database, tmp_path: Path
) -> None:
    """Another process may have written meanwhile."""
    other = Database(open_engine(f"sqlite:///{tmp_path / 'trail.sqlite3'}"))
    await database.run_core(add)
    await other.run_core(add)
    await database.run_core(add)
    await other.run_core(add)
    other.close()
    assert await whole(database) == 4


async def test_a_savepoint_that_is_given_up_leaves_no_gap(database: Database) -> None:
    def work(connection: Connection) -> None:
        add(connection)
        savepoint = connection.begin_nested()
        add(connection, 2)
        savepoint.rollback()
        add(connection)
        with connection.begin_nested():
            add(connection, 2)
        add(connection)

    await database.run_core(work)
    assert await whole(database) == 5


async def test_a_transaction_that_is_given_up_leaves_no_gap(database: Database) -> None:
    def work(connection: Connection) -> None:
        add(connection, 2)
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await database.run_core(work)
        await database.run_core(add)
    assert await whole(database) == 2


def test_an_engine_that_does_not_write_the_trail_adds_nothing_to_it() -> None:
    """Fail closed: what would be lost without a word is an error."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection, pytest.raises(RuntimeError, match="trail"):
        add(connection)
    engine.dispose()


@pytest.mark.parametrize(
    "broken",
    [
        "ALTER TABLE audit RENAME TO elsewhere",
        "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'secret'); END",
    ],
)
async def test_a_trail_that_cannot_be_read_or_written_refuses_all_work(
    database: Database, engine: Engine, broken: str
) -> None:
    with engine.begin() as connection:
        connection.execute(text(broken))
    with pytest.raises(Refused) as refused:
        await database.run_core(add)
    assert refused.value.code == "security_unavailable"
