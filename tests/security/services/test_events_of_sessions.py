"""What a page is told of its session and its challenges, and when it is told nothing any more."""

from __future__ import annotations

import pytest

from security.errors import Refused
from security.services.own_sessions import OTHERS, OwnSessions
from security.services.users import Users
from tests.security.decisions import signed_in
from tests.security.letters import PHONE, enrol
from tests.security.services.streams import Stream, exchange
from tests.security.services.test_rotation import DUE, rotate, thief_of
from tests.security.visitor import Visitor
from tests.security.world import World


async def test_looking_on_does_not_extend_the_session(visitor: Visitor) -> None:
    """ASVS 7.3.1."""
    stream = Stream(visitor)
    await stream.read()
    visitor.world.clock.advance(seconds=100)
    await stream.read()
    assert (await visitor.look()).session.idle_seconds_left == 3_500


async def test_another_windows_use_moves_the_countdown(visitor: Visitor) -> None:
    stream = Stream(visitor)
    [first] = await stream.hear("session")
    assert first["idle_seconds_left"] == 3_600
    visitor.world.clock.advance(seconds=100)
    assert await stream.hear("session") == []
    await visitor.extend()
    [session] = await stream.hear("session")
    assert session["idle_seconds_left"] == 3_600


async def test_no_secret_is_ever_told(visitor: Visitor) -> None:
    told = str(await Stream(visitor).read())
    assert visitor.csrf not in told
    assert visitor.cookie not in told


async def test_attack_a_stream_without_a_session_is_refused(world: World) -> None:
    stranger = Visitor(world)
    with pytest.raises(Refused, match=r"^session_expired$"):
        await Stream(stranger).read()


async def test_attack_a_stream_after_sign_out_is_told_that_it_is_over(visitor: Visitor) -> None:
    """ASVS 7.4.1."""
    stream = Stream(visitor)
    await stream.read()
    await visitor.sign_out()
    assert [event.data for event in await stream.read()] == ['{"over":"ended"}']
    assert stream.last is not None
    assert stream.last.over == "ended"
    with pytest.raises(Refused, match=r"^session_expired$"):
        await Stream(visitor).read()


@pytest.mark.parametrize("late", [-1, 0, 1])
async def test_a_stream_ends_with_the_idle_limit(visitor: Visitor, late: int) -> None:
    """ASVS 7.3.1: reading does not keep the session alive, and it says when it will end."""
    stream = Stream(visitor)
    visitor.world.clock.advance(seconds=3_595)
    await stream.read()
    assert stream.last is not None
    assert stream.last.again_in == 5
    visitor.world.clock.advance(seconds=5 + late)
    await stream.read()
    assert stream.last.over == (None if late < 0 else "ended")


async def test_ending_all_others_ends_their_streams_and_not_ones_own(world: World) -> None:
    one, other = await signed_in(world, "alice"), await signed_in(world, "alice")
    mine, theirs = Stream(one), Stream(other)
    await mine.read()
    await theirs.read()
    await OwnSessions(world.core).end(one.cookie, one.csrf, OTHERS)
    await mine.read()
    await theirs.read()
    assert mine.last is not None
    assert theirs.last is not None
    assert (mine.last.over, theirs.last.over) == (None, "ended")


async def test_an_administrators_word_ends_a_stream(world: World) -> None:
    visitor = await signed_in(world, "alice")
    stream = Stream(visitor)
    await stream.read()
    users = Users(world.core, world.hashing)
    await users.disable("northwind-bank", "alice")
    assert [event.data for event in await stream.read()] == ['{"over":"ended"}']


async def test_attack_a_rotated_id_gets_nothing_more_and_raises_no_alarm(world: World) -> None:
    """ASVS 7.2.4: a stream has the old id left; nobody presents it, so nobody is signed out."""
    carl = await signed_in(world, "carl")
    stream, thief = Stream(carl), thief_of(carl)
    await stream.read()
    world.clock.advance(seconds=DUE)
    assert await rotate(carl) is not None
    await exchange(carl, "my secret")
    world.clock.advance(seconds=60)
    assert [event.data for event in await stream.read()] == ['{"over":"moved"}']
    assert (await carl.look()).session.authenticated
    # Whoever opens a new one with it presents it, and that is the alarm of every call.
    with pytest.raises(Refused, match=r"^session_expired$"):
        await Stream(thief).read()
    with pytest.raises(Refused, match=r"^session_expired$"):
        await carl.look()


