"""What is on a server, as the SQLite file that it would be here, and back again.

Rows are moved as they are (`runtime.copying`): no key to what is in them is needed.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, closing
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, Engine, inspect

from runtime.copying import (
    EACH_ITS_OWN,
    copy_rows,
    drop_tables,
    file_engine,
    for_now,
    into_file,
    of_one_moment,
    plain_engine,
)
from runtime.postgres import Login
from security.adapters.every_table import SCHEMA
from security.adapters.ring_engine import SCHEMA as RING_SCHEMA
from security.adapters.ring_engine import ring_engine
from security.adapters.ring_store import RingStore
from security.adapters.ring_tables import RING, STATE
from security.adapters.row_security import RowSecurity
from security.adapters.schema import upgrade
from security.adapters.tenancy import across_tenants, isolated

_WHY = "a copy is of everybody's rows"
CONVERSATIONS = {
    "sqlite": "CREATE TABLE IF NOT EXISTS events (conversation TEXT NOT NULL,"
    " sequence INTEGER NOT NULL, box BLOB NOT NULL,"
    " PRIMARY KEY (conversation, sequence)) WITHOUT ROWID, STRICT",
    "postgresql": "CREATE TABLE IF NOT EXISTS events (conversation text NOT NULL,"
    " sequence integer NOT NULL, box bytea NOT NULL, PRIMARY KEY (conversation, sequence))",
}
DAYS = {
    "sqlite": (
        "ALTER TABLE events ADD COLUMN day INTEGER NOT NULL DEFAULT 0",
        "UPDATE events SET day = CAST(strftime('%s', 'now') AS INTEGER) / 86400",
        "CREATE INDEX events_by_day ON events (day)",
    ),
    "postgresql": (
        "ALTER TABLE events ADD COLUMN day integer NOT NULL"
        " DEFAULT (extract(epoch FROM now())::bigint / 86400)",
        "CREATE INDEX events_by_day ON events (day)",
    ),
}
"""As Rasa's process makes it, which is of another Python and imports nothing of ours; a table of an
earlier version gets its days."""


def copy_data(url: str | URL, login: Login, row_key: bytes, target: Path) -> int:
    """Write security's database to a new file; return how many rows.

    Raises `ValueError` where its schema is not the present one, and `SQLAlchemyError`.
    """
    with (
        for_now(isolated(plain_engine(url, login), SCHEMA, RowSecurity(row_key))) as there,
        for_now(file_engine(target)) as here,
    ):
        upgrade(here)
        with of_one_moment(there) as source, across_tenants(source, _WHY):
            if MigrationContext.configure(source).get_current_revision() != _revision(here):
                raise ValueError("its schema is another version's: start Gatehouse once")
            return into_file(here, source)


def copy_ring(url: str | URL, login: Login, target: Path) -> int:
    """Write the key ring to a new file; return how many rows."""
    with _ring(url, login) as there, for_now(file_engine(target)) as here:
        RING.create_all(here)
        with of_one_moment(there) as source:
            return into_file(here, source)


def copy_conversations(url: str | URL, login: Login, target: Path) -> int:
    """Write Rasa's conversations to a new file, as sealed as they are; return how many rows.

    Raises `ValueError` where the table is not the present one.
    """
    with for_now(plain_engine(url, login)) as there, for_now(file_engine(target)) as here:
        with here.begin() as made:
            _make_conversations(made)
        with of_one_moment(there) as source:
            if not inspect(source).has_table("events"):
                return 0  # Nobody has said anything yet.
            if not _has_days(source):
                raise ValueError("its table is another version's: start Gatehouse once")
            return into_file(here, source)


def bring_conversations(source: Path, url: str | URL, login: Login) -> int:
    """Bring a file to a server on which there are no conversations; return how many rows.

    Raises `ValueError` where there are some.
    """
    with (
        for_now(plain_engine(url, login)) as there,
        for_now(file_engine(source)) as here,
        here.begin() as reading,
        there.begin() as writing,
    ):
        for connection in (reading, writing):  # The file may be of an earlier version.
            _make_conversations(connection)
        return copy_rows(reading, writing)


def _make_conversations(connection: Connection) -> None:
    """Make the table in its present form, or bring it to that."""
    kind = connection.dialect.name
    connection.exec_driver_sql(CONVERSATIONS[kind])
    if not _has_days(connection):
        for statement in DAYS[kind]:
            connection.exec_driver_sql(statement)


def _has_days(connection: Connection) -> bool:
    return "day" in {column["name"] for column in inspect(connection).get_columns("events")}


def take_conversations_away(url: str | URL, login: Login) -> None:
    """Take conversations away that were brought: what came after them has failed."""
    with for_now(plain_engine(url, login)) as there, there.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS events")


def bring_data(source: Path, owner: str | URL, login: Login) -> int:
    """Bring a file to an empty database, as the owner of its tables; return how many rows.

    The tables get the version that the file has; setting up brings them to the present one, and
    lays the policies. Raises `ValueError` where the database is not empty.
    """
    with for_now(plain_engine(owner, login)) as there, for_now(file_engine(source)) as here:
        version = _revision(here)
        if inspect(there).get_table_names():
            raise ValueError("there are tables in the database already")
        with for_now(isolated(plain_engine(owner, login), SCHEMA)) as made:
            upgrade(made, to=version)
        try:
            with here.begin() as reading, there.begin() as writing:
                return copy_rows(reading, writing, leave_out=EACH_ITS_OWN)
        except BaseException:
            take_away(owner, login)
            raise


def bring_ring(source: Path, url: str | URL, login: Login) -> int:
    """Bring a file to an empty ring; return how many rows. Raises `ValueError` as well."""
    with closing(RingStore(url, login)) as store:
        store.make()
    with (
        _ring(url, login) as there,
        for_now(file_engine(source)) as here,
        here.begin() as reading,
        there.begin() as writing,
    ):
        return copy_rows(reading, writing)


def has_ring(url: str | URL, login: Login) -> bool:
    """Tell whether there is a ring on the server."""
    with _ring(url, login) as there:
        if not inspect(there).has_table(STATE.name, RING_SCHEMA):
            return False
        with there.connect() as connection:
            return connection.execute(STATE.select()).first() is not None


def take_away(owner: str | URL, login: Login) -> None:
    """Take away what was brought, tables and all: what came after it has failed."""
    with for_now(plain_engine(owner, login)) as there:
        drop_tables(there)


def take_ring_away(url: str | URL, login: Login) -> None:
    """Take a ring away that was brought: what came after it has failed."""
    with _ring(url, login) as there:
        RING.drop_all(there)


def _ring(url: str | URL, login: Login) -> AbstractContextManager[Engine]:
    return for_now(ring_engine(url, login, durable=True))


def _revision(here: Engine) -> str:
    with here.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found is None:
        raise ValueError("the file is no database of security's")
    return found
