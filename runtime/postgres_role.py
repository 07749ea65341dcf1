"""What a server of PostgreSQL says of itself, and of what a role could do that it must not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from sqlalchemy.engine import URL

from runtime.postgres import Login, connect_arguments

OLDEST = 15
"""The first version in which a database's public schema is not everybody's to fill."""

_ROLE = """
SELECT
  max(current_setting('server_version_num')::int) AS version,
  bool_or(r.rolsuper) AS "is a superuser, or may become one",
  bool_or(r.rolbypassrls) AS "may bypass row security",
  bool_or(r.rolreplication AND r.rolname = current_user) AS "may copy the whole server",
  bool_or(r.rolname IN ('pg_read_server_files', 'pg_write_server_files',
    'pg_execute_server_program')) AS "may read or write the server's files"
FROM pg_roles AS r WHERE pg_has_role(current_user, r.oid, 'MEMBER')
"""
_TABLES = """
SELECT
  bool_or(c.relrowsecurity AND pg_has_role(current_user, c.relowner, 'MEMBER'))
    AS "owns tables, and may lift their row security",
  bool_or(c.relname = 'row_security' AND has_table_privilege(c.oid, 'SELECT'))
    AS "may read the key of row security"
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r'
"""


@dataclass(frozen=True)
class Told:
    """What was found: the server's version, and what the role could do that it must not."""

    version: int
    dangers: tuple[str, ...]


def look(url: URL, login: Login) -> Told:
    """Connect, and ask. Raises `psycopg.Error`, whose text may name hosts and roles."""
    name: dict[str, object] = {
        "host": url.host or url.query.get("host"),
        "port": url.port or url.query.get("port"),
        "user": url.username,
        "dbname": url.database,
    }
    words: Mapping[str, object] = {**name, **connect_arguments(url, login, {})}
    given = {key: value for key, value in words.items() if value is not None}
    with psycopg.connect(autocommit=True, **given) as connection:  # type: ignore[arg-type]
        return ask(connection)


def ask(connection: psycopg.Connection) -> Told:
    """Ask on a connection that is open."""
    version, dangers = 0, []
    for query in (_ROLE, _TABLES):
        asked = connection.execute(query)
        row = asked.fetchone()
        for column, value in zip(asked.description or (), row or (), strict=True):
            if column.name == "version":
                version = int(value) // 10_000
            elif value:
                dangers.append(column.name)
    return Told(version, tuple(dangers))