async def test_attack_the_id_from_before_a_sign_in_gets_nothing_more(visitor: Visitor) -> None:
    """ASVS 7.2.4: an id that somebody else may know is worth nothing after a proof."""
    stream = Stream(visitor)
    await stream.read()
    await visitor.sign_in("alice")
    await exchange(visitor, "my secret")
    assert [event.data for event in await stream.read()] == ['{"over":"moved"}']
    [session] = await Stream(visitor).hear("session")
    assert session["user"]["tenant"] == "northwind-bank"


# Challenges


async def test_a_challenge_is_told_from_its_opening_to_its_end(visitor: Visitor) -> None:
    stream = Stream(visitor)
    assert await stream.hear("challenge") == []
    await visitor.give_password("alice")
    [opened] = await stream.hear("challenge")
    shown = (await visitor.look_at_challenge()).model_dump(exclude_none=True)
    assert opened == {**shown, "state": "open"}
    with pytest.raises(Refused, match=r"^wrong_code$"):
        await visitor.answer("000000")
    [wrong] = await stream.hear("challenge")
    assert wrong["attempts_left"] == 4
    await visitor.cancel()
    assert await stream.hear("challenge") == [
        {"id": opened["id"], "purpose": "sign_in", "state": "void"}
    ]
    assert await stream.hear("challenge") == []


async def test_a_challenge_expires_without_anybodys_doing(visitor: Visitor) -> None:
    stream = Stream(visitor)
    await visitor.give_password("alice")
    visitor.world.clock.advance(seconds=295)
    await stream.read()
    assert stream.last is not None
    assert stream.last.again_in == 5
    visitor.world.clock.advance(seconds=5)
    assert [each["state"] for each in await stream.hear("challenge")] == ["expired"]


async def test_how_a_sent_code_fares_is_told(world: World, visitor: Visitor) -> None:
    enrol(world, "alice", "sms", PHONE)
    stream = Stream(visitor)
    await visitor.give_password("alice")
    await visitor.choose("sms")
    [sending] = await stream.hear("challenge")
    assert sending["delivery"] == "sending"
    assert stream.last is not None
    assert stream.last.again_in == 2
    world.sql("UPDATE messages SET state = 'sent'")
    [sent] = await stream.hear("challenge")
    assert sent["delivery"] == "sent"


async def test_a_challenge_of_another_session_is_not_told(world: World, visitor: Visitor) -> None:
    other = Visitor(world)
    await other.arrive()
    await other.give_password("alice")
    assert await Stream(visitor).hear("challenge") == []


# Waking


async def test_what_is_committed_names_the_session(visitor: Visitor) -> None:
    """Each of these is told of as soon as it is on disk, and by no other name."""
    stream, world = Stream(visitor), visitor.world
    await stream.read()
    at = (await world.core.feed.wait("", 0)).at

    async def is_named() -> None:
        nonlocal at
        told = await world.core.feed.wait(at, 0)
        assert told.names == {stream.known[0]}
        at = told.at

    turn = await visitor.say("hello")
    await is_named()
    await visitor.hear(turn)
    await is_named()
    await visitor.extend()
    await is_named()
    await visitor.give_password("alice")
    await is_named()
    await visitor.cancel()
    await is_named()
    await visitor.sign_out()
    await is_named()


async def test_what_is_rolled_back_names_nobody(visitor: Visitor) -> None:
    stream, world = Stream(visitor), visitor.world
    await stream.read()
    at = (await world.core.feed.wait("", 0)).at
    with pytest.raises(Refused):
        await visitor.open(choice="never-offered", client_id="x")
    told = await world.core.feed.wait(at, 0)
    # The refusal is on the trail, and that is committed: it may name the session, and no more.
    assert told.names is not None
    assert told.names <= {stream.known[0]}
