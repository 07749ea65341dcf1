"""The databases of APIs on a server of PostgreSQL, for tests that were written about files.

What a file holds is moved there, under the same keys. A test that looks past the API, or changes
something there, does so in the file: it is brought up to date before, and its rows back after.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from warnings import catch_warnings, filterwarnings

from sqlalchemy import URL, Connection, MetaData, create_engine, event

from apis.common.database import database_path
from apis.common.engines import engine_to_prepare
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


def pull(database: Path) -> None:
    """Let the file hold what the server does, where this API has one."""
    if server_of(database.stem) is None:
        return
    with _file(database) as here, _server(database) as there:
        _empty(here)
        with _unread_indexes():
            copy_rows(there, here, _SERVERS_OWN)


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
