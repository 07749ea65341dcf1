"""Row-level security of PostgreSQL over security's own tables: the list that the filter has here.

How a transaction tells the server whose it is: `runtime/row_security.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Engine, Table

from runtime import row_security
from runtime.row_security import KEY_BYTES, HeldTable, RowSecurity
from security.adapters.tenant_filter import NOBODY, tenant_column

__all__ = ["KEY_BYTES", "ROW_KEY_FILE", "RowSecurity", "held", "load_row_key", "secure"]

ROW_KEY_FILE = "row-security.key"


def load_row_key(file: Path) -> bytes:
    """Read the key of the signatures. Raises `ValueError` where it is none, or `OSError`."""
    key = file.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{file.name} is no key of {KEY_BYTES} bytes")
    return key


def secure(engine: Engine, tables: Iterable[Table], key: bytes, role: str) -> None:
    """Lay the server's filter on every table that has one here; `role` cannot get past it.

    It is computed from the tables that the statements are held to, so none is left out.
    """
    row_security.secure(engine, [one for table in tables if (one := held(table))], key, role)


def held(table: Table) -> HeldTable | None:
    """Return how a table is held to its tenant; None for one whose rows have none."""
    column = tenant_column(table)
    if column is None:
        return None
    return HeldTable(table.name, column, bool(table.c[column].nullable), table.info.get(NOBODY))
