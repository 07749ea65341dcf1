"""The database is made once, for its owner only, and seeded when it is empty."""

from __future__ import annotations

import copy
import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import event, func, select

from apis import banking
from apis.banking.setup import PREPARATION
from apis.banking.tables import AccountRow, Base, TransactionRow
from apis.common.database import database_path, writable_engine
from apis.common.schema import migrate
from apis.common.sealing.columns import Sealed
from apis.common.setup import SeedError
from apis.common.tables import OnceBase
from tests.support.opened import connect, sealing_at

from .books import CURRENT, Books
from .conftest import NOW, SUBJECTS
from .seeded import BOOK

pytestmark = pytest.mark.sqlite_alone("is about a file, and about files of earlier versions")

prepare = PREPARATION.prepare


def rows(home: Path) -> tuple[int, int]:
    engine = writable_engine(
        database_path(home, "banking"), sealing_at(database_path(home, "banking"))
    )
    with engine.connect() as connection:
        accounts = connection.scalar(select(func.count()).select_from(AccountRow))
        transactions = connection.scalar(select(func.count()).select_from(TransactionRow))
    engine.dispose()
    return int(accounts or 0), int(transactions or 0)


def test_the_second_run_changes_nothing(home: Path, seed_file: Path) -> None:
    before = database_path(home, "banking").read_bytes()
    assert "already" in prepare(home, seed_file, json.dumps(SUBJECTS), NOW)
    assert rows(home) == (4, 14)
    assert database_path(home, "banking").read_bytes() == before


def test_only_the_owner_may_read_the_database(home: Path) -> None:
    """ASVS 14.2.4: a file that holds accounts is nobody else's to read."""
    assert stat.S_IMODE(database_path(home, "banking").stat().st_mode) == 0o600
    assert stat.S_IMODE(database_path(home, "banking").parent.stat().st_mode) == 0o700


def test_rights_that_were_too_wide_are_narrowed(home: Path, seed_file: Path) -> None:
    database_path(home, "banking").chmod(0o644)
    prepare(home, seed_file, json.dumps(SUBJECTS), NOW)
    assert stat.S_IMODE(database_path(home, "banking").stat().st_mode) == 0o600


def _is_kept(thing: Any, _name: str, kind: str, *_more: Any) -> bool:
    """Sealed columns are kept in one."""
    return kind != "column" or not isinstance(thing.type, Sealed)


def test_the_migrations_make_the_tables_that_the_code_reads(home: Path) -> None:
    engine = writable_engine(
        database_path(home, "banking"), sealing_at(database_path(home, "banking"))
    )
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": _is_kept}
        )
        assert compare_metadata(context, [Base.metadata, OnceBase.metadata]) == []
    engine.dispose()


