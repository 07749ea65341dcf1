"""An API's database on a server of PostgreSQL: named by settings, held to one tenant by the server.

    GATEHOUSE_<API>_DATABASE_URL              postgresql://ROLE@HOST:PORT/DATABASE
    GATEHOUSE_<API>_DATABASE_PASS_FILE, _CA_FILE
    GATEHOUSE_<API>_DATABASE_OWNER, _OWNER_PASS_FILE     for the set-up alone

The keys to what is in it stay with the API, in files: the server has envelopes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, MetaData, Table, event

from apis.common.sealing.columns import attach
from apis.common.sealing.sealing import Sealing
from runtime.copying import plain_engine
from runtime.postgres import Login, checked_url
from runtime.postgres_engine import BOUNDED, server_engine
from runtime.row_security import EVERYBODY, HeldTable, RowSecurity, secure

ROW_KEY = "row-security"
"""What the key is for, in the ring, under which a transaction says whose it is."""
TENANT = "tenant"
_SERVER = "gatehouse.row-security"
# Whoever writes stands in line, as at a file: every rule was thought through for one writer.
_ONE_WRITER = "SELECT pg_advisory_xact_lock(7449363237540164979)"
_READS = {**BOUNDED, "default_transaction_read_only": "on"}


@dataclass(frozen=True)
class ApiServer:
    """Where an API's database is, and as whom it is used and made."""

    url: URL
    login: Login
    owner: str | None = None
    owner_login: Login | None = None


# nosemgrep: settings-read-the-environment - these are the settings of an API's database.
def server_of(api: str, environ: Mapping[str, str] = os.environ) -> ApiServer | None:
    """Return the server that the settings name for an API, or None: it has a file.

    Raises `ValueError` that names the setting which is not right.
    """
    name = f"GATEHOUSE_{api.upper()}_DATABASE"
    given = environ.get(f"{name}_URL")
    if not given:
        return None
    said = {
        kind: Path(value) if (value := environ.get(f"{name}_{kind}_FILE")) else None
        for kind in ("PASS", "CA", "OWNER_PASS")
    }
    return ApiServer(
        checked_url(f"{name}_URL", given),
        Login(said["PASS"], said["CA"]),
        environ.get(f"{name}_OWNER") or None,
        Login(said["OWNER_PASS"], said["CA"]),
    )


def writing(server: ApiServer, sealing: Sealing) -> Engine:
    """Return an engine whose transactions stand in line, and are on the disk when they return."""
    return _in_line(server_engine(server.url, server.login), sealing)


def renewing(server: ApiServer, sealing: Sealing) -> Engine:
    """Return an engine that writes everybody's rows, as the API."""
    return _of_everybody(_in_line(server_engine(server.url, server.login), sealing))


def reading(server: ApiServer, sealing: Sealing) -> Engine:
    """Return an engine that reads alone."""
    engine = server_engine(server.url, server.login, _READS)
    attach(engine, sealing)
    return _held(engine, sealing)


def preparing(server: ApiServer, sealing: Sealing) -> Engine:
    """Return an engine for the set-up, which is the owner of the tables.

    Raises `ValueError` where the settings name none, or the role that the API runs as.
    """
    if not server.owner or server.owner == server.url.username:
        raise ValueError("name the role that owns the tables: GATEHOUSE_<API>_DATABASE_OWNER")
    # What an upgrade does may take longer than what a person waits for.
    engine = server_engine(server.url.set(username=server.owner), server.owner_login, {})
    return _of_everybody(_in_line(engine, sealing))


def copying(server: ApiServer, sealing: Sealing) -> Engine:
    """Return an engine that reads everybody's rows as they are, in no line and without haste."""
    return _of_everybody(_held(plain_engine(server.url, server.login), sealing))


def bind(connection: Connection, tenant: str) -> None:
    """Say whose transaction this is, where the server asks; a file does not."""
    held: RowSecurity | None = connection.info.get(_SERVER)
    if held is not None:
        if not connection.in_transaction():
            connection.begin()
        held.apply(connection, tenant)


def bind_everybody(connection: Connection) -> None:
    """Say that a transaction is about everybody's rows: whether the keys to them are there."""
    bind(connection, EVERYBODY)


def lay_row_security(
    engine: Engine, tables: Iterable[MetaData], sealing: Sealing, role: str
) -> None:
    """Let `role` use the tables, and have the server hold it to one tenant a transaction."""
    every = [table for metadata in tables for table in metadata.sorted_tables]
    quote = engine.dialect.identifier_preparer.quote
    with engine.begin() as connection:
        for table in every:
            name = quote(table.name)
            # nosemgrep: sql-text-is-constant - names cannot be bound; each is quoted.
            connection.exec_driver_sql(f"REVOKE ALL ON {name} FROM PUBLIC, {quote(role)}")
            # nosemgrep: sql-text-is-constant - names cannot be bound; each is quoted.
            connection.exec_driver_sql(
                f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {quote(role)}"
            )
        # nosemgrep: sql-text-is-constant - names cannot be bound; each is quoted.
        connection.exec_driver_sql(
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quote(role)}"
        )
    held = [one for table in every if (one := _held_table(table)) is not None]
    secure(engine, held, sealing.ring.secret(ROW_KEY), role)


def _held_table(table: Table) -> HeldTable | None:
    """Return how a table is held to a tenant: those without one name no person either.

    A clearing account of the bank is of no tenant: whoever books needs it.
    """
    if TENANT not in table.c:
        return None
    return HeldTable(table.name, TENANT, nobody="")


def _in_line(engine: Engine, sealing: Sealing) -> Engine:
    attach(engine, sealing)

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(_ONE_WRITER)
        sealing.follow()

    event.listen(engine, "begin", begin)
    return _held(engine, sealing)


def _of_everybody(engine: Engine) -> Engine:
    def begin(connection: Connection) -> None:
        held: RowSecurity = connection.info[_SERVER]
        held.apply(connection, EVERYBODY)

    event.listen(engine, "begin", begin)
    return engine


def _held(engine: Engine, sealing: Sealing) -> Engine:
    security = RowSecurity(sealing.ring.secret(ROW_KEY))
    security.watch(engine)
    event.listen(engine, "connect", lambda _raw, record: record.info.update({_SERVER: security}))
    return engine
