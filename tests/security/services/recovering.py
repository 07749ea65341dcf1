"""Somebody who has lost their password or their factor, and the link in their mailbox."""

from __future__ import annotations

import re

from tests.security.letters import MAIL, PHONE, enrol, letters
from tests.security.services.changing import NEW_PASSWORD
from tests.security.visitor import Visitor
from tests.security.world import World

BANK = "northwind-bank"
ADDRESS = "192.0.2.7"


def with_addresses(world: World) -> None:
    """Let alice have a number and a mail address beside her app."""
    enrol(world, "alice", "sms", PHONE)
    enrol(world, "alice", "email", MAIL)


async def ask(world: World, username: str = "alice", tenant: str = BANK) -> None:
    """Ask for the link."""
    await world.gateway.recover(tenant, username, ADDRESS)


def links(world: World) -> list[str]:
    """Return the token of each link that was mailed, oldest first."""
    mails = [one.text for one in letters(world) if one.kind == "recovery"]
    return [re.findall(r"#recover=([\w-]+)", text)[0] for text in mails]


async def asked(world: World, username: str = "alice") -> str:
    """Ask for the link and return its token."""
    await ask(world, username)
    return links(world)[-1]


async def finish(
    world: World,
    token: str,
    *,
    password: str = NEW_PASSWORD,
    lost: bool = False,
    code: str | None = None,
) -> None:
    """Use the link."""
    await world.gateway.finish_recovery(
        token, password, ADDRESS, recovery_code=code, lost_factor=lost
    )


async def at_the_panel(world: World, password: str = NEW_PASSWORD) -> Visitor:
    """Return alice with her password given."""
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password("alice", password, BANK)
    return visitor


def refusals(world: World) -> list[str]:
    """Return why recoveries were refused, as the trail has it."""
    return [record["reason"] for record in world.trail("account:recovery:refuse")]
