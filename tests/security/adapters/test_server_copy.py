"""Databases on a server as files, and back: every row, of one moment, and as sealed as before."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DataError

from runtime.postgres import Login
from security.adapters.row_security import ROW_KEY_FILE, load_row_key
from security.adapters.server_copy import (
    bring_data,
    bring_ring,
    copy_data,
    copy_ring,
    has_ring,
    take_away,
)
from security.setup import OnServer, prepare_database, prepare_keys
from security.vault.owners import Owner, Scope
from tests.security.adapters.rings import ROLE, Ring, ring_on
from tests.security.people import new_seed
from tests.security.world import Origin, make_origin
from tests.support.postgres import OWNER, RUNNING, Server

pytestmark = pytest.mark.postgres_alone
LOGIN = Login()
ALICE = Owner(Scope.PERSON_ERASABLE, "bank", "alice")


TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    " AND tablename NOT IN ('row_security', 'alembic_version') ORDER BY 1"
)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Origin:
    """A database with people, as set-up leaves it: without the numbers of the tests' rows."""
    made = make_origin(tmp_path_factory.mktemp("there"), new_seed(), postgres)
    for (table,) in postgres.run(TABLES, database=made.template):
        postgres.run(f"ALTER TABLE {table} DROP COLUMN rowid", database=made.template)
    return made


@pytest.fixture
def copied(there: Origin, postgres: Server, tmp_path: Path) -> Path:
    """A copy of it in a file."""
    file = tmp_path / "copy.sqlite3"
    key = load_row_key(there.home / "keys" / ROW_KEY_FILE)
    assert copy_data(postgres.url(there.template, RUNNING), LOGIN, key, file) > 0
    return file


@pytest.fixture
def empty(postgres: Server) -> Iterator[str]:
    name = postgres.create()
    yield name
    postgres.drop(name)


def rows(file: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as opened:
        return opened.execute(statement).fetchall()


def test_a_copy_has_every_row_of_every_tenant(
    there: Origin, postgres: Server, copied: Path
) -> None:
    """By the role that security runs as: row security lets it see everybody's, when it says so."""
    for (table,) in postgres.run(TABLES, database=there.template):
        count = f"SELECT count(*) FROM {table}"
        assert rows(copied, count) == postgres.run(count, database=there.template), table
    names = "SELECT id, tenant_id, disabled_at FROM people ORDER BY id"
    assert rows(copied, names) == postgres.run(names, database=there.template)
    assert rows(copied, "PRAGMA foreign_key_check") == []
    assert [path.name for path in copied.parent.glob("copy*")] == [copied.name]


def test_a_copy_holds_ciphertext_alone(there: Origin, copied: Path) -> None:
    """ASVS 14.2.4: nor the key of row security, which is the server's own."""
    written = copied.read_bytes()
    people = there.seed.people
    words = [word for one in people for word in (one.name, one.totp_secret, one.phone, one.email)]
    # A name of three letters stands somewhere in any megabyte of ciphertext.
    long = [word for word in words if word and len(word) > 4]
    assert len(long) > 5
    assert [word for word in long if word.encode() in written] == []
    assert (there.home / "keys" / ROW_KEY_FILE).read_bytes() not in written


def test_what_is_brought_back_is_what_it_was(
    there: Origin, postgres: Server, copied: Path, empty: str, tmp_path: Path
) -> None:
    bring_data(copied, postgres.url(empty, OWNER), LOGIN)
    keys = prepare_keys(there.home)
    prepare_database(there.home, keys, OnServer(postgres.url(empty, OWNER), RUNNING)).close()
    keys.data_keys.close()
    for (table,) in postgres.run(TABLES, database=there.template):
        every = f"SELECT t::text FROM {table} AS t ORDER BY 1"
        assert postgres.run(every, database=empty) == postgres.run(
            every, database=there.template
        ), table
    key = load_row_key(there.home / "keys" / ROW_KEY_FILE)
    again = tmp_path / "again.sqlite3"
    assert copy_data(postgres.url(empty, RUNNING), LOGIN, key, again) > 0
    audit = "SELECT * FROM audit ORDER BY 1"
    assert rows(again, audit) == rows(copied, audit)


def test_nothing_is_brought_over_what_is_there_and_it_can_be_taken_away(
    postgres: Server, copied: Path, empty: str
) -> None:
    url = postgres.url(empty, OWNER)
    bring_data(copied, url, LOGIN)
    with pytest.raises(ValueError, match="tables in the database already"):
        bring_data(copied, url, LOGIN)
    take_away(url, LOGIN)
    bring_data(copied, url, LOGIN)


def test_attack_a_file_of_something_else_is_not_brought(
    postgres: Server, empty: str, tmp_path: Path
) -> None:
    other = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(other)) as opened:
        opened.execute("CREATE TABLE people (id)")
    with pytest.raises(ValueError, match="no database of security's"):
        bring_data(other, postgres.url(empty, OWNER), LOGIN)


def test_a_file_that_does_not_fit_leaves_nothing_behind(
    postgres: Server, copied: Path, empty: str
) -> None:
    """All its rows or none, and no table either: the next try finds the database empty."""
    with closing(sqlite3.connect(copied)) as opened, opened:
        opened.execute("UPDATE tenants SET id = id || ? || rowid", ("x" * 99,))
    with pytest.raises(DataError):
        bring_data(copied, postgres.url(empty, OWNER), LOGIN)
    assert postgres.run(TABLES, database=empty) == []


def test_attack_without_its_signature_a_copy_has_nobody(
    there: Origin, postgres: Server, tmp_path: Path
) -> None:
    """ASVS 8.4.1: the running role alone gets nothing out of the server."""
    url = postgres.url(there.template, RUNNING)
    with pytest.raises(Exception, match="nobody's"):
        copy_data(url, LOGIN, bytes(32), tmp_path / "copy.sqlite3")


def test_a_ring_is_copied_and_brought_back(postgres: Server, tmp_path: Path) -> None:
    ring, file = Ring(tmp_path, postgres), tmp_path / "copy.db"
    sealing = ring.open()
    sealing.data_keys.make([ALICE])
    count = copy_ring(ring.url, LOGIN, file)
    keys = "SELECT id, wrapped FROM data_keys ORDER BY id"
    assert rows(file, keys) == ring.sql(keys)
    name, url = ring_on(postgres)
    assert not has_ring(url, LOGIN)
    assert bring_ring(file, url, LOGIN) == count
    assert has_ring(url, LOGIN)
    with pytest.raises(ValueError, match="rows in"):
        bring_ring(file, url, LOGIN)
    assert url.startswith(f"postgresql://{ROLE}@")
    ring.close()
    postgres.drop(name)
