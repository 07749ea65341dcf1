"""What was said before anybody signed in becomes theirs who does, and is under their own key."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, select, update

from security.adapters.sealed import Sealed, closed
from security.adapters.tables import ChoiceRow, TurnRow
from security.vault.vault import Vault

_SAID = (cast("Table", TurnRow.__table__), cast("Table", ChoiceRow.__table__))
_NOBODYS = [
    select(table).where(table.c.conversation_id == bindparam("of"), table.c.person_id.is_(None))
    for table in _SAID
]
_SEALED = [[c for c in table.c if isinstance(c.type, Sealed)] for table in _SAID]
_THERE = select(*(found.exists() for found in _NOBODYS))
_TAKE = [
    update(table)
    .where(table.c.id == bindparam("row"))
    .values(
        tenant_id=bindparam("tenant"),
        person_id=bindparam("person"),
        **{c.name: bindparam(f"to_{c.name}", type_=c.type) for c in columns},
    )
    for table, columns in zip(_SAID, _SEALED, strict=True)
]


def adopt(connection: Connection, vault: Vault, of: str, tenant: str, person: str) -> None:
    """Seal the turns and choices of a conversation anew, for the person that it is bound to."""
    # Most people sign in before they say anything: one look, instead of one a table.
    there = connection.execute(_THERE, {"of": of}).one()
    for is_there, found, columns, take in zip(there, _NOBODYS, _SEALED, _TAKE, strict=True):
        if is_there:
            rows = connection.execute(found, {"of": of}).all()
            connection.execute(take, [_theirs(vault, row, columns, tenant, person) for row in rows])


def _theirs(vault: Vault, row: Any, columns: list[Any], tenant: str, person: str) -> dict[str, Any]:
    whose = {"id": row.id, "tenant_id": tenant, "person_id": person}
    plain = {column: getattr(row, column.name) for column in columns}
    anew = {
        f"to_{column.name}": None if value is None else closed(vault, column, value, whose)
        for column, value in plain.items()
    }
    return {"row": row.id, "tenant": tenant, "person": person, **anew}
