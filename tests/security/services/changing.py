"""Somebody who changes their factors or password, step by step."""

from __future__ import annotations

import re
from typing import Any

import pyotp

from security.model import Change, Proof
from tests.security.letters import letters
from tests.security.visitor import Visitor
from tests.security.world import World

NEW_NUMBER, NEW_ADDRESS = "+12025550199", "new@northwind.example.com"
OLD_NUMBER, OLD_ADDRESS = "+12025550101", "alice@northwind.example.com"
NEW_PASSWORD = "violet-harbour-quartz-71"


async def signed_in(world: World, username: str = "alice", address: str = "192.0.2.1") -> Visitor:
    """Return somebody in a browser of their own, with password and code."""
    visitor = Visitor(world)
    visitor.address = address
    await visitor.arrive()
    await visitor.sign_in(username)
    return visitor


async def came_by_recovery_code(world: World, code: str, username: str = "alice") -> Visitor:
    """Return somebody who had nothing left but a recovery code."""
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password(username)
    await visitor.choose("recovery")
    await visitor.answer(code)
    return visitor


async def type_password(visitor: Visitor, username: str, password: str | None = None) -> None:
    """Type the password once more."""
    typed = password or visitor.world.password_of(username)
    visitor._keep(
        await visitor.world.gateway.reauthenticate(
            visitor.cookie, visitor.csrf, typed, visitor.address
        )
    )


async def begin(visitor: Visitor, kind: Any, value: str | None = None) -> Change:
    """Ask for a change; keep the challenge that comes with it."""
    change = await visitor.world.gateway.begin_change(
        visitor.cookie, visitor.csrf, kind, visitor.address, value
    )
    visitor.challenge = change.challenge or visitor.challenge
    return change


async def go_on(visitor: Visitor, ref: str) -> Change:
    """Take the next step."""
    return await visitor.world.gateway.go_on_with_change(
        visitor.cookie, visitor.csrf, ref, visitor.address
    )


async def confirm(visitor: Visitor, ref: str, proof: Proof) -> Change:
    """Type what the new factor shows, or hand over what was made."""
    return await visitor.world.gateway.confirm_change(visitor.cookie, visitor.csrf, ref, proof)


async def proved(visitor: Visitor, username: str, kind: Any, value: str | None = None) -> Change:
    """Type the password, ask for a change, prove it, and go on."""
    await type_password(visitor, username)
    change = await begin(visitor, kind, value)
    await visitor.prove(username)
    return await go_on(visitor, change.ref)


async def refs(visitor: Visitor) -> dict[str, str]:
    """Return the person's own factors: the reference of each method."""
    shown = await visitor.world.gateway.authenticators(visitor.cookie)
    return {factor.method: factor.ref for factor in shown.authenticators}


def code_sent_to(world: World, to: str) -> str:
    """Return the last code that was sent to this number or address."""
    [*_, last] = [one for one in letters(world) if one.kind == "code" and one.to == to]
    return re.findall(r"\b\d{6}\b", last.text)[0]


def notices(world: World, to: str) -> list[str]:
    """Return the words of the notices that are on their way to this number or address."""
    return [one.text for one in letters(world) if one.kind == "notice" and one.to == to]


def shows(world: World, secret: str) -> str:
    """Return what an app with this secret shows now."""
    return str(pyotp.TOTP(secret).at(world.clock.now))


def other_than(code: str) -> str:
    """Return a code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def password_hash(world: World, username: str) -> str:
    """Return what is stored of somebody's password."""
    return world.look(username).password_hash


def change_rows(world: World) -> list[tuple[str, str]]:
    """Return kind and state of every change."""
    return [(kind, state) for kind, state in world.sql("SELECT kind, state FROM changes")]