def _first_version(home: Path) -> Books:
    """Turn the bank into one of the first version, with all of its rows and none of the new."""
    path = database_path(home, "banking")
    with closing(connect(path)) as newer:
        kept = {
            "accounts": newer.execute(
                "SELECT id, tenant, subject, name, number, currency, balance_minor, held_minor"
                " FROM accounts"
            ).fetchall(),
            "transactions": newer.execute(
                "SELECT id, account_id, booked_on, position, text, amount_minor FROM transactions"
            ).fetchall(),
        }
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()
    engine = writable_engine(path, sealing_at(path))
    config = Config()
    folder = Path(banking.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with closing(sqlite3.connect(path)) as raw, raw:
        for table, rows in kept.items():
            places = ", ".join("?" * len(rows[0]))
            raw.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
    engine.dispose()
    return Books(path)


def test_a_bank_of_the_first_version_keeps_its_rows_and_gets_the_new_ones(
    home: Path, seed_file: Path
) -> None:
    books = _first_version(home)
    kept = (
        "SELECT id, number, balance_minor, held_minor FROM accounts ORDER BY id",
        "SELECT id, account_id, booked_on, position, text, amount_minor FROM transactions"
        " ORDER BY position, id",
    )
    with closing(sqlite3.connect(books.path)) as raw:
        before = [raw.execute(query).fetchall() for query in kept]
    assert prepare(home, seed_file, json.dumps(SUBJECTS), NOW) == "banking: seeded"
    assert [books.rows(query) for query in kept] == before
    for part in books.path.parent.glob(f"{books.path.name}*"):
        assert b"Spotted Goods" not in part.read_bytes()
    assert (books.count("payees"), books.count("bills")) == (6, 5)
    assert books.transfer("Anna Berg", "1.00", CURRENT)["payee"].startswith("pay_")
    books.check()
    assert "already" in prepare(home, seed_file, json.dumps(SUBJECTS), NOW)


def test_a_migration_that_dies_half_way_leaves_the_schema_as_it_was(home: Path) -> None:
    books = _first_version(home)
    before = books.dump()
    engine = writable_engine(books.path, sealing_at(books.path))

    def fail(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "CREATE TABLE idempotency_keys" in statement:
            raise KeyboardInterrupt

    event.listen(engine, "before_cursor_execute", fail)
    with pytest.raises(KeyboardInterrupt):
        migrate(engine, Path(banking.__file__).parent / "migrations")
    engine.dispose()
    assert books.dump() == before


def _opened(table: str, column: str) -> str:
    return f"opened('{table}', sealed, id || '/' || subject, tenant, '{column}')"


def test_payees_and_bills_of_a_bank_that_has_some_stay_as_they_are(
    home: Path, seed_file: Path
) -> None:
    books = Books(database_path(home, "banking"))
    engine = writable_engine(books.path, sealing_at(books.path))
    with engine.begin() as connection:
        for table, column, one in (
            ("payees", "name", "Anna Berg"),
            ("bills", "biller", "Dollar Books"),
        ):
            delete = f"DELETE FROM {table} WHERE {_opened(table, column)} != '{one}'"
            connection.exec_driver_sql(delete)
    engine.dispose()
    assert "already" in prepare(home, seed_file, json.dumps(SUBJECTS), NOW)
    assert (books.count("payees"), books.count("bills")) == (1, 1)


def test_a_schema_alone_needs_no_seed(tmp_path: Path) -> None:
    prepare(tmp_path, None, "", NOW)
    assert rows(tmp_path) == (0, 0)


def test_a_home_with_odd_characters_works(tmp_path: Path) -> None:
    home = tmp_path / "100% a?b#c d"
    prepare(home, None, "", NOW)
    assert rows(home) == (0, 0)


def _changed(tmp_path: Path, **changes: Any) -> Path:
    book = copy.deepcopy(BOOK)
    book["banking"]["accounts"][1].update(changes)
    path = tmp_path / "changed.yml"
    path.write_text(json.dumps(book), "utf-8")
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {"balance": "-0.06"},
        {"balance": "-0.04"},
        {"balance": -0.05},
        {"currency": "XXX"},
        {"number": "4021"},
        {"held": "-0.06"},
        {"limit": "-0.06"},
        {"owner": {"tenant": "northwind-bank", "username": "alice", "person_id": "1"}},
    ],
)
def test_a_seed_that_does_not_add_up_is_refused_whole(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    home = tmp_path / "home"
    with pytest.raises(SeedError) as refused:
        prepare(home, _changed(tmp_path, **changes), json.dumps(SUBJECTS), NOW)
    assert "0.06" not in str(refused.value)
    assert rows(home) == (0, 0)


@pytest.mark.parametrize("subjects", ["", "[]", "{}", '{"northwind-bank": {"alice": 1}}'])
def test_an_owner_without_a_subject_writes_nothing(
    tmp_path: Path, seed_file: Path, subjects: str
) -> None:
    home = tmp_path / "home"
    with pytest.raises(SeedError):
        prepare(home, seed_file, subjects, NOW)
    assert rows(home) == (0, 0)


def test_a_file_that_is_no_seed_is_refused(tmp_path: Path) -> None:
    for content in ("", "[]", "people: []", "{", "banking: 7"):
        path = tmp_path / "odd.yml"
        path.write_text(content, "utf-8")
        with pytest.raises(SeedError):
            prepare(tmp_path / "home", path, "{}", NOW)
