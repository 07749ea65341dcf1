"""One word makes a column sealed: `name: Mapped[str] = mapped_column(Sealed(String(64)))`.

All sealed columns of a row are in the one column `sealed` of its table, so that a row is sealed and
opened once. They are columns to SQLAlchemy alone: what is selected of them is opened, what is
inserted is sealed. A condition, an order or a sum says `opened(column)`; one that does not names a
column that the database has not got, and fails.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Insert,
    LargeBinary,
    String,
    and_,
    event,
    func,
    literal_column,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine

from apis.common.sealing.envelope import COLUMN, CannotOpen, key_id_of
from apis.common.sealing.opening import Opened, Unsealed, open_beside, reading
from apis.common.sealing.ring import WrongKey
from apis.common.sealing.sealing import Sealing, opener

_INFO = "sealing"


class Sealed(TypeDecorator[Any]):
    """What `kind` is, sealed; `otherwise` is kept where an insert does not say."""

    impl = String
    cache_ok = True

    def __init__(self, kind: TypeEngine[Any], otherwise: Any = None) -> None:
        super().__init__()
        self.kind = kind
        self.impl = kind  # type: ignore[assignment]
        self.otherwise = otherwise

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Open what is selected."""
        return opened(getattr(column, "element", column))

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        """Refuse a value on its way to the database: it was not sealed."""
        raise TypeError("a sealed column is written by an insert of a row, or by `rewrite`")

    def result_processor(self, dialect: Any, coltype: object) -> Any:
        """Open what a server answers with; SQLite's function has opened it."""
        return reading(dialect, self.kind) or super().result_processor(dialect, coltype)


