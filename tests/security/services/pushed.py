"""Somebody with a device for pushes, and what the device does."""

from __future__ import annotations

from typing import Any

import pytest

from security.errors import Refused
from security.model import PushSettled, WaitingPush
from security.proof import Answered
from tests.security.services.changing import confirm, proved, signed_in
from tests.security.visitor import Visitor
from tests.security.world import World
from tests.support.push_device import SoftDevice

DONE = Answered(type="push")


async def with_device(
    world: World, username: str = "alice", name: str = "Phone", **told: Any
) -> SoftDevice:
    """Enrol a device in a browser of its own."""
    device = SoftDevice(**told)
    phone = await signed_in(world, username)
    await enrolled(phone, device, username, name)
    return device


async def enrolled(phone: Visitor, device: SoftDevice, username: str, name: str) -> None:
    """Make this visitor's browser a device, with the password and a code."""
    change = await proved(phone, username, "push", name)
    assert change.push is not None
    done = await confirm(phone, change.ref, device.enrol(change.push))
    assert (done.kind, done.state) == ("push", "done")


async def asked_by_push(
    world: World, username: str = "alice", address: str = "192.0.2.1"
) -> Visitor:
    """Give the password in another browser, and have the device rung up."""
    visitor = Visitor(world)
    visitor.address = address
    await visitor.arrive()
    await visitor.give_password(username)
    visitor.challenge = await visitor.choose("push")
    return visitor


async def waiting(world: World, device: SoftDevice) -> list[WaitingPush]:
    """Ask for what waits for a device."""
    return await world.gateway.waiting_pushes(device.asks(world.clock.now.timestamp()))


async def the_one(world: World, device: SoftDevice) -> WaitingPush:
    """Return the one push that waits."""
    [push] = await waiting(world, device)
    return push


async def confirms(
    world: World, device: SoftDevice, number: str | None, decision: str = "approve"
) -> PushSettled:
    """Let the device answer what waits."""
    push = await the_one(world, device)
    return await world.gateway.answer_push(device.answers(push, number, decision))


def number_of(visitor: Visitor) -> str:
    """Return what the page shows."""
    assert visitor.challenge is not None
    assert visitor.challenge.number is not None
    return visitor.challenge.number


def other_than(number: str) -> str:
    """Return a number that is not this one."""
    return "10" if number == "99" else str(int(number) + 1)


async def refused(attempt: Any) -> str:
    """Return the code that an attempt is refused with."""
    with pytest.raises(Refused) as why:
        await attempt
    return why.value.code
