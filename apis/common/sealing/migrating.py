"""Seals, in a migration, what a table has kept in plain until then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class SealedTable:
    """A table as it is from now on: its columns, and what of the former ones is sealed.

    SQLite alters no constraint, so the table is written anew. `row` are the columns that name a
    row (`columns.sealed_for`); `made` are new columns by what they are made of, in SQL about the
    former table, which `joined` may join to others; `computed` are sealed columns made likewise.
    """

    name: str
    columns: Callable[[], tuple[sa.schema.SchemaItem, ...]]
    sealed: tuple[str, ...]
    row: tuple[str, ...] = ("id", "subject")
    tenant: str = "tenant"
    made: Mapping[str, str] = field(default_factory=dict)
    computed: Mapping[str, str] = field(default_factory=dict)
    joined: str = ""
    indexes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def rebuild(self, op: Any) -> None:
        """Write the table anew; `op` is `alembic.op`."""
        new = f"new_{self.name}"
        columns = self.columns()
        names = [str(one.name) for one in columns if isinstance(one, sa.Column)]
        kept = {name: f"{self.name}.{name}" for name in self.sealed} | dict(self.computed)
        fields = ", ".join(f"'{name}', {value}" for name, value in kept.items())
        row = " || '/' || ".join(f"coalesce({self.name}.{name}, '')" for name in self.row)
        tenant = f"{self.name}.tenant" if self.tenant == "tenant" else self.tenant
        made = {
            "sealed": f"sealed_row('{self.name}', {row}, {tenant}, json_object({fields}))",
            **self.made,
        }
        values = ", ".join(made.get(name, f"{self.name}.{name}") for name in names)
        op.create_table(new, *columns)
        op.execute(
            f"INSERT INTO {new} ({', '.join(names)})"  # noqa: S608 - names of our own.
            f" SELECT {values} FROM {self.name} {self.joined}"
        )
        op.drop_table(self.name)
        op.rename_table(new, self.name)
        for index, of in self.indexes.items():
            op.create_index(index, self.name, list(of))
