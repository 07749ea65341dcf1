"""All that the security database keeps, as a thief of it would read it, on either database."""

from __future__ import annotations

from tests.security.world import World
from tests.support.postgres import Server


def stored(world: World) -> bytes:
    """Return the file with its log, or every table of the server in PostgreSQL's binary form."""
    if world.server is not None:
        return everything(world.server, world.database_name)
    file = world.database_file
    log = file.with_name(f"{file.name}-wal")
    return file.read_bytes() + (log.read_bytes() if log.exists() else b"")


def everything(server: Server, database: str) -> bytes:
    """Return what a database holds: texts and bytes stand in it as they are."""
    tables = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
    own = "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    found = b""
    with server.connect(database) as connection, connection.cursor() as cursor:
        for (name,) in cursor.execute(f"{tables} {own}").fetchall():
            with cursor.copy(f"COPY {name} TO STDOUT (FORMAT binary)") as copy:
                found += b"".join(bytes(part) for part in copy)
    return found
