"""Opens the database of an API where the settings say that it is: a file, or a server."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from apis.common import database, server
from apis.common.sealing.sealing import Sealing


def engine_to_write(home: Path, api: str, sealing: Sealing) -> Engine:
    """Return an engine that has the database to itself while it writes. Raises `ValueError`."""
    there = server.server_of(api)
    if there is not None:
        return server.writing(there, sealing)
    return database.write_engine(database.database_path(home, api), sealing)


def engine_to_read(home: Path, api: str, sealing: Sealing) -> Engine:
    """Return an engine that reads alone. Raises `ValueError`."""
    there = server.server_of(api)
    if there is not None:
        return server.reading(there, sealing)
    return database.read_only_engine(database.database_path(home, api), sealing)


def engine_to_renew(home: Path, api: str, sealing: Sealing) -> Engine:
    """Return an engine that seals everybody's rows anew while the API serves."""
    there = server.server_of(api)
    if there is not None:
        return server.renewing(there, sealing)
    return database.write_engine(database.database_path(home, api), sealing)


def engine_to_prepare(home: Path, api: str, sealing: Sealing) -> Engine:
    """Return an engine for the set-up, which makes tables. Raises `OSError` or `ValueError`."""
    there = server.server_of(api)
    if there is not None:
        return server.preparing(there, sealing)
    return database.writable_engine(database.database_path(home, api), sealing)
