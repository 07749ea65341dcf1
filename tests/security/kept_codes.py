"""Somebody whose code Twilio Verify keeps: what the tests of it share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from security.errors import Refused
from security.services.postman import Postman
from tests.security.fake_twilio import SERVICE, FakeTwilio
from tests.security.letters import PHONE, enrol
from tests.security.visitor import Visitor
from tests.security.world import World

CHECK = f"/v2/Services/{SERVICE}/VerificationCheck"


def keeping(world: World) -> FakeTwilio:
    """Let Twilio keep codes; alice and bob share a telephone."""
    service = FakeTwilio(world.clock)
    world.wire(replace(world.core, verifier=service.verify()))
    for name in ("alice", "bob"):
        enrol(world, name, "sms", PHONE)
    return service


async def called(world: World, twilio: FakeTwilio, name: str = "alice") -> Visitor:
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password(name)
    await sent(visitor, twilio)
    return visitor


async def sent(visitor: Visitor, twilio: FakeTwilio) -> None:
    """Ask for a code by text, and see it through."""
    shown = await visitor.choose("sms")
    assert (shown.delivery, shown.destination_hint) == ("sending", "•••• 01")
    await Postman(visitor.world.core, {"sms": twilio.sms()}).round()


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def counted(world: World) -> tuple[int, int]:
    """Return what is counted against alice's telephone: wrong codes, and pauses."""
    [found] = world.sql(
        "SELECT failures, pauses FROM authenticators WHERE method = 'sms' AND person_id ="
        " (SELECT id FROM people WHERE username_hash = hashed(tenant_id, 'alice'))"
    )
    return found[0], found[1]


async def refused(visitor: Visitor, code: str, **given: Any) -> dict[str, Any]:
    with pytest.raises(Refused) as caught:
        await visitor.answer(code, **given)
    return {"code": caught.value.code, **caught.value.details}
