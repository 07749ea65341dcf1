"""Somebody with a passkey, and somebody who wants to come in with one."""

from __future__ import annotations

from typing import Any

import pytest

from security.errors import Refused
from security.model import ShownPasskey
from tests.security.services.changing import begin, confirm, go_on, proved, type_password
from tests.security.visitor import Visitor
from tests.security.world import World
from tests.support.authenticator import Bent, SoftAuthenticator

ORIGIN = "https://localhost:8443"


def shown(told: dict[str, Any]) -> ShownPasskey:
    """Return what a browser sends."""
    return ShownPasskey.model_validate(told)


async def added(visitor: Visitor, username: str, name: str = "Laptop") -> SoftAuthenticator:
    """Add a passkey, with the password and a code; return the authenticator that holds it."""
    device = SoftAuthenticator(ORIGIN)
    change = await proved(visitor, username, "passkey", name)
    assert change.passkey is not None
    done = await confirm(visitor, change.ref, shown(device.make(change.passkey)))
    assert done.state == "done"
    return device


async def at_the_door(world: World) -> Visitor:
    """Return somebody whom nobody knows, and who wants to come in with a passkey."""
    visitor = Visitor(world)
    await visitor.arrive()
    visitor.challenge = await world.gateway.sign_in_by_passkey(visitor.cookie, visitor.csrf)
    return visitor


async def shows(visitor: Visitor, device: SoftAuthenticator, bent: Bent | None = None) -> Any:
    """Show a passkey for the challenge that is open."""
    assert visitor.challenge is not None
    assert visitor.challenge.passkey is not None
    return await visitor.answer(shown(device.show(visitor.challenge.passkey, bent)))


async def refused(visitor: Visitor, device: SoftAuthenticator, bent: Bent | None = None) -> str:
    """Show a passkey in vain; return the code of the refusal."""
    with pytest.raises(Refused) as why:
        await shows(visitor, device, bent)
    return why.value.code


async def added_by_passkey(
    visitor: Visitor, device: SoftAuthenticator, name: str
) -> SoftAuthenticator:
    """Add another one; the first one approves it."""
    other = SoftAuthenticator(ORIGIN)
    await type_password(visitor, "alice")
    change = await begin(visitor, "passkey", name)
    await shows(visitor, device)
    change = await go_on(visitor, change.ref)
    assert [one["id"] for one in (change.passkey or {})["excludeCredentials"]]
    await confirm(visitor, change.ref, shown(other.make(change.passkey or {})))
    return other
