"""Transactions: durable when awaited, a refusal kept, anything else undone, times exact."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, inspect, text
from sqlalchemy.dialects import sqlite

from security.adapters.database import Database, open_engine
from security.adapters.schema import upgrade
from security.adapters.tables import Base, UtcTime
from security.errors import Refused
from tests.security.fakes import NOW


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "test.sqlite3"


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    made = Database(open_engine(f"sqlite:///{file}"), open_engine(f"sqlite:///{file}", False))
    made.run_here(lambda store: store.execute(text("CREATE TABLE notes (note TEXT)")))
    yield made
    made.close()


def notes(file: Path) -> list[str]:
    connection = sqlite3.connect(file)
    try:
        return [note for (note,) in connection.execute("SELECT note FROM notes")]
    finally:
        connection.close()


def write(connection: Connection) -> None:
    connection.execute(text("INSERT INTO notes VALUES ('written')"))


async def test_what_was_awaited_is_there_for_everyone(database: Database, file: Path) -> None:
    """Durable when it returns: another connection sees it."""
    await database.run_core(write)
    await database.run_relaxed(write)
    await database.run(lambda store: write(store.connection()))
    await database.run_relaxed_mapped(lambda store: write(store.connection()))
    assert notes(file) == ["written"] * 4


async def test_a_refusal_is_an_outcome_and_is_kept(database: Database, file: Path) -> None:
    """ASVS 16.3.2: its record must last."""

    def refuse(connection: Connection) -> None:
        write(connection)
        raise Refused("forbidden")

    for run in (database.run_core, database.run_relaxed):
        with pytest.raises(Refused, match="forbidden"):
            await run(refuse)
    for mapped in (database.run, database.run_relaxed_mapped):
        with pytest.raises(Refused, match="forbidden"):
            await mapped(lambda store: refuse(store.connection()))
    assert notes(file) == ["written"] * 4


async def test_anything_else_is_undone(database: Database, file: Path) -> None:
    """All or nothing."""

    def fail(connection: Connection) -> None:
        write(connection)
        raise KeyError("not foreseen")

    for run in (database.run_core, database.run_relaxed):
        with pytest.raises(KeyError):
            await run(fail)
    for mapped in (database.run, database.run_relaxed_mapped):
        with pytest.raises(KeyError):
            await mapped(lambda store: fail(store.connection()))
    assert notes(file) == []


async def test_a_failing_statement_is_a_refusal_that_says_nothing(
    database: Database, file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """ASVS 16.5.1, 16.5.3: neither the statement nor its values."""

    def fail(connection: Connection) -> None:
        write(connection)
        connection.execute(text("INSERT INTO planted VALUES (:v)"), {"v": "planted value"})

    with pytest.raises(Refused, match="security_unavailable") as refused:
        await database.run_core(fail)
    assert refused.value.__cause__ is None
    assert refused.value.details == {}
    assert "planted" not in "".join(capfd.readouterr())
    assert notes(file) == []


def test_a_durable_commit_is_on_disk_and_what_is_erased_is_gone(file: Path) -> None:
    """GH-4: no action without a record, whatever happens to the power."""
    wanted = {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1, "secure_delete": 1}
    wanted["temp_store"] = 2  # In memory: within walls there is no folder for such files.
    for durable, synchronous in ((True, 2), (False, 1)):
        engine = open_engine(f"sqlite:///{file}", durable)
        with engine.connect() as connection:
            for name, value in {**wanted, "synchronous": synchronous}.items():
                assert connection.exec_driver_sql(f"PRAGMA {name}").scalar() == value
        engine.dispose()


def test_a_transaction_that_reads_first_cannot_be_overtaken(file: Path) -> None:
    """ASVS 15.4.2: it holds the right to write from its beginning."""
    engine = open_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
    with engine.begin() as connection:
        connection.execute(text("SELECT count(*) FROM t"))
        rival = sqlite3.connect(file, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            rival.execute("INSERT INTO t VALUES (1)")
        rival.close()
    engine.dispose()


def test_the_schema_is_the_one_that_the_code_expects(file: Path) -> None:
    """Every migration applied, nothing is missing and nothing is left over."""
    engine = open_engine(f"sqlite:///{file}")
    upgrade(engine)
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
    assert tables == set(Base.metadata.tables)
    engine.dispose()


MOMENTS = st.datetimes(
    min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)
)


@given(MOMENTS)
def test_a_moment_is_read_back_exactly(moment: datetime) -> None:
    """To the microsecond: limits are compared at their boundary."""
    dialect = sqlite.dialect()
    stored = UtcTime().process_bind_param(moment, dialect)
    assert UtcTime().process_result_value(stored, dialect) == moment


@given(MOMENTS, MOMENTS)
def test_moments_sort_in_the_database_as_they_do_outside(one: datetime, other: datetime) -> None:
    dialect = sqlite.dialect()
    first, second = (UtcTime().process_bind_param(m, dialect) for m in (one, other))
    assert first is not None
    assert second is not None
    assert (first < second) is (one < other)


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=5, minutes=45)))
    dialect = sqlite.dialect()
    assert UtcTime().process_bind_param(there, dialect) == UtcTime().process_bind_param(
        NOW, dialect
    )


def test_a_moment_without_a_zone_is_an_error() -> None:
    with pytest.raises(ValueError, match="zone"):
        UtcTime().process_bind_param(datetime(2026, 11, 23), sqlite.dialect())
