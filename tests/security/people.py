"""The people of these tests: personas of the demo, with secrets that are new at each run."""

from __future__ import annotations

import secrets

import pyotp

from security.seed import Seed, SeedPerson, SeedTenant

TENANTS = (
    SeedTenant(
        id="northwind-bank", name="Northwind Bank", idle_minutes=5, public=True, apis=["banking"]
    ),
    SeedTenant(id="harbor-clinic", name="Harbor Clinic", idle_minutes=15, public=True),
    SeedTenant(id="globex", name="Globex", idle_minutes=60, public=False),
    SeedTenant(id="acme-shop", name="Acme Shop", idle_minutes=60, public=True),
)

# `amy` has no second factor here, and `erin` uses a name that two organisations know.
ROLES = {
    ("northwind-bank", "alice"): "customer",
    ("northwind-bank", "bob"): "customer",
    ("northwind-bank", "tess"): "teller",
    ("northwind-bank", "adam"): "admin",
    ("harbor-clinic", "pat"): "patient",
    ("globex", "erin"): "employee",
    ("acme-shop", "carl"): "customer",
    ("acme-shop", "amy"): "admin",
}
WITHOUT_FACTOR = {"amy"}


def _person(tenant: str, username: str, role: str) -> SeedPerson:
    return SeedPerson(
        tenant=tenant,
        username=username,
        name=username.title(),
        roles=[role],
        password=secrets.token_urlsafe(18),
        totp_secret=None if username in WITHOUT_FACTOR else pyotp.random_base32(),
    )


def new_seed() -> Seed:
    """Return everybody, each with a password and a factor of this run."""
    people = [_person(tenant, username, role) for (tenant, username), role in ROLES.items()]
    return Seed(tenants=list(TENANTS), people=people)
