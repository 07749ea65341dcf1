"""The people of a seed file, such as the demo's: organisations, passwords, factors."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.account_tables import ChangeRow
from security.adapters.data_keys import DataKeys
from security.adapters.database import Database
from security.adapters.people import by_username
from security.adapters.tables import AuthenticatorRow, PersonRow, TenantRow
from security.model import Name
from security.passwords import Passwords
from security.settings import SecuritySettings
from security.vault.owners import Owner, Scope

NO_SMS = "0.00"
"""The limit of a tenant where no code by SMS approves anything; what was not said means this."""


class SeedTenant(BaseModel):
    """An organisation: how long its people may lie idle, and which APIs they use."""

    model_config = ConfigDict(extra="forbid")

    id: Name
    name: str
    idle_minutes: Annotated[int, Field(ge=1, le=60)]
    public: bool
    apis: list[Name] = Field(default_factory=list)
    sms_limit: str = Field(default=NO_SMS, pattern=r"^[0-9]{1,9}\.[0-9]{2}$")
    """Up to which amount a code by SMS approves a payment, as decimal text."""
    sms_currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
    names_staff: bool = False
    """Whether people are told by name which of its people saw their data."""
    sms_number: str | None = Field(default=None, pattern=r"^\+[1-9][0-9]{6,14}$")
    """Which number the demo's people text, where no real service carries messages; E.164."""


class SeedPerson(BaseModel):
    """A person with a password, and a factor for each of secret, number and address given."""

    model_config = ConfigDict(extra="ignore")

    tenant: Name
    username: Name
    name: str
    roles: list[Name]
    password: str = Field(repr=False)
    totp_secret: str | None = Field(default=None, pattern=r"^[A-Z2-7]{32,}$", repr=False)
    phone: str | None = Field(default=None, pattern=r"^\+[1-9][0-9]{6,14}$", repr=False)
    """E.164."""
    email: str | None = Field(default=None, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", repr=False)


class Seed(BaseModel):
    """A seed file; what other rooms keep in it is not security's business."""

    model_config = ConfigDict(extra="ignore")

    tenants: list[SeedTenant]
    people: list[SeedPerson]


def read_people(file: Path) -> Seed:
    """Read a seed file. Raises `OSError` or `ValueError`."""
    return Seed.model_validate(yaml.safe_load(file.read_text()))


def public_passwords(settings: SecuritySettings) -> frozenset[str]:
    """Return the demo's passwords, which production takes for nobody; in the demo none."""
    people = settings.project_dir / "demo" / "personas.yml"
    if settings.mode == "demo" or not people.exists():
        return frozenset()
    return frozenset(person.password for person in read_people(people).people)


def seed(database: Database, keys: DataKeys, passwords: Passwords, wanted: Seed) -> None:
    """Add the organisations and people that are not there yet, each with all that is theirs.

    Those of an earlier seed get what is new in this one: a tenant the APIs that it did not use
    yet, and its limit for SMS where it had none; a person who never changed password or factors
    the factors that they lack. Nothing that is there is replaced, and a tenant that an
    administrator has configured is left as it is. Who was erased does not come back.
    """

    def work(store: Session) -> None:
        for tenant in wanted.tenants:
            row = store.get(TenantRow, tenant.id)
            if row is None:
                store.add(_tenant(tenant))
            elif row.configured_at is None:
                _catch_up(row, tenant)
        store.flush()
        newcomers = []
        for person in wanted.people:
            query = select(PersonRow).where(by_username(person.tenant, person.username))
            there = store.scalars(query).one_or_none()
            if there is None:
                newcomers.append((id_of(keys, person), person))
            elif _is_as_seeded(store, there):
                _add_factors(store, there, person)
        newcomers = _never_here(store, keys, newcomers)
        own = [Owner(Scope.PERSON_ERASABLE, each.tenant, new_id) for new_id, each in newcomers]
        keys.make(own)
        for new_id, person in newcomers:
            _add(store, passwords, new_id, person)

    database.run_here(work, across="a seed fills every organisation")


def id_of(keys: DataKeys, person: SeedPerson) -> str:
    """Return the id that a seed gives to somebody: always the same, so that it knows who was here.

    Nobody can make it, or tell whose it is, without the keys.
    """
    return keys.lookup("people.seeded", person.tenant, person.username)[:22]


def _never_here(
    store: Session, keys: DataKeys, newcomers: list[tuple[str, SeedPerson]]
) -> list[tuple[str, SeedPerson]]:
    """Leave out who was erased, and who is here under another name by now."""
    ids = [person_id for person_id, _ in newcomers]
    here = set(store.scalars(select(PersonRow.id).where(PersonRow.id.in_(ids))))
    gone = here | keys.forgotten(ids)
    return [each for each in newcomers if each[0] not in gone]


def _catch_up(row: TenantRow, tenant: SeedTenant) -> None:
    # A new list: a change inside the old one would not be noticed, nor written.
    row.apis = [*row.apis, *(name for name in tenant.apis if name not in row.apis)]
    if row.sms_limit == NO_SMS:
        row.sms_limit, row.sms_currency = tenant.sms_limit, tenant.sms_currency


def _tenant(tenant: SeedTenant) -> TenantRow:
    return TenantRow(
        id=tenant.id,
        name=tenant.name,
        public=tenant.public,
        idle_seconds=tenant.idle_minutes * 60,
        apis=tenant.apis,
        sms_limit=tenant.sms_limit,
        sms_currency=tenant.sms_currency,
        names_staff=tenant.names_staff,
    )


def _add(store: Session, passwords: Passwords, person_id: str, person: SeedPerson) -> None:
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
    _add_factors(store, row, person)


def _add_factors(store: Session, row: PersonRow, person: SeedPerson) -> None:
    mine = select(AuthenticatorRow.method).where(AuthenticatorRow.person_id == row.id)
    known = set(store.scalars(mine))
    given = {"totp": person.totp_secret, "sms": person.phone, "email": person.email}
    for method, secret in given.items():
        if secret is not None and method not in known:
            store.add(_factor(row, method, secret))


def _is_as_seeded(store: Session, person: PersonRow) -> bool:
    """Tell whether neither the person, nor recovery, nor an administrator has changed a factor.

    A reset and a recovery give a new password, and every change of factors stays on record.
    """
    changes = select(ChangeRow.id).where(
        ChangeRow.person_id == person.id, ChangeRow.state == "done"
    )
    unchanged = store.scalars(changes.limit(1)).one_or_none() is None
    # Whoever an administrator added under the same name is a newcomer, or has enrolled.
    as_added = person.password_changed_at is None and person.may_enrol_until is None
    return unchanged and as_added


def _factor(person: PersonRow, method: str, secret: str) -> AuthenticatorRow:
    return AuthenticatorRow(
        id=secrets.token_urlsafe(16),
        tenant_id=person.tenant_id,
        person_id=person.id,
        method=method,
        secret_sealed=secret.encode(),
    )
