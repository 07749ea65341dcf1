"""Finding people by names that are sealed: by a keyed hash, or by reading an organisation's."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from security.adapters.sealed import Unreadable, present_vault
from security.adapters.tables import USERNAME, PersonRow, TenantRow


class Named(NamedTuple):
    """Somebody's names."""

    id: str
    username: str
    name: str


def by_username(tenant: str, username: str) -> ColumnElement[bool]:
    """Return the condition that finds who has this user name, within a transaction."""
    return and_(
        PersonRow.tenant_id == tenant,
        PersonRow.username_hash == present_vault().lookup(USERNAME, tenant, username),
    )


def by_usernames(store: Session, usernames: list[str]) -> ColumnElement[bool]:
    """Return the condition that finds who has one of these user names, at whatever tenant."""
    vault, tenants = present_vault(), store.scalars(select(TenantRow.id)).all()
    return or_(
        false(),
        *(
            and_(
                PersonRow.tenant_id == tenant,
                PersonRow.username_hash.in_([vault.lookup(USERNAME, tenant, u) for u in usernames]),
            )
            for tenant in tenants
        ),
    )


def names_of(store: Session, tenant: str) -> list[Named]:
    """Return everybody's names in an organisation, by user name: every one of them is opened.

    Whose user name does not open is left out: one row that was changed hides no other.
    """
    present_vault().warm(tenant)
    query = select(PersonRow.id, PersonRow.username, PersonRow.name)
    rows = store.execute(query.where(PersonRow.tenant_id == tenant)).all()
    known = (Named(*row) for row in rows if not isinstance(row.username, Unreadable))
    return sorted(known, key=lambda one: one.username)
