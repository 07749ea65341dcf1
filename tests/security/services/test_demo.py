"""What the demo's page may ask of security: people, phones, a short session, the trail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pyotp
import pytest

from cli.demo import personas
from security.adapters.posts.demo_carrier import DemoCarrier
from security.demo_parts import build_demo
from security.errors import Refused
from security.faces.demo import demo_answers
from security.model import BotMessage
from security.services.demo import Cast, Demo
from security.services.sessions import Sessions
from security.sessions import SHORT, idle_after_sign_in
from tests.security.letters import PHONE, enrol
from tests.security.texter import carry
from tests.security.visitor import Visitor
from tests.security.world import World

BANK = "northwind-bank"
NUMBERS = {BANK: "+12025550191"}


@pytest.fixture
def demo(world: World) -> Demo:
    """The demo of a world whose people are its own, with no carrier but this one."""
    cast = Cast(Path("nowhere"))
    tenants = [
        one.model_copy(update={"sms_number": NUMBERS.get(one.id)}) for one in world.seed.tenants
    ]
    people = [
        one.model_copy(update={"phone": PHONE}) if one.username == "alice" else one
        for one in world.seed.people
    ]
    vars(cast)["seed"] = world.seed.model_copy(update={"tenants": tenants, "people": people})
    enrol(world, "alice", "sms", PHONE)
    carrier = DemoCarrier(cast.numbers, world.core.settings.public_url)
    world.provider = carrier
    world.wire(world.core)
    return Demo(world.core, Sessions(world.core), cast, carrier)


async def test_everybody_is_there_with_a_code_that_works(world: World, demo: Demo) -> None:
    people = {one.username: one for one in await demo.people()}
    alice = people["alice"]
    assert (alice.tenant, alice.number) == (BANK, NUMBERS[BANK])
    secret = world.person("alice").totp_secret
    assert secret is not None
    assert alice.code == pyotp.TOTP(secret).at(world.clock())
    assert alice.code not in repr(alice)
    assert alice.password not in repr(alice)


async def test_a_code_is_shown_until_the_next_one_comes(world: World, demo: Demo) -> None:
    world.clock.now = world.clock.now.replace(second=29, microsecond=0)
    assert [one.code_seconds_left for one in await demo.people() if one.code][:1] == [1]
    world.clock.advance(seconds=1)
    assert [one.code_seconds_left for one in await demo.people() if one.code][:1] == [30]


async def test_the_people_are_those_of_the_demos_file(world: World) -> None:
    """The same source as `gatehouse demo code`; each organisation has a number of its own.

    Of them who is here: nobody who was erased.
    """
    demo, carrier = build_demo(world.core, None)
    assert demo is not None
    assert carrier is not None
    people = await demo.people()
    listed = {(one.tenant, one.username, one.totp_secret) for one in personas()}
    here = {(one.tenant, one.username) for one in world.seed.people}
    assert {(one.tenant, one.username) for one in people} == {one[:2] for one in listed} & here
    numbers = {one.number for one in people}
    assert len(numbers) == 4
    assert {carrier.tenant_called(str(number)) for number in numbers} == {
        *("acme-shop", "globex", "harbor-clinic", "northwind-bank")
    }
    assert carrier.tenant_called("+12025550100") is None


async def test_a_text_from_the_demos_phone_is_a_signed_webhook(world: World, demo: Demo) -> None:
    """It takes the way of any text: signature, number, session, turn, answer."""
    signed = await demo.text(BANK, "alice", "what's my balance?")
    received = await world.gateway.receive_text(signed.form.encode(), signed.signature)
    assert received.turn is not None
    assert received.turn.utterance.text == "what's my balance?"
    said = await world.gateway.answer_text(received.turn.turn_id, [BotMessage(text="Hello.")])
    assert said.text == "Hello."


async def test_attack_a_webhook_of_the_demo_that_was_changed(world: World, demo: Demo) -> None:
    """★ Whoever sees one signed text can make no other of it, and not use it twice."""
    signed = await demo.text(BANK, "alice", "hello")
    form = {name: value[0] for name, value in parse_qs(signed.form).items()}
    for changed in ({"Body": "freeze my account"}, {"From": "+12025550102"}):
        body = urlencode({**form, **changed}).encode()
        with pytest.raises(Refused, match="invalid_signature"):
            await world.gateway.receive_text(body, signed.signature)
    await world.gateway.receive_text(signed.form.encode(), signed.signature)
    with pytest.raises(Refused, match="replayed"):
        await world.gateway.receive_text(signed.form.encode(), signed.signature)


async def test_attack_a_webhook_signed_by_another_start(world: World, demo: Demo) -> None:
    """The key is new at each start, and is nowhere but in memory."""
    other = DemoCarrier(lambda: {BANK: "+12025550191"}, world.core.settings.public_url)
    signed = other.sign("+12025550101", "+12025550191", "hello")
    with pytest.raises(Refused, match="invalid_signature"):
        await world.gateway.receive_text(signed.form.encode(), signed.signature)


@pytest.mark.parametrize(("tenant", "name"), [(BANK, "nobody"), ("acme-shop", "alice"), ("x", "y")])
async def test_only_the_demos_people_have_phones(demo: Demo, tenant: str, name: str) -> None:
    with pytest.raises(Refused, match="not_found"):
        await demo.text(tenant, name, "hello")


async def test_where_twilio_carries_texts_the_demo_signs_none(world: World) -> None:
    carry(world)
    demo, provider = build_demo(world.core, world.provider)
    assert provider is world.provider
    assert demo is not None
    with pytest.raises(Refused, match="not_found"):
        await demo.text(BANK, "alice", "hello")
    assert {one.number for one in await demo.people()} == {None}


def test_in_production_there_is_nothing_to_ask(world: World) -> None:
    """ASVS 13.4.2: neither people, nor a carrier, nor a path at security."""
    settings = world.core.settings.model_copy(update={"mode": "production"})
    assert build_demo(replace(world.core, settings=settings), None) == (None, None)
    assert demo_answers(None) == {}


async def test_a_short_session_stays_short_after_sign_in(world: World, demo: Demo) -> None:
    """The page can show an end within a minute, and the end is the server's."""
    begun = await demo.session(BANK, "", None)
    assert begun.session.idle_seconds_left == SHORT.idle_seconds
    visitor = Visitor(world)
    visitor.cookie, visitor.csrf = str(begun.session_id), begun.csrf_token
    await visitor.sign_in("alice")
    assert (await visitor.look()).session.idle_seconds_left == SHORT.idle_seconds
    world.clock.advance(seconds=SHORT.idle_seconds - 1)
    await visitor.look()
    world.clock.advance(seconds=1)
    with pytest.raises(Refused, match="session_expired"):
        await visitor.look()


