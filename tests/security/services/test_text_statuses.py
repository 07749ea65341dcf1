"""How our own messages fare: callbacks in any order, twice, forged (★ SMS rows)."""

from __future__ import annotations

from itertools import permutations
from urllib.parse import urlencode

import pytest

from security.errors import Refused
from security.services.postman import Postman
from tests.security.letters import PHONE, enrol
from tests.security.services.post_office import FakePost
from tests.security.texter import ACCOUNT, carry, signature
from tests.security.visitor import Visitor
from tests.security.world import World

OURS = f"SM{1:032x}"


@pytest.fixture
async def sent(world: World) -> World:
    """A world in which one code by SMS has left."""
    carry(world)
    enrol(world, "amy", "sms", PHONE)
    amy = Visitor(world)
    await amy.arrive()
    await amy.give_password("amy")
    await Postman(world.core, {"sms": FakePost(), "email": FakePost()}).round()
    return world


async def tell(world: World, status: str, sid: str = OURS, account: str = ACCOUNT) -> None:
    """Let Twilio tell how a message fares."""
    form = {"MessageSid": sid, "AccountSid": account, "MessageStatus": status}
    url = f"{world.core.settings.public_url}/sms/status"
    await world.gateway.note_text_status(urlencode(form).encode(), signature(url, form))


def rows(world: World) -> list[tuple[str, str | None]]:
    """Return state and last status of every message."""
    return [(state, told) for state, told in world.sql("SELECT state, reported FROM messages")]


async def test_what_is_delivered_is_known(sent: World) -> None:
    await tell(sent, "delivered")
    assert rows(sent) == [("sent", "delivered")]
    assert sent.tags()[-1] == "message:service:deliver"


async def test_what_is_lost_has_failed(sent: World) -> None:
    """The page offers the next method then."""
    await tell(sent, "undelivered")
    assert rows(sent) == [("failed", "undelivered")]
    assert sent.tags()[-1] == "message:service:fail"


@pytest.mark.parametrize("order", list(permutations(["queued", "sent", "delivered"])))
async def test_callbacks_come_in_any_order_and_twice(sent: World, order: tuple[str, ...]) -> None:
    for status in (*order, *order):
        await tell(sent, status)
    assert rows(sent) == [("sent", "delivered")]
    assert sent.tags().count("message:service:deliver") == 1


async def test_a_message_that_is_not_ours_is_no_error(sent: World) -> None:
    await tell(sent, "delivered", sid="SM" + "f" * 32)
    assert rows(sent) == [("sent", None)]


async def test_attack_a_forged_status(sent: World) -> None:
    """Nobody else may say that a code has failed."""
    with pytest.raises(Refused, match="invalid_signature"):
        await tell(sent, "failed", account="AC" + "f" * 32)
    form = {"MessageSid": OURS, "AccountSid": ACCOUNT, "MessageStatus": "failed"}
    with pytest.raises(Refused, match="invalid_signature"):
        await sent.gateway.note_text_status(urlencode(form).encode(), "x" * 28)
    assert rows(sent) == [("sent", None)]


async def test_no_id_of_the_carrier_is_kept_in_plain(sent: World) -> None:
    [(kept,)] = sent.sql("SELECT provider_hash FROM messages")
    assert OURS not in kept
