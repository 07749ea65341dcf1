"""Calls about a link that leads to the page: see what was asked for, and go on with it here."""

from __future__ import annotations

from pydantic import TypeAdapter

from gateway.answers import Messages
from gateway.calls import Asked, Call, Parts, Reply
from gateway.messages import replied
from gateway.resuming import resume
from gateway.shapes import LinkToken
from security.continued import Continued

_REFUSALS = frozenset({"authentication_required", "link_expired"})


async def look_at_link(parts: Parts, asked: Asked) -> Reply:
    """Tell what was asked for; the link is not used up."""
    body: LinkToken = asked.body
    return Reply(await parts.security.look_at_link(asked.session_id, asked.csrf_token, body.token))


async def go_on(parts: Parts, asked: Asked) -> Reply:
    """Take it over, once; it runs at once, in a turn of its own, as far as it may."""
    body: LinkToken = asked.body
    await parts.security.take_link(asked.session_id, asked.csrf_token, body.token)
    result, _ = await resume(parts, asked.holder)
    return replied(asked, result)


def continuing_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    return (
        Call(
            "POST",
            "/api/continue/look",
            "See what was asked for by text, or inside another site",
            look_at_link,
            TypeAdapter(Continued),
            body=TypeAdapter(LinkToken),
            rate="sign_ins",
            may_refuse=_REFUSALS,
        ),
        Call(
            "POST",
            "/api/continue",
            "Go on with what was asked for by text, or inside another site",
            go_on,
            TypeAdapter(Messages),
            body=TypeAdapter(LinkToken),
            rate="sign_ins",
            may_refuse=_REFUSALS | {"nothing_pending", "turn_over"},
        ),
    )
