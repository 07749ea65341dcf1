"""The identities of the demo's people at the demo's provider: linked as the seed made them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.account_tables import ChangeRow
from security.adapters.sso_tables import IdentityRow
from security.adapters.tables import PersonRow
from security.core import Core
from security.services import identities

DEMO_ID = "globex-demo"
_CAST = frozenset({"erin", "mark", "hana", "ivan", "aud3", "abe"})
"""Globex's people of `demo/personas.yml`; whoever was added later links their own account."""


def link_demo_people(core: Core) -> None:
    """Link whoever is not linked yet and has changed nothing; who took the link away keeps it so.

    Where the provider has moved to another port, what was linked there goes with it.
    """
    client = core.providers.find(DEMO_ID)
    if client is None:
        return
    provider = client.provider

    def work(store: Session) -> None:
        changed = select(ChangeRow.person_id).where(ChangeRow.state == "done")
        query = select(PersonRow).where(PersonRow.tenant_id == provider.tenant)
        linked = {
            row.person_id: row
            for row in store.scalars(select(IdentityRow).where(IdentityRow.provider == DEMO_ID))
        }
        touched = set(store.scalars(changed))
        for person in store.scalars(query):
            wanted = identities.subject_hash(core, provider, person.username)
            there = linked.get(person.id)
            if there is not None:
                there.subject_hash = wanted
            elif person.id not in touched and person.username in _CAST:
                identities.add(core, store, person, provider, person.username, core.clock())

    core.database.run_here(work, across="the demo links people of every organisation")
