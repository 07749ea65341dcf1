"""What an API keeps on a server, as the SQLite file that it would be here, and back again.

For backups and for who moves from one to the other: by the API itself, whose key says to the server
that a transaction is about everybody's rows. The keys to what is in them are not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import MetaData, inspect

from apis.common.database import writable_engine
from apis.common.schema import migrate, migrate_on_server
from apis.common.sealing.sealing import Sealing
from apis.common.server import ApiServer, copying, preparing
from runtime.copying import (
    EACH_ITS_OWN,
    copy_rows,
    drop_tables,
    file_engine,
    for_now,
    into_file,
    of_one_moment,
)


def copy_out(there: ApiServer, sealing: Sealing, migrations: Path, target: Path) -> int:
    """Write an API's database to a new file; return how many rows.

    Raises `ValueError` where its tables are another version's, and `SQLAlchemyError`.
    """
    with for_now(writable_engine(target, sealing)) as made:
        migrate(made, migrations)
    with (
        for_now(copying(there, sealing)) as server,
        for_now(file_engine(target)) as here,
        of_one_moment(server) as source,
    ):
        return into_file(here, source)


def bring_in(
    source: Path,
    there: ApiServer,
    sealing: Sealing,
    migrations: Path,
    tables: Sequence[MetaData],
) -> int:
    """Bring a file to an empty database, as the owner of its tables; return how many rows.

    The file is brought to the present schema before; setting up lays the policies. Raises
    `ValueError` where the database is not empty, and `SQLAlchemyError`.
    """
    with for_now(preparing(there, sealing)) as server:
        if inspect(server).get_table_names():
            raise ValueError("there are tables in the database already")
        with for_now(writable_engine(source, sealing)) as here:
            migrate(here, migrations)
        try:
            migrate_on_server(server, migrations, tables)
            with (
                for_now(file_engine(source)) as here,
                here.begin() as reading,
                server.begin() as writing,
            ):
                return copy_rows(reading, writing, leave_out=EACH_ITS_OWN)
        except BaseException:
            drop_tables(server)
            raise


def take_away(there: ApiServer, sealing: Sealing) -> None:
    """Take away what was brought, tables and all: what came after it has failed."""
    with for_now(preparing(there, sealing)) as server:
        drop_tables(server)
