"""What follows from an alert, by the services that there are, and that it follows once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from security.adapters.alert_tables import AlertRow
from security.errors import Refused
from security.monitor.alerts import Alert
from security.monitor.rules import Response
from security.origin import origin_of
from security.services.answering import Answers
from security.services.user_letters import alert_notice
from security.services.users import Users
from tests.security.conftest import MakeWorld
from tests.security.decisions import signed_in
from tests.security.services.contacts import give, notices_to
from tests.security.visitor import BALANCE, Visitor
from tests.security.world import World

pytestmark = pytest.mark.both_databases
BANK = "northwind-bank"


@pytest.fixture
async def alice(visitor: Visitor) -> Visitor:
    """Alice, signed in."""
    await visitor.sign_in("alice")
    return visitor


def _alert(world: World, *responses: Response, **other: Any) -> Alert:
    sessions = [row["session"] for row in world.trail("session:person:rotate") if "session" in row]
    return Alert(
        **{
            "rule": "of_the_test",
            "title": "A rule of the test",
            "level": "high",
            "at": world.clock.now,
            "tenant": BANK,
            "who": world.core.keys.pseudonym(world.look("alice").id),
            "origin": None,
            "sessions": tuple(sessions),
            "evidence": ("1-1", "1-2"),
            "responses": responses,
            "group": {"who": "x"},
            "quiet_seconds": 600.0,
            **other,
        }
    )


def _alerts(world: World) -> list[AlertRow]:
    def work(store: Any) -> list[AlertRow]:
        return list(store.scalars(select(AlertRow)))

    return world.core.database.run_here(work, across="all there are")


def _session_of(world: World, who: Visitor) -> str:
    return next(row["session"] for row in reversed(world.trail()) if "session" in row)


async def test_an_alert_is_kept_with_its_evidence_and_on_the_trail(alice: Visitor) -> None:
    world = alice.world
    await Answers(world.core).answer(_alert(world, Response.NOTIFY))
    [kept] = _alerts(world)
    assert (kept.rule, kept.level, kept.state, kept.tenant_id) == (
        "of_the_test",
        "high",
        "open",
        BANK,
    )
    assert kept.evidence == ["1-1", "1-2"]
    [raised] = world.trail("watch:rule:alert")
    assert (raised["reason"], raised["actor"], raised["tenant"]) == ("of_the_test", "watch", BANK)


async def test_it_is_answered_once_however_often_it_is_asked(alice: Visitor) -> None:
    """A crash between the answer and the position kept has it asked again."""
    world = alice.world
    alert = _alert(world, Response.FREEZE_PERSON)
    for _ in range(3):
        await Answers(world.core).answer(alert)
    await Answers(world.core).answer(replace(alert, evidence=("1-9",)))
    assert len(_alerts(world)) == 2
    assert len(world.trail("admin:user:disable")) == 1


async def test_ask_again_makes_every_proof_worthless(alice: Visitor) -> None:
    """What was allowed a moment ago asks for a code again; the session itself goes on."""
    world = alice.world
    turn = await alice.say("my balance")
    await alice.bot_invokes(turn, BALANCE)
    await Answers(world.core).answer(_alert(world, Response.ASK_AGAIN))
    turn = await alice.say("my balance")
    with pytest.raises(Refused, match="step_up_required"):
        await alice.bot_invokes(turn, BALANCE)
    await alice.look()
    assert [row["reason"] for row in world.trail("watch:response:act")] == ["ask_again"]


async def test_locking_ends_the_sessions_of_the_evidence_alone(alice: Visitor) -> None:
    world = alice.world
    other = Visitor(world)
    await other.arrive()
    await other.sign_in("alice")
    mine = _session_of(world, other)
    await Answers(world.core).answer(_alert(world, Response.LOCK_SESSION, sessions=(mine,)))
    with pytest.raises(Refused, match="session_expired"):
        await other.look()
    await alice.look()
    [revoked] = world.trail("session:person:revoke")
    assert (revoked["session"], revoked["reason"]) == (mine, "watch")


async def test_attack_a_session_of_another_organisation_in_the_evidence_is_left_alone(
    alice: Visitor,
) -> None:
    """ASVS 8.4.1: an answer is held to the tenant of its alert."""
    world = alice.world
    mine = _session_of(world, alice)
    alert = _alert(world, Response.LOCK_SESSION, tenant="acme-shop", sessions=(mine,))
    await Answers(world.core).answer(alert)
    await alice.look()
    assert not world.trail("session:person:revoke")


async def test_freezing_keeps_somebody_out_until_an_administrator_lets_them_in(
    alice: Visitor,
) -> None:
    world = alice.world
    await Answers(world.core).answer(_alert(world, Response.FREEZE_PERSON))
    with pytest.raises(Refused, match="session_expired"):
        await alice.look()
    await alice.arrive()
    with pytest.raises(Refused, match="invalid_credentials"):
        await alice.give_password("alice")
    [disabled] = world.trail("admin:user:disable")
    assert disabled["actor"] == "watch"
    await Users(world.core, world.hashing).enable(BANK, "alice")
    await alice.sign_in("alice")


async def test_whoever_nobody_knows_is_found_by_no_session(alice: Visitor) -> None:
    """Of a session that is gone the person is found among all of their organisation."""
    world = alice.world
    await Answers(world.core).answer(_alert(world, Response.FREEZE_PERSON, sessions=("gone",)))
    assert world.look("alice").disabled_at is not None
    await Answers(world.core).answer(
        _alert(world, Response.FREEZE_PERSON, who="nobody", evidence=("1-7",))
    )
    assert [row.responses for row in _alerts(world)] == [["freeze_person"], []]


async def test_throttling_leaves_six_tries_a_minute(alice: Visitor) -> None:
    world = alice.world
    await Answers(world.core).answer(_alert(world, Response.THROTTLE))
    refused = 0
    for _ in range(8):
        turn = await alice.say("my balance")
        try:
            await alice.bot_invokes(turn, BALANCE)
        except Refused as error:
            refused += error.code == "rate_limited"
    assert refused == 2


async def test_attack_spraying_goes_on_after_the_alert(visitor: Visitor) -> None:
    """A network that is slowed down tries six names a minute; another one is not slowed down."""
    world = visitor.world
    visitor.address = "203.0.113.9"
    origin = origin_of(world.core.keys, visitor.address)
    alert = _alert(world, Response.THROTTLE, who=None, origin=origin, sessions=())
    await Answers(world.core).answer(alert)
    codes = []
    for number in range(8):
        with pytest.raises(Refused) as refused:
            await visitor.give_password(f"name-{number}", "wrong", BANK)
        codes.append(refused.value.code)
    assert codes == ["invalid_credentials"] * 6 + ["rate_limited"] * 2
    visitor.address = "203.0.113.10"
    await visitor.sign_in("alice")


async def test_who_is_slowed_down_stays_so_over_a_restart(alice: Visitor) -> None:
    world = alice.world
    await Answers(world.core).answer(_alert(world, Response.THROTTLE, sessions=()))
    core = world.core_again()
    await Answers(core).go_on()
    person = world.look("alice").id
    assert [core.throttles.allow(person) for _ in range(7)] == [True] * 6 + [False]
    world.clock.advance(seconds=600)
    later = world.core_again()
    await Answers(later).go_on()
    assert all(later.throttles.allow(person) for _ in range(7))
    for one in (core, later):
        one.database.close()


async def test_administrators_hear_of_it_and_of_nobodys_name(alice: Visitor) -> None:
    """Who it is about stands on the page, never in a message."""
    world = alice.world
    give(world, "adam", "email", "adam@northwind.example.com")
    await Answers(world.core).answer(_alert(world, Response.NOTIFY))
    assert notices_to(world, "adam@northwind.example.com") == 1
    notice = alert_notice("A rule of the test", "high", "https://chat.example.com")
    assert "A rule of the test" in notice.text
    assert "https://chat.example.com/admin" in notice.text
    [kept] = _alerts(world)
    assert kept.responses == ["notify"]


async def test_an_alert_of_no_organisation_is_the_operators(visitor: Visitor) -> None:
    """A gap in the trail is told in the log and kept; nobody's sessions are touched."""
    world = visitor.world
    await Answers(world.core).answer(
        _alert(world, Response.NOTIFY, tenant=None, who=None, sessions=())
    )
    [kept] = _alerts(world)
    assert (kept.tenant_id, kept.responses) == (None, [])


async def test_where_it_may_only_tell_it_moves_nothing(make_world: MakeWorld) -> None:
    """A house that learns what its ordinary life looks like: told, kept, and nothing else."""
    alice = await signed_in(make_world(watch_responses="notify"), "alice")
    world = alice.world
    give(world, "adam", "email", "adam@northwind.example.com")
    await Answers(world.core).answer(_alert(world, *Response))
    [kept] = _alerts(world)
    assert (kept.responses, kept.throttled_until) == (["notify"], None)
    assert notices_to(world, "adam@northwind.example.com") == 1
    assert (await alice.look()).session.assurance == "aal2"