class LookedUp(TypeDecorator[bytes]):
    """A keyed hash of sealed columns of the row, by which equal values are found.

    `folded`: whatever the case of their letters.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, *of: str, folded: bool = False) -> None:
        super().__init__()
        self.of = of
        self.folded = folded


def sealed_for(*names: str) -> dict[str, Any]:
    """Return the end of `__table_args__`: the columns that tell which row it is, and whose.

    They never change. With table and tenant they are what a row's envelope is bound to.
    """
    return {"info": {_INFO: names}}


def is_sealed(table: Any) -> bool:
    """Tell whether a table has sealed columns."""
    return _INFO in getattr(table, "info", {})


@dataclass(frozen=True)
class Shape:
    """What of a table is kept how: `fields` with what they are where an insert does not say."""

    fields: Mapping[str, Any]
    plain: tuple[str, ...]
    looked_up: tuple[Any, ...]
    row: tuple[str, ...]


@lru_cache(256)
def shape_of(table: Any) -> Shape:
    """Return what is sealed of a table with sealed columns."""
    sealed = [column for column in table.columns if isinstance(column.type, Sealed)]
    looked_up = tuple(column for column in table.columns if isinstance(column.type, LookedUp))
    neither = (COLUMN, *(column.name for column in (*sealed, *looked_up)))
    return Shape(
        {column.name: column.type.otherwise for column in sealed},
        tuple(column.name for column in table.columns if column.name not in neither),
        looked_up,
        table.info[_INFO],
    )


def opened(column: Any) -> ColumnElement[Any]:
    """Return a sealed column as the database can compare, order and sum it."""
    known = column.__clause_element__() if hasattr(column, "__clause_element__") else column
    table, kind = known.table, known.type
    place = row_of(table)
    return Opened(
        # nosemgrep: sql-text-is-constant - the names of a table of our own, written in the code.
        literal_column(f"'{table.name}'"),
        table.c[COLUMN],
        place,
        table.c.tenant,
        # nosemgrep: sql-text-is-constant - as above, and of its column.
        literal_column(f"'{known.name}'"),
        type_=Unsealed(kind.kind if isinstance(kind, Sealed) else kind),
    )


def row_of(table: Any) -> ColumnElement[str]:
    """Return what names a row of this table, in SQL."""
    first, *more = (_text(table.c[name]) for name in table.info[_INFO])
    for part in more:
        first = first.op("|| '/' ||")(part)
    return first


def looked_up(connection: Connection, column: Any, tenant: str, *values: str) -> bytes:
    """Return what a `LookedUp` column holds for these values of the tenant."""
    known = column.__clause_element__()
    return _looked_up(sealing_of(connection), known.table.name, known, tenant, values)


def rewrite(connection: Connection, rows: type[DeclarativeBase], row: Any, **changes: Any) -> None:
    """Change columns of a row, sealed or not; `row` has them all, read in this transaction."""
    table: Any = rows.__table__
    values = {name: getattr(row, name) for name in _names(table)}
    whole = written(sealing_of(connection), table, values | changes)
    kept = {name: whole[name] for name in whole if name == COLUMN or name in changes}
    key = and_(*(column == values[column.name] for column in table.primary_key))
    connection.execute(table.update().where(key).values(**kept))


def _names(table: Any) -> list[str]:
    return [column.name for column in table.columns if column.name != COLUMN]


@dataclass(frozen=True)
class _Words:
    """Which tables have sealed rows, and the envelope of a newest row of one of them."""

    tables: str
    newest: str


_OF_FILE = _Words(
    "SELECT m.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c"
    " ON c.name = 'sealed' WHERE m.type = 'table'",
    "SELECT sealed FROM {table} ORDER BY rowid DESC LIMIT 1",
)
# What was written last is on the last pages, as far as a server can say.
_OF_SERVER = _Words(
    "SELECT table_name FROM information_schema.columns"
    " WHERE table_schema = 'public' AND column_name = 'sealed'",
    "SELECT sealed FROM {table} WHERE ctid >= format('(%%s,0)', greatest(0, pg_relation_size("
    "'{table}') / current_setting('block_size')::int - 1))::tid LIMIT 1",
)


def check_keys(connection: Connection) -> None:
    """Raise `WrongKey` where the key of the newest row of a table is not there."""
    sealing = sealing_of(connection)
    words = _OF_SERVER if connection.dialect.name == "postgresql" else _OF_FILE
    for (table,) in connection.exec_driver_sql(words.tables).all():
        newest = words.newest.format(table=connection.dialect.identifier_preparer.quote(table))
        for (sealed,) in connection.exec_driver_sql(newest):
            if not _known(sealing, sealed):
                raise WrongKey(f"there is no key to what is in {table}: put the ring of keys back")


def sealing_of(connection: Connection) -> Sealing:
    """Return what seals on this connection."""
    found: Sealing = connection.info[_INFO]
    return found


def attach(engine: Engine, sealing: Sealing) -> None:
    """Let the connections of an engine open what is sealed, and seal what is inserted."""
    in_sql = engine.dialect.name == "sqlite"
    if not in_sql:
        open_beside(engine.dialect, sealing)

    def connected(connection: Any, record: Any) -> None:
        record.info[_INFO] = sealing
        if in_sql:
            add_functions(connection, sealing)

    event.listen(engine, "connect", connected)
    event.listen(engine, "before_execute", _seal_inserted, retval=True)


def add_functions(connection: sqlite3.Connection, sealing: Sealing) -> None:
    """Give a connection what opens (`opened`) and, for migrations, what seals."""

    def seal(table: str, row: str, tenant: str, fields: str) -> bytes:
        return sealing.seal(table, row, tenant, orjson.loads(fields))

    # No schema that somebody wrote into the file may call them.
    connection.execute("PRAGMA trusted_schema = OFF")
    # What is sorted or grouped may be open: never in a file.
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.create_function("opened", 5, opener(sealing), deterministic=True)
    connection.create_function("sealed_row", 4, seal)
    connection.create_function("looked_up", 4, sealing.looked_up, deterministic=True)
    connection.create_function("folded", 1, str.casefold, deterministic=True)


def _seal_inserted(
    connection: Connection, statement: Any, many: Any, one: Any, _options: Any
) -> tuple[Any, Any, Any]:
    if not isinstance(statement, Insert) or not is_sealed(statement.table):
        return statement, many, one
    sealing, table = sealing_of(connection), statement.table
    if many:
        return statement, [written(sealing, table, values) for values in many], {}
    return statement, [], written(sealing, table, one)


def written(sealing: Sealing, table: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as the database keeps it."""
    shape = shape_of(table)
    fields = {name: values.get(name, otherwise) for name, otherwise in shape.fields.items()}
    kept = {name: values[name] for name in shape.plain if name in values}
    tenant = values["tenant"]
    for column in shape.looked_up:
        of = [str(fields[name]) for name in column.type.of]
        kept[column.name] = _looked_up(sealing, table.name, column, tenant, of)
    row = "/".join([_part(values[name]) for name in shape.row])
    kept[COLUMN] = sealing.seal(table.name, row, tenant, fields)
    return kept


def _looked_up(sealing: Sealing, table: str, column: Any, tenant: str, of: Any) -> bytes:
    value = "\n".join(of)
    folded = value.casefold() if column.type.folded else value
    return sealing.looked_up(table, column.name, tenant, folded)


def _known(sealing: Sealing, sealed: bytes) -> bool:
    try:
        return sealing.knows(key_id_of(sealed))
    except CannotOpen:
        return True  # One row that somebody changed keeps nobody from the others.


def _part(value: Any) -> str:
    return "" if value is None else str(value)


def _text(column: Any) -> ColumnElement[str]:
    return func.coalesce(column, literal_column("''")) if column.nullable else column
