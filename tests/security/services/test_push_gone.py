"""A push service that knows a device no more: nothing more is sent, and its person is told."""

from __future__ import annotations

import pytest

from security.adapters.posts.post import CannotSend
from security.services.postman import Postman
from tests.security.letters import enrol, letters
from tests.security.services.changing import OLD_ADDRESS, notices
from tests.security.services.pushed import DONE, asked_by_push, confirms, number_of, with_device
from tests.security.world import World


class Answering:
    """A post that answers with this status."""

    def __init__(self, status: int) -> None:
        self.status = status

    async def send(self, tenant: str, to: str, subject: str, text: str) -> str | None:
        raise CannotSend("gone", retry=False, status=self.status)

    async def check(self) -> None:
        """Nothing to ask."""

    async def close(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize(("status", "forgotten"), [(404, True), (410, True), (413, False)])
async def test_a_device_that_is_gone_over_there_can_still_confirm(
    world: World, status: int, forgotten: bool
) -> None:
    """RFC 8030, 7.3: the subscription ends, the device does not, and nobody's bar is lowered."""
    enrol(world, "alice", "email", OLD_ADDRESS)
    device = await with_device(world)
    visitor = await asked_by_push(world)
    await Postman(world.core, {"push": Answering(status)}).round()
    assert (await visitor.look_at_challenge()).delivery == "failed"
    told = any("takes no notifications" in words for words in notices(world, OLD_ADDRESS))
    assert told is forgotten
    await confirms(world, device, number_of(visitor))
    await visitor.answer(DONE)
    world.clock.advance(seconds=31)
    await asked_by_push(world)
    sent = [one for one in letters(world) if one.kind == "push" and "subscription" in one.to]
    assert (sent == []) is forgotten
