"""Statements that are built once, for what every proof asks of the database.

Building one anew costs the mapper more time than the database needs to answer it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Select, Update, bindparam, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.dml import ReturningUpdate

from security.adapters.sealed import ClosedBytes, ClosedText
from security.adapters.tables import Base


def compare_and_set(
    store: Session, row: Base, now_is: Mapping[str, Any], becomes: Mapping[str, Any]
) -> bool:
    """Change one row where its columns still are what they are thought to be, by column name.

    Tells whether it was this call that changed it; `row` shows it then, too. What is sealed is
    given as `sealed.closed` makes it.
    """
    store.flush()
    key = row.id  # type: ignore[attr-defined]  # every table that is asked for has one
    given = {"is_id": key} | {f"is_{name}": value for name, value in now_is.items()}
    given |= {f"to_{name}": value for name, value in becomes.items()}
    statement = _update(type(row), tuple(now_is), tuple(becomes))
    if store.connection().execute(statement, given).rowcount != 1:
        return False
    for name, value in becomes.items():
        sealed = isinstance(value, ClosedText | ClosedBytes)
        set_committed_value(row, name, value.plain() if sealed else value)
    return True


def by_column[R: Base](
    store: Session, table: type[R], lock: bool = False, **equals: Any
) -> R | None:
    """Return the one row whose columns have these values, or None.

    `lock` reads it anew and keeps others off it until this transaction ends.
    """
    return store.scalars(_select(table, tuple(equals), lock), equals).one_or_none()


def by_key[R: Base](store: Session, table: type[R], key: str) -> R:
    """Return the row with this `id`: the one at hand, or read. Raises `NoResultFound`."""
    at_hand: R | None = store.identity_map.get(store.identity_key(table, key))
    return at_hand or store.scalars(_select(table, ("id",), lock=False), {"id": key}).one()


def move_all[R: Base](
    store: Session, table: type[R], states: tuple[str, ...], becomes: str, **equals: Any
) -> bool:
    """Move every row that is in one of `states` and whose columns have these values.

    Tells whether there was one; rows that the caller holds show it.
    """
    store.flush()
    given = {f"is_{name}": value for name, value in equals.items()}
    moved = store.connection().execute(_move_all(table, states, becomes, tuple(equals)), given)
    keys = moved.scalars().all()
    for key in keys:
        row = store.identity_map.get(store.identity_key(table, key))
        if row is not None:
            set_committed_value(row, "state", becomes)
    return bool(keys)


@cache
def _move_all(
    table: type[Base], states: tuple[str, ...], becomes: str, names: tuple[str, ...]
) -> ReturningUpdate[tuple[Any]]:
    columns = table.__table__.c
    same = [columns[name] == bindparam(f"is_{name}") for name in names]
    one_of = or_(*(columns["state"] == state for state in states))
    statement = update(table.__table__).where(*same, one_of)  # type: ignore[arg-type]
    return statement.values(state=becomes).returning(columns["id"])


@cache
def _update(table: type[Base], now_is: tuple[str, ...], becomes: tuple[str, ...]) -> Update:
    columns = table.__table__.c
    same = [columns[name] == bindparam(f"is_{name}") for name in ("id", *now_is)]
    values = {name: bindparam(f"to_{name}", type_=columns[name].type) for name in becomes}
    return update(table.__table__).where(*same).values(values)  # type: ignore[arg-type]


@cache
def _select[R: Base](table: type[R], names: tuple[str, ...], lock: bool) -> Select[R]:
    columns = table.__table__.c
    query = select(table).where(*(columns[name] == bindparam(name) for name in names))
    if not lock:
        return query
    return query.with_for_update().execution_options(populate_existing=True)
