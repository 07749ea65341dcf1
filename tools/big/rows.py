"""Writes rows by the thousand, in a transaction that its caller began."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from random import Random
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import DeclarativeBase

from apis.common.sealing.columns import is_sealed, sealing_of, shape_of, written
from apis.common.sealing.sealing import Sealing


def fill(
    connection: Connection,
    table: type[DeclarativeBase],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Insert `rows`, values in the order of `columns`, as fast as the driver takes them."""
    known = table.__table__.columns
    names = [known[name].name for name in columns]
    if is_sealed(table.__table__):
        shape = shape_of(table.__table__)
        hashed = [column.name for column in shape.looked_up]
        kept = [name for name in names if name not in shape.fields] + hashed + ["sealed"]
        rows = _sealed(sealing_of(connection), table.__table__, names, kept, rows)
        names = kept
    places = ", ".join("?" * len(names))
    statement = f"INSERT INTO {table.__tablename__} ({', '.join(names)}) VALUES ({places})"  # noqa: S608
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    driver.executemany(statement, rows)


def _sealed(
    sealing: Sealing,
    table: Any,
    names: Sequence[str],
    kept: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> Iterator[list[Any]]:
    for row in rows:
        made = written(sealing, table, dict(zip(names, row, strict=True)))
        yield [made[name] for name in kept]


def new_id(random: Random, kind: str) -> str:
    """Return an id in the form of the APIs: 16 bytes of this generator, not of the system's."""
    return f"{kind}_{base64.urlsafe_b64encode(random.randbytes(16)).rstrip(b'=').decode()}"


def day(on: date | None) -> str | None:
    """Return a date as the databases keep it."""
    return None if on is None else on.isoformat()


def chance(random: Random, of: float) -> bool:
    """Tell yes as often as `of`, between 0 and 1."""
    return random.random() < of
