"""The watch as a weapon: what a stranger can do to somebody by provoking it, and what not."""

from __future__ import annotations

from typing import Any

import pytest

from security.adapters.trail_reader import TrailReader
from security.errors import Refused
from security.monitor.alerts import Alert
from security.monitor.rules import Response, read_rules
from security.services import messages
from security.services.answering import Answers
from security.services.watching import Watch
from tests.security.conftest import MakeWorld
from tests.security.services.contacts import give, notices_to
from tests.security.visitor import BALANCE, Visitor
from tests.security.world import World

BANK = "northwind-bank"


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """Limits of the services out of the way: it is the watch that is provoked."""
    return make_world(
        limit_passwords_per_minute=1_000,
        limit_passwords_per_minute_everywhere=1_000,
        limit_codes_per_person_per_hour=1_000,
    )


@pytest.fixture
async def alice(world: World) -> Visitor:
    """Alice, signed in, in a browser that she has used before."""
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.sign_in("alice")
    return visitor


@pytest.fixture
async def watch(alice: Visitor) -> Watch:
    core = alice.world.core
    clock: Any = alice.world.clock
    watch = Watch(
        read_rules(), TrailReader(core.database), Answers(core), clock, steady=clock.seconds
    )
    await watch.round()
    return watch


def _raised(world: World) -> list[str]:
    return [row["reason"] for row in world.trail("watch:rule:alert")]


async def _guess(world: World, count: int, *, networks: int = 250) -> Visitor:
    stranger = Visitor(world)
    for number in range(count):
        stranger.address = f"198.51.100.{number % networks}"
        await stranger.arrive()
        with pytest.raises(Refused):
            await stranger.give_password("alice", "wrong")
    return stranger


async def test_attack_a_stranger_guesses_at_a_name_to_have_its_person_slowed_down(
    alice: Visitor, watch: Watch
) -> None:
    """ASVS 6.3.1: the networks of the guesses are slowed down; she goes on, at full speed."""
    world = alice.world
    await _guess(world, 12)
    await watch.round()
    assert _raised(world) == ["password_guessing"]
    for _ in range(20):
        turn = await alice.say("my balance")
        await alice.bot_invokes(turn, BALANCE)
    again = Visitor(world)
    again.device = alice.device
    await again.arrive()
    await again.sign_in("alice")
    elsewhere = Visitor(world)
    elsewhere.address = "203.0.113.77"
    await elsewhere.arrive()
    await elsewhere.sign_in("alice")


async def test_attack_a_stranger_in_the_same_network_to_have_it_slowed_down(
    alice: Visitor, watch: Watch
) -> None:
    """ASVS 6.3.1: behind one address, whoever is known there by their browser is not slowed."""
    world, stranger = alice.world, Visitor(alice.world)
    stranger.address = alice.address
    await stranger.arrive()
    for number in range(12):
        with pytest.raises(Refused):
            await stranger.give_password(f"nobody-{number}", "wrong", BANK)
    await watch.round()
    assert "unknown_names" in _raised(world)
    codes = []
    for _ in range(8):
        with pytest.raises(Refused) as refused:
            await stranger.give_password("nobody", "wrong", BANK)
        codes.append(refused.value.code)
    assert codes == ["invalid_credentials"] * 6 + ["rate_limited"] * 2
    again = Visitor(world)
    again.device = alice.device
    await again.arrive()
    await again.sign_in("alice")


async def test_attack_wrong_guesses_before_she_signs_in_make_her_prove_herself_forever(
    alice: Visitor, watch: Watch
) -> None:
    """What is asked again is asked once an hour: the code that she types anyhow is enough."""
    world = alice.world
    await _guess(world, 9)
    again = Visitor(world)
    again.device = alice.device
    await again.arrive()
    await again.give_password("alice")
    await watch.round()
    assert "guessed_password" in _raised(world)
    await again.prove("alice")
    assert (await again.look()).session.assurance == "aal2"
    await _guess(world, 9)
    third = Visitor(world)
    third.device = alice.device
    await third.arrive()
    await third.sign_in("alice")
    await watch.round()
    assert _raised(world).count("guessed_password") == 1
    assert (await third.look()).session.assurance == "aal2"


