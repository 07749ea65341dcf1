"""Security's part: the people of the big set, as those whom the APIs will know.

Nobody can sign in as one of them at first: they share the hash of a password that is thrown away
unread, so that a wrong guess takes as long as at anybody else's. Whoever wants to be one of them
recovers the account by mail (`/demo` shows it), or resets it with `gatehouse users reset`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from security.adapters.database import Database
from security.adapters.tables import AuthenticatorRow, PersonRow
from security.passwords import Passwords
from security.setup import prepare_database, prepare_keys, subjects
from security.vault.envelope import Place, Vault
from tools.big.people import Person

Subjects = dict[str, dict[str, str]]


def add_people(home: Path, people: Iterable[tuple[Person, str]]) -> int:
    """Add those of `people`, each with a role, who are not there yet; return how many were.

    All of them, or none.
    """
    keys, database = prepare_keys(home), prepare_database(home)
    vault, nobody_knows = Vault(keys.sealing), Passwords().hash(secrets.token_urlsafe(32))

    def work(store: Session) -> int:
        found = store.execute(select(PersonRow.tenant_id, PersonRow.username))
        known = {(tenant, username) for tenant, username in found}
        rows, factors = [], []
        for person, role in people:
            if (person.tenant, person.username) in known:
                continue
            row = _row(person, role, nobody_knows)
            rows.append(row)
            given = {"sms": person.phone, "email": person.email}
            factors += [_factor(vault, row, method, to) for method, to in given.items()]
        if rows:
            store.execute(insert(PersonRow), rows)
            store.execute(insert(AuthenticatorRow), factors)
        return len(rows)

    return _with(database, lambda: database.run_here(work))


def subjects_at(home: Path, audiences: Iterable[str]) -> dict[str, Subjects]:
    """Return everybody's pairwise subject at each audience, by tenant and user name."""
    keys, database = prepare_keys(home), prepare_database(home)
    return _with(database, lambda: {name: subjects(database, keys, name) for name in audiences})


def _with[T](database: Database, work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        database.close()


def _row(person: Person, role: str, password_hash: str) -> dict[str, object]:
    return {
        "id": secrets.token_urlsafe(16),
        "tenant_id": person.tenant,
        "username": person.username,
        "name": person.name,
        "roles": [role],
        "password_hash": password_hash,
    }


def _factor(vault: Vault, row: dict[str, object], method: str, to: str) -> dict[str, object]:
    factor_id = secrets.token_urlsafe(16)
    place = Place("authenticators", "secret", f"{row['id']}/{factor_id}", str(row["tenant_id"]))
    return {
        "id": factor_id,
        "tenant_id": row["tenant_id"],
        "person_id": row["id"],
        "method": method,
        "secret_sealed": vault.seal(to.encode(), place),
    }
