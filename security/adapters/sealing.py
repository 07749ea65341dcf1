"""Sealing mapped rows when they are flushed, and filling what they are found by."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, event, inspect
from sqlalchemy.orm import Mapper

from security.adapters.sealed import ClosedBytes, ClosedText, Sealed, closed, present_vault
from security.vault.vault import Vault

_FOUND_BY = "gatehouse.found_by"


class _Mapped(NamedTuple):
    """What the flush of one class looks at, by the names of its attributes."""

    sealed: dict[str, Any]
    hashed: dict[str, tuple[str, str, Callable[[str], str]]]
    attributes: dict[str, str]
    """The attribute of each column, by the column's name."""


def found_by(of: str, column: str, normal: Callable[[str], str] = str) -> dict[str, Any]:
    """Return the `info` of a keyed hash that the sealed text `of` is found by; a flush fills it in.

    `column` is its name in the hash (`table.attribute`), `normal` what is made equal.
    """
    return {_FOUND_BY: (of, column, normal)}


def seal_rows(base: type[Any]) -> None:
    """Let rows of every class below `base` be sealed in the transaction that stores them."""
    event.listen(base, "before_insert", _before_insert, propagate=True)
    event.listen(base, "before_update", _before_update, propagate=True)
    for stored in ("after_insert", "after_update"):
        event.listen(base, stored, _stored, propagate=True)


def _before_insert(mapper: Mapper[Any], connection: Connection, row: Any) -> None:
    mapped = _mapped(mapper)
    if mapped.sealed:
        _seal(mapped, row, all_of_it=True)


def _before_update(mapper: Mapper[Any], connection: Connection, row: Any) -> None:
    mapped = _mapped(mapper)
    if mapped.sealed:
        _seal(mapped, row, all_of_it=False)


def _stored(mapper: Mapper[Any], connection: Connection, row: Any) -> None:
    """Give back the plain values: it is the database alone that holds envelopes."""
    values = row.__dict__
    for name in _mapped(mapper).sealed:
        value = values.get(name)
        if isinstance(value, ClosedText | ClosedBytes):
            values[name] = value.plain()


def _seal(mapped: _Mapped, row: Any, all_of_it: bool) -> None:
    """Seal what is new; where tenant or person is another one now, everything that is theirs."""
    state, vault = inspect(row), present_vault()

    def is_new(*names: str) -> bool:
        # Set, be it to the same: that is looked up, where a history would have to be made.
        return all_of_it or not state.committed_state.keys().isdisjoint(names)

    for name, column in mapped.sealed.items():
        kind: Sealed = column.type
        whose = [mapped.attributes[each] for each in (kind.tenant, kind.person) if each is not None]
        plain = getattr(row, name) if is_new(name, *whose) else None
        if plain is not None:
            setattr(row, name, _closed(vault, mapped, column, plain, row))
    for name, (of, called, normal) in mapped.hashed.items():
        if is_new(of):
            setattr(row, name, vault.lookup(called, row.tenant_id, normal(getattr(row, of))))


def _closed(vault: Vault, mapped: _Mapped, column: Any, plain: Any, row: Any) -> Any:
    kind: Sealed = column.type
    names = [name for name in (kind.row, kind.tenant, kind.person) if name is not None]
    values = {name: getattr(row, mapped.attributes[name]) for name in names}
    if isinstance(plain, ClosedText | ClosedBytes):
        plain = plain.plain()
    return closed(vault, column, plain, values)


@cache
def _mapped(mapper: Mapper[Any]) -> _Mapped:
    columns = {each.key: each.columns[0] for each in mapper.column_attrs}
    return _Mapped(
        sealed={name: it for name, it in columns.items() if isinstance(it.type, Sealed)},
        hashed={name: it.info[_FOUND_BY] for name, it in columns.items() if _FOUND_BY in it.info},
        attributes={str(it.name): name for name, it in columns.items()},
    )
