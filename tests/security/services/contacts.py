"""Numbers and addresses of people, and what was sent to them."""

from __future__ import annotations

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.account_tables import MessageRow
from security.adapters.people import by_usernames
from security.adapters.tables import PersonRow
from security.services.factors import add_factor
from security.services.messages import destination_hash
from tests.security.world import World

NUMBER = "+12025550101"
ADDRESS = "alice@northwind.example.com"


def give(world: World, username: str, method: str, secret: str) -> None:
    """Let a person have this number (`sms`) or address (`email`)."""

    def work(store: Session) -> None:
        person = store.scalars(select(PersonRow).where(by_usernames(store, [username]))).one()
        add_factor(
            world.core,
            store,
            person_id=person.id,
            tenant_id=person.tenant_id,
            method=method,
            secret=secret,
            now=world.clock.now,
        )

    world.core.database.run_here(work, across="a test looks on")


def notices_to(world: World, destination: str) -> int:
    """Return how many notices are on their way there."""
    wanted = destination_hash(world.core, destination)
    query = select(MessageRow).where(
        MessageRow.destination_hash == wanted, MessageRow.kind == "notice"
    )
    return world.core.database.run_here(
        lambda store: len(store.scalars(query).all()), across="a test looks on"
    )


def methods_of(world: World, username: str) -> set[str]:
    """Return the factors that a person has."""
    rows = world.sql(
        "SELECT method FROM authenticators WHERE person_id ="
        " (SELECT id FROM people WHERE username_hash = hashed(tenant_id, ?))",
        username,
    )
    return {method for (method,) in rows}


def reasons(world: World, tag: str) -> list[str]:
    """Return the reasons of the trail's records of one tag."""
    return [json.loads(record)["reason"] for record in world.records() if tag.encode() in record]
