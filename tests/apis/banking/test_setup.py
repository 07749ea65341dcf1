"""The database is made once, for its owner only, and seeded when it is empty."""

from __future__ import annotations

import copy
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select

from apis.banking.database import database_path, writable_engine
from apis.banking.seed import SeedError
from apis.banking.setup import prepare
from apis.banking.tables import AccountRow, Base, TransactionRow

from .conftest import BOOK, NOW, SUBJECTS


def rows(home: Path) -> tuple[int, int]:
    engine = writable_engine(database_path(home))
    with engine.connect() as connection:
        accounts = connection.scalar(select(func.count()).select_from(AccountRow))
        transactions = connection.scalar(select(func.count()).select_from(TransactionRow))
    engine.dispose()
    return int(accounts or 0), int(transactions or 0)


def test_the_second_run_changes_nothing(home: Path, seed_file: Path) -> None:
    before = database_path(home).read_bytes()
    assert "already" in prepare(home, seed_file, json.dumps(SUBJECTS), NOW)
    assert rows(home) == (4, 14)
    assert database_path(home).read_bytes() == before


def test_only_the_owner_may_read_the_database(home: Path) -> None:
    """ASVS 14.2: a file that holds accounts is nobody else's to read."""
    assert stat.S_IMODE(database_path(home).stat().st_mode) == 0o600
    assert stat.S_IMODE(database_path(home).parent.stat().st_mode) == 0o700


def test_rights_that_were_too_wide_are_narrowed(home: Path, seed_file: Path) -> None:
    database_path(home).chmod(0o644)
    prepare(home, seed_file, json.dumps(SUBJECTS), NOW)
    assert stat.S_IMODE(database_path(home).stat().st_mode) == 0o600


def test_the_migrations_make_the_tables_that_the_code_reads(home: Path) -> None:
    engine = writable_engine(database_path(home))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


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
