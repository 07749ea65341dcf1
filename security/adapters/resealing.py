"""Sealing rows anew whose key has a successor: a few rows a transaction, between those of turns.

Nothing is remembered of how far it got: what is under a retired key is what is left to be done,
so a process that was killed goes on where it starts again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Connection,
    LargeBinary,
    Select,
    Table,
    Update,
    bindparam,
    select,
    type_coerce,
    update,
)

from security.adapters.every_table import SCHEMA
from security.adapters.sealed import Sealed, closed
from security.vault.envelope import KEY_ID_BYTES, CannotOpen, key_id_of
from security.vault.owners import Owner, owner_of
from security.vault.vault import Vault

BATCH = 200
"""How many rows of a table one transaction looks at: some milliseconds."""


@dataclass
class Found:
    """What one look over all tables came to."""

    resealed: int = 0
    unreadable: int = 0
    """Rows under a retired key that do not open under it: they were changed."""
    left: set[bytes] = field(default_factory=set)
    """The retired keys that something was under."""


@dataclass(frozen=True)
class SealedTable:
    """A table with sealed columns, and what is asked of it."""

    table: Table
    columns: tuple[Any, ...]
    look: Select[Any]
    takes: tuple[Update, ...]


def sealed_tables() -> Iterator[SealedTable]:
    """Return every table of the schema that has a sealed column."""
    for table in SCHEMA.sorted_tables:
        columns = tuple(c for c in table.c if isinstance(c.type, Sealed))
        if columns:
            takes = tuple(_take(table, column) for column in columns)
            yield SealedTable(table, columns, _look(table, columns), takes)


class Resealer:
    """One look over all tables, as steps that are transactions each."""

    def __init__(self, vault: Vault, retired: set[bytes]) -> None:
        self._vault, self._retired = vault, retired
        self.found = Found()

    def step(self, connection: Connection, it: SealedTable, after: str) -> str | None:
        """Seal anew what is under retired keys in the next rows; return the last one's name.

        None where there are no more.
        """
        rows = connection.execute(it.look, {"after": after}).all()
        for column, take in zip(it.columns, it.takes, strict=True):
            needed = list(self._needed(rows, column))
            self._vault.get_ready({key for key, _ in needed}, {owner for _, owner in needed})
            anew = [each for row in rows if (each := self._anew(row, column)) is not None]
            if anew:
                connection.execute(take, anew)
                self.found.resealed += len(anew)
        [key] = it.table.primary_key
        return str(getattr(rows[-1], key.name)) if len(rows) == BATCH else None

    def _needed(self, rows: Sequence[Any], column: Any) -> Iterator[tuple[bytes, Owner]]:
        """Return the old key and the owner of each row, so that keys are not got one by one."""
        kind: Sealed = column.type
        for row in rows:
            key_id = (getattr(row, column.name) or b"")[1 : 1 + KEY_ID_BYTES]
            if key_id in self._retired:
                place = kind.place_of(row._mapping)
                yield key_id, owner_of(kind.under, place.tenant, place.person)

    def _anew(self, row: Any, column: Any) -> dict[str, Any] | None:
        sealed, kind = getattr(row, column.name), column.type
        if sealed is None:
            return None
        try:
            key_id = key_id_of(sealed)
            if key_id not in self._retired:
                return None
            self.found.left.add(key_id)
            whose = row._mapping
            plain = self._vault.open(sealed, kind.place_of(whose))
        except CannotOpen:
            self.found.unreadable += 1
            return None
        return {
            "row": whose[kind.row],
            "was": sealed,
            "anew": closed(self._vault, column, plain.decode() if kind.text else plain, whose),
        }


def _look(table: Table, columns: tuple[Any, ...]) -> Select[Any]:
    [key] = table.primary_key
    kind: Sealed = columns[0].type
    whose = [table.c[name] for name in dict.fromkeys((key.name, kind.tenant, kind.person)) if name]
    raw = [type_coerce(column, LargeBinary).label(column.name) for column in columns]
    rows = select(*whose, *raw).where(key > bindparam("after")).order_by(key)
    return rows.limit(BATCH)


def _take(table: Table, column: Any) -> Update:
    [key] = table.primary_key
    # What somebody else has stored meanwhile stays: it is under the present key.
    same = type_coerce(column, LargeBinary) == bindparam("was", type_=LargeBinary)
    return (
        update(table)
        .where(key == bindparam("row"), same)
        .values({column.name: bindparam("anew", type_=column.type)})
    )
