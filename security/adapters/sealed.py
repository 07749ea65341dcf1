"""Columns that are sealed at rest, by one word where they are declared: `Sealed(Under.ERASABLE)`.

In memory their values are plain. A read brings the row's identity along with the envelope, in the
same expression, so no statement can open a value as another row's, column's, tenant's or person's.
Mapped rows are sealed when they are flushed; a plain statement is given `closed(…)`. What reaches
the database without an envelope is refused. A value that does not open can be loaded, so that its
row can be found and deleted, and used for nothing: see `Unreadable`.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import Any, overload

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    String,
    case,
    func,
    literal_column,
    type_coerce,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import FromClause
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from security.vault.envelope import CannotOpen, Place
from security.vault.owners import Under, owner_of
from security.vault.vault import Vault

_vault: ContextVar[Vault] = ContextVar("vault")


def use_vault(vault: Vault) -> Token[Vault]:
    """Let sealed columns be read and written with this vault, in this thread, until reset."""
    return _vault.set(vault)


def leave_vault(token: Token[Vault]) -> None:
    """End what `use_vault` began."""
    _vault.reset(token)


class ClosedText(str):
    """Text together with its envelope for one place."""

    envelope: bytes

    def plain(self) -> str:
        """Return the text alone."""
        return str.__str__(self)


class ClosedBytes(bytes):
    """Bytes together with their envelope for one place."""

    envelope: bytes

    def plain(self) -> bytes:
        """Return the bytes alone."""
        return bytes.__getitem__(self, slice(None))


class Unreadable:
    """In the place of a value that does not open; whatever is done with it raises `CannotOpen`."""

    __slots__ = ("_why",)

    def __init__(self, why: CannotOpen) -> None:
        self._why = why

    def _refuse(self, *_: object) -> Any:
        raise self._why

    def __getattr__(self, name: str) -> Any:
        raise self._why

    def __repr__(self) -> str:
        return "Unreadable()"

    __str__ = __bytes__ = __bool__ = __len__ = __iter__ = __contains__ = _refuse
    __eq__ = __ne__ = __lt__ = __gt__ = __hash__ = __add__ = __radd__ = _refuse
    __format__ = __getitem__ = _refuse


def readable[T](value: T) -> T:
    """Return a value that was read. Raises `CannotOpen` where it does not open."""
    if isinstance(value, Unreadable):
        value._refuse()
    return value


UNREADABLE = "(cannot be read)"
"""In a list, in the place of a name that somebody has changed in the database."""


def shown_as[T](value: T, otherwise: T) -> T:
    """Return a value for a list of many; `otherwise` where it does not open."""
    return otherwise if isinstance(value, Unreadable) else value


class Hexed(FunctionElement[str]):
    """Bytes as hexadecimal digits."""

    inherit_cache = True
    type = String()


@compiles(Hexed)
def _hexed(element: Hexed, compiler: SQLCompiler, **options: Any) -> str:
    return f"hex({compiler.process(element.clauses, **options)})"


@compiles(Hexed, "postgresql")
def _encoded(element: Hexed, compiler: SQLCompiler, **options: Any) -> str:
    return f"encode({compiler.process(element.clauses, **options)}, 'hex')"


_BAR, _NONE = literal_column("'|'", String), literal_column("'-'", String)
_SOME = literal_column("'='", String)


class Sealed(TypeDecorator[Any]):
    """Bytes under a data key; the columns `tenant_id` and `person_id`, if any, say whose.

    `person` names another column. One instance is one column's: `Base` tells it which.
    """

    impl = LargeBinary
    cache_ok = True
    text = False

    def __init__(self, under: Under, person: str | None = None) -> None:
        super().__init__()
        self.under, self.person = under, person
        self.tenant: str | None = None
        self.nullable = False
        self.table = self.column = self.row = ""

    def belongs_to(self, table: FromClause, column: ColumnElement[Any]) -> None:
        """Learn whose type this is. Raises `ValueError` where one column does not name the row."""
        self.table, self.column = str(table.name), str(column.name)  # type: ignore[attr-defined]
        self.nullable = bool(column.nullable)
        [key] = table.primary_key
        self.row = key.name
        self.tenant = "tenant_id" if "tenant_id" in table.c else None
        if self.person is None and "person_id" in table.c:
            self.person = "person_id"

    def place(self, row: str, tenant: str | None, person: str | None) -> Place:
        """Return where a value of this column is."""
        return Place(self.table, self.column, row, tenant, person)

    def place_of(self, row: Any) -> Place:
        """Return where a value of this row is, which is given by column name."""
        tenant = row[self.tenant] if self.tenant is not None else None
        person = row[self.person] if self.person is not None else None
        return self.place(row[self.row], tenant, person)

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Read the envelope together with whose it is: `hex|row|tenant|person`."""
        there = column.table.c  # of a table or an alias
        whose = [there[self.row], *(_said(there, name) for name in (self.tenant, self.person))]
        read: ColumnElement[Any] = Hexed(column)
        for part in whose:
            read = read.concat(_BAR).concat(part)
        if self.nullable:
            # SQLite's hex() makes nothing an empty text, which would read as a value.
            read = case((column.is_not(None), read))
        return type_coerce(read, self)

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Store an envelope. Raises `ValueError` for anything that was not sealed."""
        if value is None:
            return None
        if isinstance(value, ClosedText | ClosedBytes):
            return value.envelope
        raise ValueError(f"{self.table}.{self.column} is sealed: it cannot be stored or compared")

    def compare_values(self, x: Any, y: Any) -> bool:
        """Tell whether nothing is to be stored: an envelope of another place is another value."""
        special = (ClosedText, ClosedBytes, Unreadable)
        if isinstance(x, special) or isinstance(y, special):
            return x is y
        return bool(x == y)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Open what was read; the driver's text is taken as it is."""
        return self._opened

    def _opened(self, value: Any) -> Any:
        if value is None:
            return None
        parts = value.split("|")
        if len(parts) != 4:
            return Unreadable(CannotOpen("not a row of ours"))
        envelope, row, tenant, person = parts
        place = self.place(row, _plain(tenant), _plain(person))
        try:
            plain = _vault.get().open(bytes.fromhex(envelope), place)
        except CannotOpen as error:
            return Unreadable(error)
        return plain.decode() if self.text else plain


class SealedText(Sealed):
    """Text under a data key; see `Sealed`."""

    cache_ok = True
    text = True


@overload
def closed(vault: Vault, column: Any, plain: str, row: Any) -> ClosedText: ...
@overload
def closed(vault: Vault, column: Any, plain: bytes, row: Any) -> ClosedBytes: ...
def closed(vault: Vault, column: Any, plain: str | bytes, row: Any) -> ClosedText | ClosedBytes:
    """Seal a value for a plain statement: `row` holds the row's values by column name."""
    kind: Sealed = column.type
    place = kind.place_of(row)
    done: ClosedText | ClosedBytes
    if isinstance(plain, str):
        done, raw = ClosedText(plain), plain.encode()
    else:
        done, raw = ClosedBytes(plain), plain
    done.envelope = vault.seal(raw, place, owner_of(kind.under, place.tenant, place.person))
    return done


def present_vault() -> Vault:
    """Return the vault of this thread's transaction. Raises `LookupError` outside of one."""
    return _vault.get()


def _said(there: Any, name: str | None) -> ColumnElement[Any]:
    return _NONE if name is None else func.coalesce(_SOME.concat(there[name]), _NONE)


def _plain(said: str) -> str | None:
    return said[1:] if said[:1] == "=" else None