async def test_attack_a_thief_of_the_password_guesses_codes_to_end_her_sessions(
    alice: Visitor, watch: Watch
) -> None:
    """ASVS 6.3.1: the sessions that end are those in which somebody guessed."""
    world = alice.world
    thief = Visitor(world)
    for tries in (5, 3):  # After five the factor pauses, for a quarter of an hour.
        await thief.arrive()
        await thief.give_password("alice")
        for _ in range(tries):
            with pytest.raises(Refused):
                await thief.answer("000000")
        await watch.round()
        if tries == 5:
            world.clock.advance(minutes=4)
            await alice.extend()
            for _ in range(3):
                world.clock.advance(minutes=4)
                await alice.extend()
    assert "code_guessing" in _raised(world)
    with pytest.raises(Refused, match="session_expired"):
        await thief.look()
    await alice.look()


async def test_attack_nothing_that_a_stranger_does_freezes_a_person(
    alice: Visitor, watch: Watch
) -> None:
    """ASVS 6.3.1: guesses, hunts for names, recoveries, forged texts: she can sign in."""
    world = alice.world
    stranger = await _guess(world, 30)
    await watch.round()
    for number in range(20):
        with pytest.raises(Refused):
            await stranger.give_password(f"nobody-{number}", "wrong", BANK)
    await watch.round()
    assert len(_raised(world)) >= 2
    assert world.look("alice").disabled_at is None
    assert not world.trail("admin:user:disable")
    assert not world.trail("session:person:revoke")
    assert (await alice.look()).session.assurance == "aal2"


def test_attack_rules_that_strangers_can_provoke_touch_nobody_by_name() -> None:
    """ASVS 6.3.1: what needs no session of the person ends no session and slows no person."""
    strangers = {
        *("sign_in:password:fail", "session:tenant:unknown", "sms:webhook:refuse"),
        *("account:recovery:open", "account:recovery:refuse", "token:client:refuse"),
        *("token:api:refuse", "token:api:replay", "sms:service:pumping", "message:person:queue"),
    }
    harms = {
        *(Response.ASK_AGAIN, Response.LOCK_SESSION, Response.FREEZE_PERSON),
    }
    provoked = 0
    for rule in read_rules():
        tags = rule.tags_on_trail()
        if tags is None or not tags <= strangers:
            continue
        provoked += 1
        assert not harms & set(rule.response), rule.name
        personal = {"who", "person", "actor"} & set(
            rule.correlation.group_by if rule.correlation else ()
        )
        assert not (personal and Response.THROTTLE in rule.response), rule.name
    assert provoked >= 10


def _alert(world: World, number: int, level: Any) -> Alert:
    return Alert(
        rule=f"of_{level}",
        title="A rule of the test",
        level=level,
        at=world.clock.now,
        tenant=BANK,
        who=None,
        origin=None,
        sessions=(),
        evidence=(f"1-{number}",),
        responses=(Response.NOTIFY,),
        group={},
        quiet_seconds=60.0,
    )


@pytest.mark.parametrize(("level", "told"), [("low", 5), ("medium", 10), ("high", 15)])
async def test_attack_small_alarms_by_the_dozen_hide_a_large_one(
    world: World, level: str, told: int
) -> None:
    """ASVS 16.3.3: an administrator still hears of the critical one, and of their own account."""
    to = "adam@northwind.example.com"
    give(world, "adam", "email", to)
    answers = Answers(world.core)
    for number in range(40):
        await answers.answer(_alert(world, number, level))
    assert notices_to(world, to) == told
    await answers.answer(_alert(world, 99, "critical"))
    assert notices_to(world, to) == told + 1

    adam = world.look("adam").id

    def of_own_account(store: Any) -> None:
        messages.notify(
            world.core,
            store,
            person_id=adam,
            tenant_id=BANK,
            subject="Your password was changed",
            text="If it was not you, tell us.",
            now=world.clock.now,
        )

    for number in range(40):
        await answers.answer(_alert(world, 100 + number, "critical"))
    assert notices_to(world, to) == 20
    world.core.database.run_here(of_own_account, across="a test tells adam something")
    assert notices_to(world, to) == 21


async def test_attack_names_of_nobody_are_an_alert_of_the_organisation_that_they_were_tried_at(
    visitor: Visitor,
) -> None:
    """T1087: who is hunted there, hears of it; a made-up organisation's name is not kept."""
    world = visitor.world
    for tenant in (BANK, "no-such-bank", "Typed as a name"):
        with pytest.raises(Refused):
            await visitor.give_password("nobody", "wrong", tenant)
    tried = [row.get("tenant") for row in world.trail("sign_in:password:fail")]
    assert tried == [BANK, None, None]
    assert b"no-such-bank" not in b"".join(world.records())
