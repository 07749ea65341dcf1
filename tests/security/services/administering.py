"""An administrator at their page, step by step."""

from __future__ import annotations

import re
from typing import Any

import pytest

from security.administration_model import ActionKind, ActionValues, AdminAction, AdminPerson
from security.errors import Refused
from security.user_names import reference_of
from tests.security.decisions import signed_in
from tests.security.letters import letters
from tests.security.visitor import Visitor
from tests.security.world import World

BANK = "northwind-bank"


class Administrator:
    """Somebody signed in at aal2, and what they ask of the page."""

    def __init__(self, visitor: Visitor, username: str) -> None:
        self.visitor = visitor
        self.username = username

    @property
    def world(self) -> World:
        return self.visitor.world

    async def people(self, find: str | None = None, after: str | None = None) -> Any:
        return await self.world.gateway.admin_people(self.visitor.cookie, find, after)

    async def seen(self, username: str) -> AdminPerson:
        """Return somebody as the list shows them."""
        return next(one for one in (await self.people()).people if one.username == username)

    async def sessions(self, username: str) -> Any:
        return await self.world.gateway.admin_sessions(self.visitor.cookie, reference_of(username))

    async def ask(self, kind: ActionKind, whom: str | None = None, **values: Any) -> AdminAction:
        """Ask for something; keep the challenge that comes with it."""
        ref = reference_of(whom) if whom is not None else None
        held = (self.visitor.cookie, self.visitor.csrf)
        action = await self.world.gateway.begin_admin_action(
            *held, kind, ref, ActionValues(**values), self.visitor.address
        )
        self.visitor.challenge = action.challenge
        return action

    async def go_on(self, ref: str) -> AdminAction:
        return await self.world.gateway.go_on_with_admin_action(
            self.visitor.cookie, self.visitor.csrf, ref, self.visitor.address
        )

    async def does(self, kind: ActionKind, whom: str | None = None, **values: Any) -> AdminAction:
        """Ask for something and prove it, to the end."""
        action = await self.ask(kind, whom, **values)
        await self.visitor.prove(self.username)
        return await self.go_on(action.ref)

    async def waiting(self) -> Any:
        return await self.world.gateway.admin_waiting(self.visitor.cookie)

    async def asked_to_approve(self, ref: str) -> AdminAction:
        """Begin a second administrator's yes; keep its challenge."""
        action = await self.world.gateway.approve_admin_action(
            self.visitor.cookie, self.visitor.csrf, ref, self.visitor.address
        )
        self.visitor.challenge = action.challenge
        return action

    async def approves(self, ref: str) -> AdminAction:
        action = await self.asked_to_approve(ref)
        await self.visitor.prove(self.username)
        return await self.go_on(action.ref)

    async def withdraws(self, ref: str) -> None:
        await self.world.gateway.withdraw_admin_action(self.visitor.cookie, self.visitor.csrf, ref)


async def administrator(world: World, username: str = "adam") -> Administrator:
    """Return somebody of the bank as an administrator at aal2; others than adam become one."""
    if username != "adam":
        world.give_roles(username, "admin")
    return Administrator(await signed_in(world, username), username)


def roles_of(world: World, username: str) -> str:
    [(roles,)] = world.sql(
        "SELECT roles FROM people WHERE username_hash = hashed(tenant_id, ?)", username
    )
    return str(roles)


def is_disabled(world: World, username: str) -> bool:
    [(at,)] = world.sql(
        "SELECT disabled_at FROM people WHERE username_hash = hashed(tenant_id, ?)", username
    )
    return at is not None


def token_sent_to(world: World, to: str) -> str:
    """Return the token of the last invitation that was sent there."""
    [*_, last] = [one for one in letters(world) if one.to == to and "#invited=" in one.text]
    return re.findall(r"#invited=([\w-]+)", last.text)[0]


async def refusal(work: Any) -> str:
    """Return how this was refused."""
    with pytest.raises(Refused) as why:
        await work
    return why.value.code


async def proved(adam: Administrator, kind: Any, whom: str | None = None, **values: Any) -> str:
    """Ask and prove, but do not go on; return the action."""
    action = await adam.ask(kind, whom, **values)
    await adam.visitor.prove(adam.username)
    return action.ref
