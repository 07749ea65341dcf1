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

from sqlalchemy import DDL, Connection, Engine, MetaData, event
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import Compiled, DDLCompiler

from runtime.row_security import EVERYBODY, say_nobody
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
    by_hand = _by_hand(tables_of_tenants(schema)) if server is None else None
    dialect.execution_ctx_cls = _giving(dialect.execution_ctx_cls)
    event.listen(engine, "before_cursor_execute", _checking(by_hand), retval=True)
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


def begin_anew(connection: Connection) -> None:
    """Let a transaction be nobody's again, for the next of several pieces of work in it."""
    _forget(connection)
    say_nobody(connection)


def _telling(server: RowSecurity) -> Callable[..., None]:
    def tell(connection: Connection, _cursor: Any, sql: str, *_given: Any) -> None:
        tenant = connection.info.get(_BOUND, _UNBOUND)
        # What a savepoint takes back is set anew after it, not before.
        if tenant is not _UNBOUND and not sql.startswith("ROLLBACK TO"):
            server.apply(connection, tenant)

    return tell


def _giving(context: type[Any]) -> type[Any]:
    """Return a dialect's way to begin a statement, the tenant among what it is given.

    What reads rows of tenants and finds none is not run: its parameter has no value. (An event
    could do the same and costs every statement twice as much, whether it needs the tenant or not.)
    """

    class Giving(context):  # type: ignore[misc]  # it is whichever class the dialect has
        @classmethod
        def _init_compiled(
            cls,
            dialect: Any,
            connection: Connection,
            raw: Any,
            options: Any,
            compiled: Any,
            many: Sequence[Mapping[str, Any]],
            *rest: Any,
            **named: Any,
        ) -> Any:
            if compiled.tenant_read:
                tenant = connection.info.get(_BOUND, _UNBOUND)
                if tenant is not _UNBOUND:
                    many = [{**each, PARAMETER: tenant} for each in many or ({},)]
            begin = super()._init_compiled
            return begin(dialect, connection, raw, options, compiled, many, *rest, **named)

    return Giving


def _makes(compiled: Compiled) -> bool:
    """Tell whether a table or an index is made or dropped, in words that SQLAlchemy wrote."""
    return isinstance(compiled, DDLCompiler) and not isinstance(compiled.statement, DDL)


_OF_TABLES = ("PRAGMA main.", "PRAGMA temp.", "PRAGMA table_info", "PRAGMA foreign_key")


_Check = Callable[[Connection, str, Any], None]
"""Looks at a statement that is about to run: its words, and what SQLAlchemy made them from."""


def _checking(by_hand: _Check | None) -> Callable[..., tuple[str, Any]]:
    """Return the one listener for all that is left to check when the words of SQL are there.

    Most statements have nothing of it, and each listener costs them a call: so one, which looks
    at one thing first.
    """

    def check(
        connection: Connection, _cursor: Any, sql: str, given: Any, said: Any, _many: bool
    ) -> tuple[str, Any]:
        compiled = said.compiled if said is not None else None
        if not getattr(compiled, "nothing_to_check", False):
            if by_hand is not None:
                by_hand(connection, sql, compiled)
            if getattr(compiled, "tenant_written", None) is not None:
                _check_written(connection, said)
        return sql, given

    return check


def _by_hand(held: frozenset[str]) -> _Check:
    def check(connection: Connection, sql: str, compiled: Any) -> None:
        """SQL in words of its own holds itself to nothing, and no server looks after it here."""
        if compiled is not None and (_makes(compiled) or not getattr(compiled, "by_hand", True)):
            return
        if sql.startswith(_OF_TABLES):
            return  # How tables are made, not what is in them.
        if connection.info.get(_BOUND, _UNBOUND) == EVERYBODY:
            return
        if not held.isdisjoint(_WORD.findall(sql.lower())):
            raise TenantMissing("words of SQL on rows of tenants")

    return check


def _check_written(connection: Connection, said: Any) -> None:
    """A row is written for the tenant of its transaction, or for nobody yet."""
    tenant = connection.info.get(_BOUND, _UNBOUND)
    if tenant == EVERYBODY:
        return
    key = said.compiled.tenant_written
    for row in said.compiled_parameters:
        if tenant is _UNBOUND or row.get(key) not in (None, "", tenant):
            raise TenantMissing("a row of another tenant than this transaction's")
