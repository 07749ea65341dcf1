"""Rows of one database in another: all of them, or an error that says what does not fit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column as C
from sqlalchemy import (
    Connection,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    select,
)

from runtime import copying
from runtime.copying import copy_rows

TABLES = MetaData()
PARENT = Table("parent", TABLES, C("id", Integer, primary_key=True), C("name", String(9)))
CHILD = Table(
    "child",
    TABLES,
    C("id", String(9), primary_key=True),
    C("of", ForeignKey("parent.id")),
    C("box", LargeBinary),
    C("at", DateTime),
)
AT = dt.datetime(2026, 1, 2, 3, 4, 5, 6)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Connection, Connection]]:
    """A database with rows and one without, in transactions."""
    engines = [create_engine(f"sqlite:///{tmp_path / name}") for name in ("one", "two")]
    for engine in engines:
        TABLES.create_all(engine)
    with engines[0].begin() as source, engines[1].begin() as target:
        source.execute(PARENT.insert(), [{"id": n, "name": f"n{n}"} for n in range(1, 8)])
        source.execute(CHILD.insert(), {"id": "c", "of": 7, "box": b"\0'%s", "at": AT})
        yield source, target
    for engine in engines:
        engine.dispose()


def test_every_row_is_what_it_was(
    both: tuple[Connection, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where there are more than are in memory at once."""
    monkeypatch.setattr(copying, "BATCH", 3)
    source, target = both
    assert copy_rows(source, target) == 8
    for table in (PARENT, CHILD):
        assert target.execute(select(table)).all() == source.execute(select(table)).all()


def test_a_table_can_be_left_out(both: tuple[Connection, Connection]) -> None:
    source, target = both
    assert copy_rows(source, target, leave_out=("child",)) == 7
    assert target.execute(select(CHILD)).all() == []


def test_nothing_is_copied_over_rows_that_are_there(both: tuple[Connection, Connection]) -> None:
    source, target = both
    target.execute(PARENT.insert(), {"id": 99, "name": "mine"})
    with pytest.raises(ValueError, match="rows in parent already"):
        copy_rows(source, target)
    assert target.execute(select(PARENT.c.id)).scalars().all() == [99]


@pytest.mark.parametrize(
    "statement", ["DROP TABLE child", "ALTER TABLE child ADD more", "CREATE TABLE other (id)"]
)
def test_databases_with_other_tables_are_refused(
    both: tuple[Connection, Connection], statement: str
) -> None:
    source, target = both
    target.exec_driver_sql(statement)
    with pytest.raises(ValueError, match="not the same tables"):
        copy_rows(source, target)
    assert target.execute(select(PARENT)).all() == []
