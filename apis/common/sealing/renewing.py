"""Gives an API new keys while it serves: a new master key, or new keys to what it keeps.

Neither lets a read fail. Whatever is interrupted is done again and goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, and_, bindparam, func, select, tuple_

from apis.common.sealing.columns import Shape, is_sealed, row_of, sealing_of, shape_of
from apis.common.sealing.envelope import COLUMN, KEY_ID_BYTES, CannotOpen, key_id_of
from apis.common.sealing.sealing import Sealing

BATCH = 100
"""How many rows are sealed anew in one transaction."""
PAUSE_SECONDS = 0.02
"""How much longer than they waited others may write in between."""


@dataclass
class Renewed:
    """What came of it: how many rows are under new keys, and how many do not open at all."""

    rows: int = 0
    unreadable: int = 0
    kept: set[bytes] = field(default_factory=set)
    """Former keys that stay, because a row that does not open names them."""


def renew_data_keys(engine: Engine, sealing: Sealing, tables: Iterable[MetaData]) -> Renewed:
    """Give each tenant a new key, seal its rows anew and destroy the former keys.

    A row that somebody changed keeps no other from being sealed anew; the key that it names stays.
    Raises `SQLAlchemyError`, `OSError`, `sqlite3.Error` or `WrongKey`.
    """
    # Also after an interruption: keys of then may be what was stolen.
    sealing.ring.retire_all()
    former, done = sealing.ring.retired(), Renewed()
    for metadata in tables:
        for table in metadata.sorted_tables:
            if is_sealed(table):
                _renew(engine, table, former, done)
    sealing.ring.destroy(former - done.kept)
    return done


def _renew(engine: Engine, table: Any, former: set[bytes], done: Renewed) -> None:
    """Seal anew what is under former keys in a table, until a whole look finds nothing."""
    found = -1
    while found:
        look = Renewed()
        after: Sequence[Any] | None = ()
        while after is not None:
            began = time.monotonic()
            after = _batch(engine, table, former, after, look)
            if after is not None:
                # As long as it took, and a little: whoever writes waits by turns.
                time.sleep(time.monotonic() - began + PAUSE_SECONDS)
        found = look.rows
        done.rows += found
    done.unreadable += look.unreadable
    done.kept |= look.kept


def _batch(
    engine: Engine, table: Any, former: set[bytes], after: Sequence[Any], look: Renewed
) -> Sequence[Any] | None:
    """Seal the next rows anew that are under former keys; return the last one's primary key."""
    named = func.substr(table.c[COLUMN], 2, KEY_ID_BYTES)
    keys, shape = list(table.primary_key), shape_of(table)
    which = (*keys, table.c.tenant, row_of(table).label("row_name"), table.c[COLUMN])
    query = select(*which).where(named.in_(bindparam("former", expanding=True)))
    if after:
        query = query.where(tuple_(*keys) > tuple_(*after))
    query = query.order_by(*keys).limit(BATCH)
    with engine.begin() as connection:
        rows = connection.execute(query, {"former": list(former)}).all()
        for row in rows:
            try:
                _seal_anew(connection, table, keys, shape, row)
                look.rows += 1
            except CannotOpen:
                look.unreadable += 1
                look.kept.add(key_id_of(row.sealed))
    return [getattr(rows[-1], key.name) for key in keys] if len(rows) == BATCH else None


def _seal_anew(connection: Connection, table: Any, keys: Any, shape: Shape, row: Any) -> None:
    sealing, place = sealing_of(connection), (table.name, row.row_name, row.tenant)
    fields = sealing.open(*place, row.sealed)
    anew = sealing.seal(*place, {name: fields.get(name) for name in shape.fields})
    key = and_(*(column == getattr(row, column.name) for column in keys))
    connection.execute(table.update().where(key).values(**{COLUMN: anew}))
