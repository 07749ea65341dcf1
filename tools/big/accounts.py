"""Security's part: the people of the big set, as those whom the APIs will know.

Nobody can sign in as one of them at first: they share the hash of a password that is thrown away
unread, so that a wrong guess takes as long as at anybody else's. Whoever wants to be one of them
recovers the account by mail (`/demo` shows it), or resets it with `gatehouse users reset`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.database import Database
from security.adapters.tables import USERNAME, AuthenticatorRow, PersonRow
from security.passwords import Passwords
from security.setup import prepare_database, prepare_keys, subjects
from security.vault.owners import Owner, Scope
from tools.big.people import Person

Subjects = dict[str, dict[str, str]]


def add_people(home: Path, people: Iterable[tuple[Person, str]]) -> int:
    """Add those of `people`, each with a role, who are not there yet; return how many were.

    All of them, or none.
    """
    keys = prepare_keys(home)
    database, nobody_knows = prepare_database(home, keys), Passwords().hash(secrets.token_hex())

    def work(store: Session) -> int:
        known = set(store.scalars(select(PersonRow.username_hash)))
        added: list[PersonRow] = []
        factors = []
        for person, role in people:
            if keys.derived.lookup(USERNAME, person.tenant, person.username) in known:
                continue
            row = _row(person, role, nobody_knows)
            added.append(row)
            given = {"sms": person.phone, "email": person.email}
            factors += [_factor(row, method, to) for method, to in given.items()]
        keys.data_keys.make(Owner(Scope.PERSON_ERASABLE, row.tenant_id, row.id) for row in added)
        store.add_all(added)
        store.flush()
        store.add_all(factors)
        return len(added)

    return _with(database, lambda: database.run_here(work, across="made-up people"))


def subjects_at(home: Path, audiences: Iterable[str]) -> dict[str, Subjects]:
    """Return everybody's pairwise subject at each audience, by tenant and user name."""
    keys = prepare_keys(home)
    database, known = prepare_database(home, keys), keys.derived
    return _with(database, lambda: {name: subjects(database, known, name) for name in audiences})


def _with[T](database: Database, work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        database.close()


def _row(person: Person, role: str, password_hash: str) -> PersonRow:
    return PersonRow(
        id=secrets.token_urlsafe(16),
        tenant_id=person.tenant,
        username=person.username,
        name=person.name,
        roles=[role],
        password_hash=password_hash,
    )


def _factor(row: PersonRow, method: str, to: str) -> AuthenticatorRow:
    return AuthenticatorRow(
        id=secrets.token_urlsafe(16),
        tenant_id=row.tenant_id,
        person_id=row.id,
        method=method,
        secret_sealed=to.encode(),
    )
