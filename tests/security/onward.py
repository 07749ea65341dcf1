"""The page to which a link leads, and what its person does there."""

from __future__ import annotations

import re

import pytest

from security.errors import Refused
from security.model import BotMessage, Message
from tests.security.visitor import Visitor
from tests.security.world import World

LINK = re.compile(r"(https://\S+/\?tenant=[a-z-]+#continue=)([\w-]{22})(?= |\.|$)")


async def page_of(world: World, username: str | None = "alice") -> Visitor:
    """Return a browser, in which somebody has signed in."""
    page = Visitor(world)
    await page.arrive()
    if username is not None:
        await page.sign_in(username)
    return page


async def takes(page: Visitor, token: str) -> list[Message]:
    """Take over what the link leads to; return what the page is told."""
    await page.world.gateway.take_link(page.cookie, page.csrf, token)
    turn = await page.come_back()
    try:
        await page.world.actions.resume(turn.ticket)
    except Refused as refused:
        return await page.hear(turn, BotMessage(text="Well?", refused=refused.code))
    return await page.hear(turn, BotMessage(text="Done."))


async def is_void(page: Visitor, token: str) -> None:
    """Neither is anything told of the link, nor does it lead on."""
    for ask in (page.world.gateway.look_at_link, page.world.gateway.take_link):
        with pytest.raises(Refused) as refusal:
            await ask(page.cookie, page.csrf, token)
        assert (refusal.value.code, dict(refusal.value.details)) == ("link_expired", {})
    with pytest.raises(Refused, match="nothing_pending"):
        await page.open(resume=True)
