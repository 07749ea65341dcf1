"""An API's database file: made by its set-up, written by one thread, read by one."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

from apis.common.sealing.columns import attach
from apis.common.sealing.sealing import Sealing

WAIT_SECONDS = 2
"""How long a connection waits for another process's lock."""

# A commit that returned is on the disk: with a write-ahead log, FULL promises that. Within its
# walls a process has no folder for files that a large sort would need.
_PRAGMAS = (
    *("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"),
    "temp_store = MEMORY",
    "secure_delete = ON",
)


def database_path(home: Path, api: str) -> Path:
    """Return where the database of an API is in the state folder."""
    return home / "db" / api / f"{api}.sqlite3"


def write_engine(path: Path, sealing: Sealing) -> Engine:
    """Open an existing database for writing; a missing file is an error, never a new database.

    Each transaction has the write lock from its first statement to its last.
    """
    address = f"{path.absolute().as_uri()}?mode=rw"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            address,
            uri=True,
            check_same_thread=False,
            timeout=WAIT_SECONDS,
            isolation_level=None,  # A transaction begins where `begin` says so.
        )

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=1, max_overflow=0
    )
    event.listen(engine, "connect", _configure)
    attach(engine, sealing)

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        sealing.follow()

    event.listen(engine, "begin", begin)
    return engine


def read_only_engine(path: Path, sealing: Sealing) -> Engine:
    """Open the database for reading alone; a missing file is an error, never a new database."""
    address = f"{path.absolute().as_uri()}?mode=ro"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, check_same_thread=False, timeout=WAIT_SECONDS)

    engine = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        isolation_level="AUTOCOMMIT",
        pool_size=1,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
    )
    attach(engine, sealing)
    event.listen(engine, "connect", _refuse_writes)
    return engine


def writable_engine(path: Path, sealing: Sealing) -> Engine:
    """Open the database for the set-up, created for its owner only before anything is in it."""
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    return write_engine(path, sealing)


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in _PRAGMAS:
        # nosemgrep: sql-text-is-constant - each is written in this module.
        connection.execute(f"PRAGMA {pragma}")


def _refuse_writes(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA query_only = ON")
