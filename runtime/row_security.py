"""Row-level security of PostgreSQL: the server holds each transaction to its tenant as well.

The tenant is a setting of the transaction, and the setting is signed. Whoever smuggles SQL into a
statement runs it as the same role, and could set another tenant; the signature, under a key that
this role cannot read, is made for one connection and one transaction, so there is none to set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import SQLAlchemyError

EVERYBODY = "*"
"""In the place of a tenant: of whomever they are."""
KEY_BYTES = 32
_NONCE, _APPLIED, _SAID = "gatehouse.nonce", "gatehouse.applied", "gatehouse.said"
_NOTHING = object()
_SET = "SELECT set_config('gatehouse.tenant', %s, true)"


@dataclass(frozen=True)
class HeldTable:
    """A table that is held to the tenant in `column`.

    Rows without a tenant, or with `nobody` in its place, are for whoever says which tenant it is.
    """

    name: str
    column: str
    nullable: bool = False
    nobody: str | None = None


class RowSecurity:
    """Tells the server, before a statement, whose transaction it is in."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def watch(self, engine: Engine) -> None:
        """Know when a transaction begins, and when a savepoint takes the setting back."""
        event.listen(engine, "begin", self._begin)
        event.listen(engine, "rollback_savepoint", lambda connection, *_: _unknown(connection))

    def _begin(self, connection: Connection) -> None:
        query = "SELECT pg_backend_pid() || '/' || transaction_timestamp()"
        connection.info[_NONCE] = connection.exec_driver_sql(query).scalar_one()
        connection.info.pop(_SAID, None)
        _unknown(connection)

    def apply(self, connection: Connection, tenant: str | None) -> None:
        """Set the tenant where it is not set yet; None is somebody who has none.

        Raises `SQLAlchemyError` where the server does not take it.
        """
        if connection.info.get(_APPLIED, _NOTHING) == tenant:
            return
        connection.info[_SAID] = True
        # The server takes no NUL (`postgres_engine`): what is signed is what it is told.
        named = (tenant or "").replace("\x00", "\ufffd")
        said = self._signed(named, connection.info[_NONCE]) + named
        try:
            cursor: DBAPICursor = connection.connection.cursor()
            try:
                cursor.execute(_SET, (said,))
            finally:
                cursor.close()
        except connection.dialect.loaded_dbapi.Error as error:
            # What it was told is in no message.
            raise SQLAlchemyError(f"no tenant was set ({type(error).__name__})") from None
        connection.info[_APPLIED] = tenant

    def _signed(self, tenant: str, nonce: str) -> str:
        inner = hashlib.sha256(self._key + f"{nonce}|{tenant}".encode()).digest()
        return hashlib.sha256(self._key + inner).hexdigest()


def say_nobody(connection: Connection) -> None:
    """Take back what the server was told in this transaction, by whichever piece of work."""
    if connection.info.pop(_SAID, False):
        connection.exec_driver_sql("SELECT set_config('gatehouse.tenant', '', true)")
    _unknown(connection)


def _unknown(connection: Connection) -> None:
    connection.info.pop(_APPLIED, None)


_FUNCTION = """
CREATE OR REPLACE FUNCTION public.gatehouse_tenant() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  said text := current_setting('gatehouse.tenant', true);
  named text := substr(said, 65);
  kept bytea;
  nonce text := pg_backend_pid() || '/' || transaction_timestamp();
BEGIN
  IF said IS NULL OR said = '' THEN RETURN NULL; END IF;
  SELECT key INTO kept FROM public.row_security;
  IF left(said, 64) <> encode(sha256(kept || sha256(kept ||
      convert_to(nonce || '|' || named, 'UTF8'))), 'hex') THEN
    RAISE EXCEPTION 'this transaction is nobody''s';
  END IF;
  RETURN named;
END $$
"""


def secure(engine: Engine, tables: Iterable[HeldTable], key: bytes, role: str) -> None:
    """Lay the server's filter on `tables`; `role` cannot get past it.

    Run by the tables' owner, who is held to it as well.
    """
    quote = engine.dialect.identifier_preparer.quote
    with engine.connect() as connection, connection.begin():
        run = connection.exec_driver_sql
        run("CREATE TABLE IF NOT EXISTS public.row_security (key bytea NOT NULL)")
        run(f"REVOKE ALL ON public.row_security FROM PUBLIC, {quote(role)}")
        run("DELETE FROM public.row_security")
        run("INSERT INTO public.row_security (key) VALUES (%s)", (key,))
        run(_FUNCTION)
        run("REVOKE ALL ON FUNCTION public.gatehouse_tenant() FROM PUBLIC")
        run(f"GRANT EXECUTE ON FUNCTION public.gatehouse_tenant() TO {quote(role)}")
        for table in tables:
            for statement in policy_of(table, quote(table.name)):
                run(statement)


def policy_of(table: HeldTable, name: str) -> Iterator[str]:
    """Yield what lays the filter on one table, whose quoted name is `name`."""
    told = "(SELECT public.gatehouse_tenant())"
    mine = f"{told} = ANY (ARRAY[{table.column}::text, '{EVERYBODY}'])"
    if table.nullable:
        mine += f" OR ({table.column} IS NULL AND {told} IS NOT NULL)"
    elif table.nobody is not None:
        mine += f" OR ({table.column} = '{table.nobody}' AND {told} IS NOT NULL)"
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    yield f"DROP POLICY IF EXISTS tenant ON {name}"
    yield f"CREATE POLICY tenant ON {name} USING ({mine}) WITH CHECK ({mine})"
