"""Letters on their way, opened as the postman would; and the factors that they are sent to."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.account_tables import MessageRow, RecoveryCodeRow
from security.adapters.people import by_usernames
from security.adapters.tables import PersonRow
from security.challenges.codes import new_recovery_codes
from security.services import factors
from security.services.letters import Letter
from security.services.messages import open_letter
from tests.security.world import World

PHONE, MAIL = "+12025550101", "alice@northwind.example.com"


def letters(world: World) -> list[Letter]:
    """Return every letter that was queued and not erased, oldest first."""

    def work(store: Session) -> list[Letter]:
        rows = store.scalars(select(MessageRow).order_by(MessageRow.created_at)).all()
        return [open_letter(row) for row in rows if row.sealed is not None]

    return world.core.database.run_here(work, across="a test looks on")


def last_code(world: World) -> str:
    """Return the six digits of the last code that was sent."""
    [*_, last] = [letter for letter in letters(world) if letter.kind == "code"]
    return re.findall(r"\b\d{6}\b", last.text)[0]


def enrol(world: World, username: str, method: str, secret: str) -> None:
    """Give somebody a factor."""

    def work(store: Session) -> None:
        person = store.scalars(select(PersonRow).where(by_usernames(store, [username]))).one()
        factors.add_factor(
            world.core,
            store,
            person_id=person.id,
            tenant_id=person.tenant_id,
            method=method,
            secret=secret,
            now=world.clock(),
        )

    world.core.database.run_here(work, across="a test looks on")


def drop(world: World, username: str, method: str) -> None:
    """Take a factor away from somebody."""
    world.sql(
        "DELETE FROM authenticators WHERE method = ? AND person_id ="
        " (SELECT id FROM people WHERE username_hash = hashed(tenant_id, ?))",
        method,
        username,
    )


def recovery_codes(world: World, username: str) -> list[str]:
    """Give somebody ten recovery codes and return them."""
    enrol(world, username, "recovery", "recovery")
    codes = new_recovery_codes()

    def work(store: Session) -> None:
        person = store.scalars(select(PersonRow).where(by_usernames(store, [username]))).one()
        for code in codes:
            row = RecoveryCodeRow(
                id=code,
                tenant_id=person.tenant_id,
                person_id=person.id,
                code_hash=world.core.keys.code_hash("recovery", person.id, code),
            )
            store.add(row)

    world.core.database.run_here(work, across="a test looks on")
    return codes
