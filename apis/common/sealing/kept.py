"""The tables of an API as a database keeps them: without the columns that are sealed."""

from __future__ import annotations

from sqlalchemy import Column, Index, MetaData, String, Table

from apis.common.sealing.columns import Sealed

_AS_BYTES = "C"
"""How a server orders words: like a file does, whatever its own language is."""


def as_kept(tables: MetaData) -> MetaData:
    """Return what a server is to make: a copy in which a row has its envelope alone."""
    kept = MetaData()
    for table in tables.sorted_tables:
        copy = table.to_metadata(kept)
        for index in list(copy.indexes):
            copy.indexes.discard(index)
        for column in [one for one in copy.columns if isinstance(one.type, Sealed)]:
            copy._columns.remove(column)
        for column in copy.columns:
            if type(column.type) is String:
                column.type = String(column.type.length, collation=_AS_BYTES)
        for index in table.indexes:
            _index(copy, index)
    return kept


def _index(table: Table, index: Index) -> None:
    parts = [table.c[part.name] if isinstance(part, Column) else part for part in index.expressions]
    where = index.dialect_options["postgresql"].get("where")
    more = {} if where is None else {"postgresql_where": where}
    Index(index.name, *parts, unique=index.unique, **more)
