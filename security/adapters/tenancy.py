"""Every statement is one tenant's: the compiler filters, and without a tenant nothing runs.

A transaction begins unbound. `bind_tenant` says whose it is, once: nothing else moves it to
another tenant. Only `across_tenants` looks past that, for what its reason says, and for no longer
than its block.

The filter is put into the SQL where it is compiled, so that no query is written without it,
mapped or plain, prepared or not; what is compiled once is kept (ASVS 8.4.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import DDL, Connection, Engine, Insert, MetaData, event
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import Compiled, DDLCompiler

from runtime.row_security import EVERYBODY
from security.adapters.row_security import RowSecurity
from security.adapters.tenant_filter import PARAMETER, filtering, tables_of_tenants

_BOUND = "gatehouse.tenant"
_UNBOUND = object()
_WORD = re.compile(r"\w+")


class TenantMissing(InvalidRequestError):
    """A statement on rows of tenants in a transaction that is nobody's, or another's."""


def isolated(engine: Engine, schema: MetaData, server: RowSecurity | None = None) -> Engine:
    """Return the engine, all that runs on it held to the tenant of its transaction.

    `server` tells the server the same, where it has a filter of its own; where it has none, words
    of SQL that nobody compiled may not name a table of `schema` that is tenants'.
    """
    dialect = engine.dialect
    dialect.statement_compiler = filtering(dialect.statement_compiler)
    event.listen(engine, "begin", _forget, insert=True)
    if server is not None:
        server.watch(engine)
        event.listen(engine, "before_cursor_execute", _telling(server))
    else:
        event.listen(engine, "before_cursor_execute", _by_hand(tables_of_tenants(schema)))
    event.listen(engine, "before_execute", _give_tenant, retval=True)
    event.listen(engine, "before_cursor_execute", _check_written)
    return engine


def bind_tenant(at: Connection | Session, tenant: str | None) -> None:
    """Make this transaction one tenant's, or that of somebody who has none yet.

    Who has none yet sees rows of nobody's alone, and may come to have one. Raises
    `TenantMissing` where the transaction is another tenant's already.
    """
    if tenant == EVERYBODY:
        raise TenantMissing("no tenant has that name")
    info = _connection(at).info
    bound = info.get(_BOUND, _UNBOUND)
    if bound in (_UNBOUND, None):
        info[_BOUND] = tenant
    elif tenant not in (None, bound):
        raise TenantMissing("this transaction is another tenant's")


def change_tenant(at: Connection | Session, tenant: str, reason: str) -> None:
    """Go on in this transaction with another tenant's rows as well, where it has one already.

    For what leads from one organisation to another; `reason` says what that is.
    """
    info = _connection(at).info
    if not reason:
        raise TenantMissing("a reason is missing")
    if info.get(_BOUND, _UNBOUND) in (_UNBOUND, None, tenant):
        bind_tenant(at, tenant)
    else:
        info[_BOUND] = EVERYBODY


@contextmanager
def across_tenants(at: Connection | Session, reason: str) -> Iterator[None]:
    """Look at rows of all tenants within this block; `reason` says why that has to be."""
    if not reason:
        raise TenantMissing("a reason is missing")
    info = _connection(at).info
    before = info.get(_BOUND, _UNBOUND)
    info[_BOUND] = EVERYBODY
    try:
        yield
    finally:
        if before is _UNBOUND:
            info.pop(_BOUND, None)
        else:
            info[_BOUND] = before


def wherever(at: Connection | Session) -> AbstractContextManager[None]:
    """Look, within this block, at what is open in a session, at whichever organisation.

    Before a sign-in has passed, its challenge is of the organisation that it leads to, while the
    session is nobody's yet, or another's. Only for statements that name the session.
    """
    return across_tenants(at, "what is open in this session, wherever it is about to sign in")


def _connection(at: Connection | Session) -> Connection:
    return at.connection() if isinstance(at, Session) else at


def _forget(connection: Connection) -> None:
    """A connection comes from the pool: whose it was before is nobody's business."""
    connection.info.pop(_BOUND, None)


def _telling(server: RowSecurity) -> Callable[..., None]:
    def tell(connection: Connection, _cursor: Any, sql: str, *_given: Any) -> None:
        tenant = connection.info.get(_BOUND, _UNBOUND)
        # What a savepoint takes back is set anew after it, not before.
        if tenant is not _UNBOUND and not sql.startswith("ROLLBACK TO"):
            server.apply(connection, tenant)

    return tell


def _give_tenant(
    connection: Connection,
    statement: Any,
    many: Sequence[Mapping[str, Any]],
    one: Mapping[str, Any],
    _options: Any,
) -> tuple[Any, Any, Any]:
    """Add the tenant to what a statement is given; what needs it and finds none is not run."""
    tenant = connection.info.get(_BOUND, _UNBOUND)
    if tenant is _UNBOUND or isinstance(statement, Insert):
        return statement, many, one
    if many:
        return statement, [{**each, PARAMETER: tenant} for each in many], one
    return statement, many, {**one, PARAMETER: tenant}


def _makes(compiled: Compiled) -> bool:
    """Tell whether a table or an index is made or dropped, in words that SQLAlchemy wrote."""
    return isinstance(compiled, DDLCompiler) and not isinstance(compiled.statement, DDL)


_OF_TABLES = ("PRAGMA main.", "PRAGMA temp.", "PRAGMA table_info", "PRAGMA foreign_key")


def _by_hand(held: frozenset[str]) -> Callable[..., None]:
    def check(
        connection: Connection, _cursor: Any, sql: str, _given: Any, said: Any, *_: Any
    ) -> None:
        """SQL in words of its own holds itself to nothing, and no server looks after it here."""
        compiled = said.compiled if said is not None else None
        if compiled is not None and (_makes(compiled) or not getattr(compiled, "by_hand", True)):
            return
        if sql.startswith(_OF_TABLES):
            return  # How tables are made, not what is in them.
        if connection.info.get(_BOUND, _UNBOUND) == EVERYBODY:
            return
        if not held.isdisjoint(_WORD.findall(sql.lower())):
            raise TenantMissing("words of SQL on rows of tenants")

    return check


def _check_written(
    connection: Connection, _cursor: Any, _sql: str, _given: Any, context: Any, _many: bool
) -> None:
    """A row is written for the tenant of its transaction, or for nobody yet."""
    key = getattr(context.compiled, "tenant_written", None) if context is not None else None
    if key is None:
        return
    tenant = connection.info.get(_BOUND, _UNBOUND)
    if tenant == EVERYBODY:
        return
    for row in context.compiled_parameters:
        if tenant is _UNBOUND or row.get(key) not in (None, "", tenant):
            raise TenantMissing("a row of another tenant than this transaction's")
