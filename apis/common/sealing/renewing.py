"""Gives an API new keys while it serves: a new master key, or new keys to what it keeps.

Neither lets a read fail. Whatever is interrupted is done again and goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, and_, bindparam, func, select

from apis.common.sealing.columns import Shape, is_sealed, row_of, sealing_of, shape_of
from apis.common.sealing.envelope import COLUMN, KEY_ID_BYTES
from apis.common.sealing.sealing import Sealing

BATCH = 100
"""How many rows are sealed anew in one transaction."""
PAUSE_SECONDS = 0.02
"""How much longer than they waited others may write in between."""


def renew_data_keys(engine: Engine, sealing: Sealing, tables: Iterable[MetaData]) -> int:
    """Give each tenant a new key, seal its rows anew and destroy the former keys; return how many.

    Raises `SQLAlchemyError`, `OSError`, `sqlite3.Error` or `WrongKey`; `CannotOpen` for a row that
    somebody changed: its key then stays.
    """
    sealing.ring.retire_all()
    former = sealing.ring.retired()
    sealed = 0
    for metadata in tables:
        for table in metadata.sorted_tables:
            if is_sealed(table):
                began = time.monotonic()
                while count := _renewed(engine, table, former):
                    sealed += count
                    # As long as it took, and a little: whoever writes waits by turns.
                    time.sleep(time.monotonic() - began + PAUSE_SECONDS)
                    began = time.monotonic()
    sealing.ring.destroy(former)
    return sealed


def _renewed(engine: Engine, table: Any, former: set[bytes]) -> int:
    """Seal some rows anew that are under former keys; return how many."""
    named = func.substr(table.c[COLUMN], 2, KEY_ID_BYTES)
    keys, shape = list(table.primary_key), shape_of(table)
    which = (*keys, table.c.tenant, row_of(table).label("row_name"), table.c[COLUMN])
    query = select(*which).where(named.in_(bindparam("former", expanding=True))).limit(BATCH)
    with engine.begin() as connection:
        rows = connection.execute(query, {"former": list(former)}).all()
        for row in rows:
            _seal_anew(connection, table, keys, shape, row)
    return len(rows)


def _seal_anew(connection: Connection, table: Any, keys: Any, shape: Shape, row: Any) -> None:
    sealing, place = sealing_of(connection), (table.name, row.row_name, row.tenant)
    fields = sealing.open(*place, row.sealed)
    anew = sealing.seal(*place, {name: fields.get(name) for name in shape.fields})
    key = and_(*(column == getattr(row, column.name) for column in keys))
    connection.execute(table.update().where(key).values(**{COLUMN: anew}))
