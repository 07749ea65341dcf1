"""Bringing the database to the schema that this version of the code expects."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, inspect

from security.adapters.tenancy import across_tenants
from security.vault_parts import Keys

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def alembic_config() -> Config:
    """Return Alembic's configuration; there is no ini file, so nothing is said twice."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def upgrade(engine: Engine, keys: Keys | None = None, to: str = "head") -> None:
    """Apply every migration that is missing, as far as `to`. Does nothing where there is none.

    `keys` seal what an earlier version left readable, or sealed in its own way.
    """
    config = alembic_config()
    config.attributes["keys"] = keys
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite" and (raw := connection.connection.dbapi_connection):
            # A table that others refer to is made anew under its name; only here can that be said.
            raw.execute("PRAGMA foreign_keys=OFF")
        everybody = "a step of the schema is about everybody's rows"
        try:
            with connection.begin(), across_tenants(connection, everybody):
                config.attributes["connection"] = connection
                command.upgrade(config, to)
                _check_references(connection)
        finally:
            connection.invalidate()  # Nobody else gets one that looks at no references.


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise ValueError("a row of the security database refers to one that is not there")


def grant(engine: Engine, role: str) -> None:
    """Let a role of PostgreSQL use the tables, and no more: they are their owner's.

    The trail can be read and added to; whoever runs as this role takes nothing out of it.
    """
    quoted = engine.dialect.identifier_preparer.quote(role)
    with engine.connect() as connection, connection.begin():
        for table in sorted({*inspect(connection).get_table_names()} - {*_KEPT}):
            allowed = _ALLOWED.get(table, "SELECT, INSERT, UPDATE, DELETE")
            name = engine.dialect.identifier_preparer.quote(table)
            # nosemgrep: sql-text-is-constant - names cannot be bound; each is quoted.
            connection.exec_driver_sql(f"REVOKE ALL ON {name} FROM PUBLIC, {quoted}")
            # nosemgrep: sql-text-is-constant - names cannot be bound; each is quoted.
            connection.exec_driver_sql(f"GRANT {allowed} ON {name} TO {quoted}")


_ALLOWED = {
    "audit": "SELECT, INSERT",
    "audit_checkpoints": "SELECT, INSERT",
    "audit_lanes": "SELECT",
    "alembic_version": "SELECT",
}
_KEPT = ("row_security",)
"""The owner's alone."""
