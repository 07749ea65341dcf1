"""The databases of APIs on a server of PostgreSQL, for tests that were written about files.

What a file holds is moved there, under the same keys. A test that looks past the API, or changes
something there, does so in the file: it is brought up to date before, and its rows back after.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, LiteralString, cast
from warnings import catch_warnings, filterwarnings

import psycopg
from sqlalchemy import URL, Connection, MetaData, create_engine, event, make_url

from apis.common.database import database_path
from apis.common.engines import engine_to_prepare
from apis.common.key_file import key_path
from apis.common.sealing.files import read_sealing
from apis.common.server import server_of
from runtime.copying import copy_rows
from tests.support.postgres import OWNER, RUNNING, Server

_SERVERS_OWN = ("alembic_version", "row_security", "sqlite_sequence")


def empty_database(server: Server) -> str:
    """Make a database in which the owner may make tables, and the running role may not."""
    name = server.create()
    server.run(f"GRANT CREATE ON SCHEMA public TO {OWNER}", database=name)
    return name


def settings_of(server: Server, api: str, database: str) -> dict[str, str]:
    """Return the settings that put an API's database there."""
    named = f"GATEHOUSE_{api.upper()}_DATABASE"
    return {f"{named}_URL": server.url(database, RUNNING), f"{named}_OWNER": OWNER}


def move(server: Server, home: Path, api: str) -> dict[str, str]:
    """Bring the file of an API to a database of its own; return the settings that name it."""
    told = settings_of(server, api, empty_database(server))
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        preparation = import_module(f"apis.{api}.setup").PREPARATION
        preparation.prepare(home, None, "", datetime.now(UTC))
        push(database_path(home, api))
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    return told


class Movers:
    """Moves homes that are copies of one another: the first is moved, the others get copies.

    What the migrations and the sealing of a server's own key cost is so paid once.
    """

    def __init__(self, server: Server, folder: Path) -> None:
        self._server, self._folder = server, folder
        self._known: dict[tuple[str, bytes], tuple[str, Path]] = {}

    def move(self, home: Path, api: str) -> str:
        """Bring the file of an API to a database of its own; return what that is called."""
        key, kept = key_path(home, api), database_path(home, api).parent
        same = (api, sha256(key.read_bytes() + database_path(home, api).read_bytes()).digest())
        if same not in self._known:
            told = move(self._server, home, api)
            [url] = [value for name, value in told.items() if name.endswith("_URL")]
            copied = self._folder / f"{api}-{len(self._known)}"
            self._known[same] = (str(make_url(url).database), shutil.copytree(kept, copied))
        template, folder = self._known[same]
        # With it comes the ring, which has the key that the server checks signatures with.
        shutil.copytree(folder, kept, dirs_exist_ok=True)
        return self._server.create(template)


def pull(database: Path) -> None:
    """Let the file hold what the server does, where this API has one.

    Statements of its own: tests look often, and reading both schemas costs more than the rows.
    """
    there = server_of(database.stem)
    if there is None:
        return
    server = Server(Path(str(there.url.query["host"])), int(str(there.url.query["port"])))
    with (
        closing(sqlite3.connect(database, timeout=5)) as here,
        here,
        server.connect(str(there.url.database)) as connection,
    ):
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        tables = here.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            if table not in _SERVERS_OWN:
                _bring(connection, here, table)
        connection.execute("COMMIT")


def _bring(there: psycopg.Connection, here: sqlite3.Connection, table: str) -> None:
    columns = here.execute(f"PRAGMA table_info({table})").fetchall()
    names, key = [one[1] for one in columns], [one[1] for one in columns if one[5]]
    listed = ", ".join(f'"{name}"' for name in names)
    query = f"SELECT {listed} FROM {table} ORDER BY {', '.join(key)}"
    rows = there.execute(cast(LiteralString, query)).fetchall()
    here.execute(f"DELETE FROM {table}")
    marks = ", ".join("?" for _ in names)
    here.executemany(
        f"INSERT INTO {table} ({listed}) VALUES ({marks})",
        [[_as_kept(value) for value in row] for row in rows],
    )


def _as_kept(value: Any) -> Any:
    """Return a value as SQLAlchemy keeps it in a file: moments of UTC without their zone."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.isoformat() if isinstance(value, date) else value


def push(database: Path) -> None:
    """Let the server hold what the file does, where this API has one."""
    if server_of(database.stem) is None:
        return
    with _file(database) as here, _server(database) as there:
        _empty(there)
        with _unread_indexes():
            copy_rows(here, there, _SERVERS_OWN)


@contextmanager
def _unread_indexes() -> Iterator[None]:
    """Look at tables alone: SQLAlchemy cannot read an index of expressions, and warns of it."""
    with catch_warnings():
        filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
        yield


def _empty(connection: Connection) -> None:
    known = MetaData()
    with _unread_indexes():
        known.reflect(connection)
    for table in reversed(known.sorted_tables):
        if table.name not in _SERVERS_OWN:
            connection.execute(table.delete())


@contextmanager
def _server(database: Path) -> Iterator[Connection]:
    home, api = database.parents[2], database.stem
    # As the owner: whose tables they are may say where their numbering goes on.
    engine = engine_to_prepare(home, api, read_sealing(home, api))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _file(database: Path) -> Iterator[Connection]:
    engine = create_engine(URL.create("sqlite", database=str(database)))
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout = 5000"))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
