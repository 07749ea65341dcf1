"""Homes from before there was a key ring: what they sealed, and what they left readable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from security.vault.envelope import CannotOpen, Place
from security.vault.legacy import OldVault
from security.vault.owners import Owner, Scope, Under, owner_of
from security.vault_parts import Keys

BATCH = 500


def _usual(row: Any) -> tuple[str, str | None]:
    return row.id, row.tenant_id


@dataclass(frozen=True)
class Old:
    """One column of an old home: what it was called in its envelope, and which row and tenant."""

    table: str
    column: str
    called: str
    person: str | None
    where: Callable[[Any], tuple[str, str | None]] = _usual
    under: Under = Under.ERASABLE


SEALED = (
    Old(
        "authenticators",
        "secret_sealed",
        "secret",
        "person_id",
        lambda row: (f"{row.person_id}/{row.id}", row.tenant_id),
    ),
    Old("conversations", "key_sealed", "key", "person_id", lambda row: (row.id, None)),
    Old("challenges", "shown_sealed", "shown", "person_id"),
    Old("turns", "said_sealed", "said", "person_id"),
    Old("turns", "answered_sealed", "answered", "person_id"),
    Old("choices", "meaning_sealed", "meaning", "person_id"),
    Old(
        "pending_operations",
        "arguments_sealed",
        "arguments",
        "person_id",
        lambda row: (row.id, None),
    ),
    Old("pending_operations", "result_sealed", "result", "person_id"),
    Old("document_links", "asked_sealed", "asked", "person_id"),
    Old("changes", "payload_sealed", "payload", "person_id"),
    Old("messages", "sealed", "letter", "person_id"),
    Old("admin_actions", "payload_sealed", "payload", None, under=Under.TENANT),
    Old("invitations", "to_sealed", "to", "person_id"),
    Old("pushes", "number_sealed", "number", "person_id"),
    Old("sms_threads", "number_sealed", "number", "person_id"),
    Old("sms_threads", "rest_sealed", "rest", "person_id"),
    Old("sso_flows", "kept_sealed", "kept", None, under=Under.TENANT),
)
PLAIN = (
    ("people", "username", "username_sealed", "id"),
    ("people", "name", "name_sealed", "id"),
    ("people", "password_hash", "password_sealed", "id"),
    ("sessions", "device", "device_sealed", "person_id"),
    ("devices", "label", "label_sealed", "person_id"),
    ("sign_ins", "device", "device_sealed", "person_id"),
)
"""Table, old column, new column, and which column says whose it is."""


class Resealing:
    """Seals the rows of an old home as its columns are declared now, in one transaction."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys
        self._old = OldVault(keys.derived.sealed_before)
        self._tenants: dict[str, str] = {}

    def make_keys(self) -> None:
        """Make everybody's erasable key in one write, instead of one each."""
        people = self._connection.execute(sa.text("SELECT id, tenant_id FROM people")).all()
        owners = [Owner(Scope.PERSON_ERASABLE, row.tenant_id, row.id) for row in people]
        self._keys.data_keys.make(owners)
        self._tenants = {row.id: row.tenant_id for row in people}

    def sealed(self, it: Old) -> None:
        """Seal a column anew whose values are old envelopes; what does not open stays shut."""
        table = _table(it.table, it.column, it.person, "tenant_id")
        for rows in self._rows(table, table.c[it.column].is_not(None)):
            changed = []
            for row in rows:
                try:
                    plain = self._old.open(
                        getattr(row, it.column), it.table, it.called, *it.where(row)
                    )
                except CannotOpen:
                    continue
                changed.append(self._anew(row, it.table, it.column, it.person, plain, it.under))
            self._store(table, it.column, changed)

    def plain(self, name: str, old: str, column: str, person: str) -> None:
        """Seal a column that was readable into its new one."""
        table = _table(name, old, column, person, "tenant_id")
        for rows in self._rows(table, sa.true()):
            changed = [
                self._anew(row, name, column, person, getattr(row, old).encode(), Under.ERASABLE)
                for row in rows
            ]
            self._store(table, column, changed)

    def tenants(self) -> None:
        """Write down whose tenant a row is of, now that nothing is left to be opened without."""
        for name in dict.fromkeys(it.table for it in SEALED if it.person is not None):
            self._connection.execute(
                sa.text(
                    f"UPDATE {name} SET tenant_id = (SELECT p.tenant_id FROM people p"  # noqa: S608 - our own names
                    f" WHERE p.id = {name}.person_id)"
                    " WHERE tenant_id IS NULL AND person_id IS NOT NULL"
                )
            )

    def names(self) -> None:
        """Fill in what people are found by."""
        table = _table("people", "username", "name", "tenant_id", "username_hash", "name_hash")
        lookup = self._keys.derived.lookup
        statement = (
            table.update()
            .where(table.c.id == sa.bindparam("row"))
            .values(username_hash=sa.bindparam("by_username"), name_hash=sa.bindparam("by_name"))
        )
        for rows in self._rows(table, sa.true()):
            filled = [
                {
                    "row": row.id,
                    "by_username": lookup("people.username", row.tenant_id, row.username),
                    "by_name": lookup(
                        "people.name", row.tenant_id, " ".join(row.name.split()).lower()
                    ),
                }
                for row in rows
            ]
            self._connection.execute(statement, filled)

    def _anew(
        self, row: Any, table: str, column: str, person: str | None, plain: bytes, under: Under
    ) -> dict[str, Any]:
        whose = getattr(row, person) if person is not None else None
        # What was said before somebody signed in had no tenant; it is that of its person now.
        tenant = self._tenants.get(whose or "") if row.tenant_id is None else row.tenant_id
        place = Place(table, column, row.id, tenant, whose)
        sealed = self._keys.vault.seal(plain, place, owner_of(under, tenant, whose))
        return {"row": row.id, "anew": sealed}

    def _rows(self, table: sa.TableClause, which: Any) -> Iterator[Any]:
        last = ""
        while rows := self._connection.execute(
            sa.select(table).where(table.c.id > last, which).order_by(table.c.id).limit(BATCH)
        ).all():
            yield rows
            last = rows[-1].id

    def _store(self, table: sa.TableClause, column: str, changed: list[dict[str, Any]]) -> None:
        if changed:
            statement = table.update().where(table.c.id == sa.bindparam("row"))
            self._connection.execute(statement.values({column: sa.bindparam("anew")}), changed)


def _table(name: str, *columns: str | None) -> sa.TableClause:
    names = dict.fromkeys(("id", *(each for each in columns if each is not None)))
    return sa.table(name, *(sa.column(each) for each in names))