async def test_a_short_session_ends_however_often_it_is_extended(world: World, demo: Demo) -> None:
    begun = await demo.session(BANK, "", None)
    visitor = Visitor(world)
    visitor.cookie, visitor.csrf = str(begun.session_id), begun.csrf_token
    for _ in range(5):
        world.clock.advance(seconds=59)
        await visitor.extend()
    world.clock.advance(seconds=5)
    with pytest.raises(Refused, match="session_expired"):
        await visitor.extend()


def test_a_usual_session_keeps_the_limit_of_its_tenant() -> None:
    assert idle_after_sign_in(12 * 3600, 3600) == 3600
    assert idle_after_sign_in(SHORT.absolute_seconds, 3600) == SHORT.idle_seconds
    assert idle_after_sign_in(SHORT.absolute_seconds, 60) == 60


async def test_the_trail_is_shown_without_a_reference_to_anybody(world: World, demo: Demo) -> None:
    """ASVS 16.2.5: what happened, and neither to whom nor in which session."""
    before = (await demo.trail(0))[-1:]
    visitor = Visitor(world)
    await visitor.arrive(BANK)
    with pytest.raises(Refused, match="invalid_credentials"):
        await visitor.give_password("alice", "wrong")
    since = await demo.trail(before[0].sequence if before else 0)
    assert [trace.tag for trace in since] == [
        *("session:anonymous:create", "sign_in:password:fail")
    ]
    shown = set().union(*(trace.model_dump(exclude_none=True) for trace in since))
    assert not shown & {"person", "session", "actor", "turn", "token", "key", "previous_sha256"}


async def test_with_an_unknown_organisation_no_short_session_begins(demo: Demo) -> None:
    with pytest.raises(Refused, match="unknown_tenant"):
        await demo.session("nowhere", "", None)
