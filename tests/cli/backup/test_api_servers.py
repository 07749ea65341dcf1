"""Backups of what an API keeps on PostgreSQL: real walls, a real server, the same file as ever."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import text

from apis.common.database import database_path
from apis.common.engines import engine_to_renew
from apis.common.sealing.files import read_sealing
from cli.apis import seed_of
from cli.backup import api_servers, make, restore, servers
from cli.backup.content import DATA
from cli.databases import SECURITY
from cli.home import prepare_home
from cli.people import PERSONAS
from cli.problems import Problem
from tests.apis.test_on_server import sealed_words
from tests.cli.backup.homes import back_up, bring_back, progress, settings
from tests.support.api_server import empty_database, move, settings_of
from tests.support.postgres import Server
from tests.tools.conftest import NOW, of_personas

pytestmark = [pytest.mark.postgres_alone, pytest.mark.slow]
API = "hr"
FILE = Path("db/hr/hr.sqlite3")
TABLES = ("employees", "allowances", "documents")


def rows(home: Path) -> list[list[tuple[object, ...]]]:
    """Return what is kept, as sealed as it is, wherever the settings say that it is."""
    engine = engine_to_renew(home, API, read_sealing(home, API))
    try:
        with engine.begin() as connection:
            every = [
                [
                    tuple(map(_plain, row))
                    for row in connection.execute(text(f"SELECT * FROM {table}"))
                ]
                for table in TABLES
            ]
    finally:
        engine.dispose()
    return [sorted(some, key=repr) for some in every]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose HR has the demo's data, in a file: no test here changes it."""
    home = tmp_path_factory.mktemp("filled") / "home"
    prepare_home(home, "demo")
    preparation = import_module(f"apis.{API}.setup").PREPARATION
    preparation.prepare(home, seed_of(API, PERSONAS), of_personas(), NOW)
    return home


@pytest.fixture(scope="module")
def words(filled: Path) -> set[str]:
    """What is sealed in it."""
    return sealed_words(filled, API)


@pytest.fixture
def old(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "old"))


@pytest.fixture
def on_server(old: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same on a server; the file that is left here is of before."""
    for name, value in move(postgres, old, API).items():
        monkeypatch.setenv(name, value)
    database_path(old, API).write_bytes(b"of before")
    return old


def new_home(tmp_path: Path, old: Path) -> Path:
    """A home with the keys that somebody kept, and nothing else."""
    home = tmp_path / "new"
    prepare_home(home, "demo")
    for name in ("keys/backup.key", f"api-keys/{API}.key"):
        (home / name).write_bytes((old / name).read_bytes())
        (home / name).chmod(0o600)
    return home


def set_up(home: Path) -> None:
    """Do what the next start does: the tables are brought up to date, the policies laid."""
    done = import_module(f"apis.{API}.setup").PREPARATION.prepare(home, None, "", NOW)
    assert done == f"{API}: schema is current"


def elsewhere(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the settings name another database, which is empty; return its name."""
    name = empty_database(postgres)
    for setting, value in settings_of(postgres, API, name).items():
        monkeypatch.setenv(setting, value)
    return name


def copies(home: Path, folder: Path) -> tuple[Path, dict[str, Path]]:
    """Make a backup, and a copy of the rings."""
    data, keys = back_up(home, folder / "data"), folder / "ring-keys"
    ring = asyncio.run(make.ring_copy(settings(home), folder / "ring", progress(), keys))
    return data, {"ring": ring, "ring_keys": keys}


def test_it_comes_back_to_another_server_and_from_there_to_a_file(
    on_server: Path, postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(on_server)
    assert all(before[:2])
    data, ring = copies(on_server, tmp_path)
    assert b"of before" not in data.read_bytes()
    new = new_home(tmp_path, on_server)
    elsewhere(postgres, monkeypatch)
    told = bring_back(data, new, **ring)
    assert (told.files, told.rings) == ([str(FILE)], ["db/hr/ring.db"])
    assert not (new / FILE).exists()
    set_up(new)
    assert rows(new) == before

    for name in ("URL", "OWNER"):
        monkeypatch.delenv(f"GATEHOUSE_HR_DATABASE_{name}")
    shutil.rmtree(new)
    bring_back(data, new_home(tmp_path, on_server), **ring)
    assert rows(new) == before


def test_a_file_is_brought_to_a_server(
    old: Path, postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(old)
    data, ring = copies(old, tmp_path)
    new = new_home(tmp_path, old)
    elsewhere(postgres, monkeypatch)
    bring_back(data, new, **ring)
    set_up(new)
    assert rows(new) == before


def test_a_restore_that_fails_leaves_the_server_as_it_was(
    old: Path, postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a database that is not empty is not touched."""
    data, ring = copies(old, tmp_path)
    new, name = new_home(tmp_path, old), elsewhere(postgres, monkeypatch)

    async def fail(_settings: object) -> None:
        raise Problem("it failed", "mend it")

    monkeypatch.setattr(restore, "_settle", fail)
    with pytest.raises(Problem, match="it failed"):
        bring_back(data, new, **ring)
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert postgres.run(tables, database=name) == []
    assert list(new.glob("db/*/*")) == []

    postgres.run("CREATE TABLE mine (word text)", database=name)
    with pytest.raises(Problem, match="tables in the database already"):
        bring_back(data, new, **ring)
    assert postgres.run(tables, database=name) == [("mine",)]


def test_writes_go_on_while_it_is_copied(on_server: Path, postgres: Server, tmp_path: Path) -> None:
    """The copy stands in no line of those who write."""
    with closing(postgres.connect(_database())) as writing:
        writing.execute("BEGIN")
        writing.execute("SELECT pg_advisory_xact_lock(7449363237540164979)")
        back_up(on_server, tmp_path / "data")


def test_attack_the_backup_of_a_server_holds_ciphertext_alone(
    words: set[str], on_server: Path, tmp_path: Path
) -> None:
    """ASVS 14.2.4: whoever has the key of backups as well has envelopes, and no key to them."""
    assert len(words) > 5
    data, _ = copies(on_server, tmp_path)
    restore._unpack(on_server, data, tmp_path / "opened")
    held = (tmp_path / "opened" / FILE).read_bytes()
    assert len(held) > 10_000
    assert [word for word in words if word.encode() in held] == []
    assert (on_server / f"api-keys/{API}.key").read_bytes() not in held


def test_security_comes_first_wherever_the_others_are(
    on_server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its copy calls done is done in the others, which are of later."""
    found = servers.with_servers([], DATA)
    assert [one.path for one in found] == [FILE]
    monkeypatch.setattr(api_servers, "named", lambda: {SECURITY, "HR_DATABASE"})
    assert [one.path for one in servers.with_servers([], DATA)] == [DATA, FILE]


def _plain(value: object) -> object:
    """Return a day as a file keeps it."""
    return value if isinstance(value, bytes) else str(value)


def _database() -> str:
    url = os.environ["GATEHOUSE_HR_DATABASE_URL"]
    return url.partition("?")[0].rpartition("/")[2]
