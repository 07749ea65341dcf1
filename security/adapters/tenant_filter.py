"""The SQL compiler that holds each statement to a tenant: no row of another is read or changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    Alias,
    BindParameter,
    ColumnElement,
    FromClause,
    Join,
    MetaData,
    String,
    Table,
    bindparam,
    literal_column,
    or_,
)
from sqlalchemy.exc import CompileError
from sqlalchemy.sql.compiler import SQLCompiler

PARAMETER = "gatehouse_tenant"
EVERYBODY = "*"
"""In the place of a tenant: of whomever they are."""
HELD = "gatehouse.tenants"
"""Marks a schema whose every table is one of tenants, or says why not."""
COLUMN, NOBODY, WHY_NOT = "tenant_column", "nobody", "no_tenant"
"""In the `info` of a table: which column names its tenant; what stands there as long as nobody
is known; or why its rows have none."""

_NONE = MetaData()
_PLAIN = re.compile(r"\*|\w+|'[^']*'")
_TENANT: ColumnElement[str | None] = bindparam(PARAMETER, type_=String, required=True)
_EVERYBODY: ColumnElement[str] = literal_column("'*'", String)
"""The same in SQL, and no value to give with each statement."""


def tenant_column(table: FromClause) -> str | None:
    """Return the name of the column that says whose a row is; None for a table without.

    Raises `CompileError` for a table that has none and does not say why.
    """
    if not isinstance(table, Table) or HELD not in table.metadata.info:
        return None
    name: str = table.info.get(COLUMN, "tenant_id")
    if name in table.c:
        return name
    if not table.info.get(WHY_NOT):
        raise CompileError(f"{table.name} names no tenant, and does not say why")
    return None


def tables_of_tenants(schema: MetaData) -> frozenset[str]:
    """Return the names of all tables that are held to a tenant."""
    return frozenset(name for name, table in schema.tables.items() if tenant_column(table))


def _criterion(source: FromClause) -> ColumnElement[bool] | None:
    """Return what holds a table, or another name of it, to the tenant; None where nothing does."""
    table: Any = source.element if isinstance(source, Alias) else source
    name = tenant_column(table)
    if name is None:
        return None
    column = source.c[name]
    # One value to give, where `column = ? OR ? = '*'` would be two.
    mine: list[ColumnElement[bool]] = [_TENANT.in_([column, _EVERYBODY])]
    if table.c[name].nullable:
        mine.append(column.is_(None))  # Of somebody who is not known yet.
    elif NOBODY in table.info:
        mine.append(column == table.info[NOBODY])
    return or_(*mine)


def _first(source: FromClause) -> FromClause:
    while isinstance(source, Join):
        source = source.left
    return source


class TenantFilter(SQLCompiler):
    """Adds the tenant to every table that is read, joined, changed or deleted from."""

    by_hand = False
    """Whether words of SQL stand in it that nobody compiled."""
    tenant_written: str | None = None
    """The parameter that says for whom a row is written, where one is."""
    tenant_read = False
    """Whether a tenant has to be given: rows of one are read, changed or deleted."""
    nothing_to_check = False
    """Whether nothing is left to check when it runs: neither words by hand nor rows written."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self._read, self._held = 0, 0
        super().__init__(*given, **named)
        if self._read != self._held:
            raise CompileError("a table of tenants was read without its filter")
        self.tenant_read = PARAMETER in self.binds
        self.nothing_to_check = not self.by_hand and self.tenant_written is None

    def _said(self, name: str, *given: Any, **named: Any) -> Any:
        """Let the dialect's own compiler go on; it has no types."""
        return getattr(super(), name)(*given, **named)

    def _hold(self, sources: Iterator[FromClause]) -> list[ColumnElement[bool]]:
        found = [one for one in map(_criterion, sources) if one is not None]
        self._held += len(found)
        return found

    def visit_table(  # type: ignore[override]
        self, table: Any, asfrom: bool = False, iscrud: bool = False, **kw: Any
    ) -> Any:
        """Count what is read, so that nothing of it stays unfiltered."""
        if asfrom and not iscrud and tenant_column(table) is not None:
            self._read += 1
        if HELD not in getattr(table, "metadata", _NONE).info:
            self.by_hand = True  # A table by its name alone, whosever it is.
        return self._said("visit_table", table, asfrom=asfrom, iscrud=iscrud, **kw)

    def visit_textclause(self, textclause: Any, *given: Any, **named: Any) -> Any:
        """Note that somebody wrote SQL in words of their own."""
        self.by_hand = True
        return self._said("visit_textclause", textclause, *given, **named)

    def visit_column(self, column: Any, *given: Any, **named: Any) -> Any:
        """Note the same of a column that is words: more than a star, a number or a constant."""
        if column.is_literal and not _PLAIN.fullmatch(column.name):
            self.by_hand = True
        return self._said("visit_column", column, *given, **named)

    def visit_join(self, join: Any, *given: Any, **named: Any) -> Any:
        """Filter what is joined where it is joined: an outer join finds nobody else's row."""
        if join.full:
            raise CompileError("no full join of tenants' tables")
        held = self._hold(iter([_first(join.right)]))
        if held:
            join = Join(join.left, join.right, join.onclause & held[0], isouter=join.isouter)
        return self._said("visit_join", join, *given, **named)

    def _compose_select_body(
        self, text: str, select: Any, state: Any, columns: Any, froms: Any, *rest: Any
    ) -> Any:
        if select._statement_hints:
            self.by_hand = True
        held = self._hold(_first(one) for one in froms)
        if held:
            select = select.where(*held)
        return self._said("_compose_select_body", text, select, state, columns, froms, *rest)

    def visit_update(self, update_stmt: Any, *given: Any, **named: Any) -> Any:
        """Change rows of the tenant alone, and hand none of them to another."""
        self._written(update_stmt, update_stmt._values or {})
        return self._said("visit_update", _of_tenant(update_stmt), *given, **named)

    def visit_delete(self, delete_stmt: Any, *given: Any, **named: Any) -> Any:
        """Delete rows of the tenant alone."""
        return self._said("visit_delete", _of_tenant(delete_stmt), *given, **named)

    def visit_insert(self, insert_stmt: Any, *given: Any, **named: Any) -> Any:
        """Note who says for whom the row is."""
        name = tenant_column(insert_stmt.table)
        if name is not None:
            if insert_stmt.select is not None or insert_stmt._multi_values:
                raise CompileError("rows of tenants are inserted one by one")
            if hasattr(insert_stmt._post_values_clause, "update_values_to_set"):
                raise CompileError("a row that is there may be another tenant's")
            self.tenant_written = name
            self._written(insert_stmt, insert_stmt._values or {})
        return self._said("visit_insert", insert_stmt, *given, **named)

    def _written(self, statement: Any, values: Any) -> None:
        name = tenant_column(statement.table)
        if name is None:
            return
        said = {getattr(column, "key", column): value for column, value in values.items()}
        if name in said:
            value = said[name]
            if not isinstance(value, BindParameter):
                raise CompileError("the tenant of a row is not computed")
            # One that came as a plain value goes by the name of its column.
            self.tenant_written = name if value.unique else value.key
        elif name in (self.column_keys or ()):
            self.tenant_written = name


def _of_tenant(statement: Any) -> Any:
    held = _criterion(statement.table)
    return statement if held is None else statement.where(held)


def filtering(compiler: type[SQLCompiler]) -> type[SQLCompiler]:
    """Return a dialect's compiler with the filter in it."""
    if issubclass(compiler, TenantFilter):
        return compiler
    return type(f"Tenant{compiler.__name__}", (TenantFilter, compiler), {})
