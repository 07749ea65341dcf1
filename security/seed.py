"""The people of a seed file, such as the demo's: organisations, passwords, factors."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.database import Database
from security.adapters.tables import AuthenticatorRow, PersonRow, TenantRow
from security.model import Name
from security.passwords import Passwords
from security.vault.envelope import Place, Vault


class SeedTenant(BaseModel):
    """An organisation: how long its people may lie idle, and which APIs they use."""

    model_config = ConfigDict(extra="forbid")

    id: Name
    name: str
    idle_minutes: Annotated[int, Field(ge=1, le=60)]
    public: bool
    apis: list[Name] = Field(default_factory=list)


class SeedPerson(BaseModel):
    """A person with a password and, where there is a secret, a TOTP factor."""

    model_config = ConfigDict(extra="ignore")

    tenant: Name
    username: Name
    name: str
    roles: list[Name]
    password: str = Field(repr=False)
    totp_secret: str | None = Field(default=None, pattern=r"^[A-Z2-7]{32,}$", repr=False)


class Seed(BaseModel):
    """A seed file; what other rooms keep in it is not security's business."""

    model_config = ConfigDict(extra="ignore")

    tenants: list[SeedTenant]
    people: list[SeedPerson]


def read_people(file: Path) -> Seed:
    """Read a seed file. Raises `OSError` or `ValueError`."""
    return Seed.model_validate(yaml.safe_load(file.read_text()))


def seed(database: Database, vault: Vault, passwords: Passwords, wanted: Seed) -> None:
    """Add the organisations and people that are not there yet, each with all that is theirs."""

    def work(store: Session) -> None:
        known = set(store.scalars(select(TenantRow.id)))
        for tenant in wanted.tenants:
            if tenant.id not in known:
                store.add(_tenant(tenant))
        store.flush()
        there = {(t, u) for t, u in store.execute(select(PersonRow.tenant_id, PersonRow.username))}
        for person in wanted.people:
            if (person.tenant, person.username) not in there:
                _add(store, vault, passwords, person)

    database.run_here(work)


def _tenant(tenant: SeedTenant) -> TenantRow:
    return TenantRow(
        id=tenant.id,
        name=tenant.name,
        public=tenant.public,
        idle_seconds=tenant.idle_minutes * 60,
        apis=tenant.apis,
    )


def _add(store: Session, vault: Vault, passwords: Passwords, person: SeedPerson) -> None:
    person_id = secrets.token_urlsafe(16)
    row = PersonRow(
        id=person_id,
        tenant_id=person.tenant,
        username=person.username,
        name=person.name,
        roles=list(person.roles),
        password_hash=passwords.hash(person.password),
    )
    store.add(row)
    store.flush()
    if person.totp_secret is None:
        return
    factor_id = secrets.token_urlsafe(16)
    place = Place("authenticators", "secret", f"{person_id}/{factor_id}", person.tenant)
    factor = AuthenticatorRow(
        id=factor_id,
        tenant_id=person.tenant,
        person_id=person_id,
        method="totp",
        secret_sealed=vault.seal(person.totp_secret.encode(), place),
    )
    store.add(factor)
